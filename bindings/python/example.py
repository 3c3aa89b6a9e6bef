#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes, flushes and reads back the first blocks of a device, which is overwritten. Usage: example.py [DEVICE]"""
import os
import sys
import tempfile

import ringline

with tempfile.TemporaryDirectory() as scratch:
    path = sys.argv[1] if len(sys.argv) > 1 else f"sim:{scratch}/disk.img"
    if len(sys.argv) == 1:
        ringline.sim_create(f"{scratch}/disk.img", blocks=2048)
    with ringline.Device(path) as device, ringline.Queue(device) as queue:
        written = os.urandom(8 * device.block_size)
        read = bytearray(len(written))
        try:
            queue.write(device, 0, written)
            queue.flush(device)
            queue.read(device, 0, read)
        except ringline.NvmeError as error:
            sys.exit(f"{path}: {error}")
        print(f"{path}: {len(read)} bytes", "read back" if read == written else "DIFFER", f"by {queue.info().engine}")
