#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# valgrind.sh PROGRAM: the tests of who holds memory touch nothing that was freed. What is leaked on purpose is not looked at.
set -eu
command -v valgrind >/dev/null || {
	echo "valgrind is not installed"
	exit 77
}
valgrind --quiet --error-exitcode=9 --leak-check=no --child-silent-after-fork=yes "$1" --test-threads=1 holding::
