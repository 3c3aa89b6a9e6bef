#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# needed.sh LIBRARY SOURCE: the shared library needs liburing and the C library at run time, and nothing else.
set -eu
export LC_ALL=C
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
failed=0
for name in $needed; do
	case $name in
	# The dynamic loader appears where thread-local storage is used.
	liburing.so.2 | libc.so.6 | ld-linux*) ;;
	*)
		echo "$1 needs $name" >&2
		failed=1
		;;
	esac
done
case $needed in
*libc.so.6*) ;;
*)
	echo "the NEEDED entries of $1 could not be read" >&2
	failed=1
	;;
esac
exit $failed
