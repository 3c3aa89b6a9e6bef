#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# In the guest: vm_behaviour.sh PROGRAM. The three ways to use a queue on a real namespace; and on the slow drive, whose commands are
# still running when their futures are dropped.
set -eu
RINGLINE_TEST_DEVICE=/dev/vm/ringA-ng1 "$1" --test-threads=1 round_trip::
RINGLINE_TEST_DEVICE=/dev/vm/ringT-ng1 "$1" --nocapture round_trip::dropped
