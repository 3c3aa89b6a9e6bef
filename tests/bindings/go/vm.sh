#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# In the guest: vm.sh PROGRAM. The Go package's tests that suit a real namespace, on an ordinary one and on a slow one, which shows
# what becomes of memory whose command was given up.
set -eu
RINGLINE_TEST_DEVICE=/dev/vm/ringA-ng1 "$1" -test.v -test.timeout 200s -test.run '^TestOnDevice'
RINGLINE_TEST_DEVICE=/dev/vm/ringT-ng1 "$1" -test.v -test.timeout 100s -test.run '^TestOnASlowDevice'
