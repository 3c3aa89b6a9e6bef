#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# In the guest: vm_behaviour.sh PROGRAM. The three ways to use a queue on a real namespace; and on the slow drive, whose commands are
# still running when their futures are dropped.
set -eu
program=$1

# on DEVICE ARGUMENT...: runs tests, of which there must be some.
on() {
	device=$1
	shift
	said=$(RINGLINE_TEST_DEVICE=/dev/vm/$device-ng1 "$program" "$@" 2>&1) || {
		echo "$said"
		exit 1
	}
	echo "$said"
	case $said in
	*" 0 passed;"*) ;;
	*" passed;"*) return ;;
	esac
	echo "no test ran by this name: $*"
	exit 1
}

on ringA --test-threads=1 round_trip::
on ringT --nocapture round_trip::dropped
