#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
# roundtrip DEVICE: writes, flushes and reads back the first 64 KiB of it.
import os
import sys

import ringline

with ringline.Device(sys.argv[1]) as device, ringline.Queue(device) as queue:
    written = os.urandom(65536)
    read = bytearray(65536)
    queue.write(device, 0, written)  # raises ringline.NvmeError if the device says no
    queue.flush(device)
    queue.read(device, 0, read)
if read != written:
    sys.exit("read back something else")
print("65536 bytes written, flushed and read back: identical")
