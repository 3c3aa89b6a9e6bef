#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# In the guest: vm.sh PROGRAM. The Go package's tests that suit a real namespace, on an ordinary one and on a slow one, which shows
# what becomes of memory whose command was given up.
set -eu
program=$1
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# on DEVICE SECONDS TESTS: success is at least one of them passed, as a Go program that finds no test of a name succeeds.
on() {
	passed=0
	RINGLINE_TEST_DEVICE=$1 "$program" -test.v -test.timeout "$2s" -test.run "$3" >"$said" 2>&1 || passed=$?
	cat "$said"
	test "$passed" = 0 || exit "$passed"
	grep -q '^--- PASS' "$said" || { echo "no test of the name $3 has passed"; exit 1; }
}

on /dev/vm/ringA-ng1 200 '^TestOnDevice'
on /dev/vm/ringT-ng1 100 '^TestOnASlowDevice'
