#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# every_function.sh MAP OBJECT...: each function that the version map exports is called by the tests in C, which these objects are.
set -eu
export LC_ALL=C
map=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -n 's/^[[:space:]]*\(ringline_[a-z0-9_]*\);.*/\1/p' "$map" | sort >"$folder/exported"
nm --undefined-only "$@" | sed -n 's/^ *U \(ringline_[a-z0-9_]*\)$/\1/p' | sort -u >"$folder/called"
if [ ! -s "$folder/exported" ]; then
	echo "$map names no function" >&2
	exit 1
fi
missing=$(comm -23 "$folder/exported" "$folder/called")
if [ -n "$missing" ]; then
	for name in $missing; do
		echo "$name() has no test in C: add one to tests/capi" >&2
	done
	exit 1
fi
echo "$(wc -l <"$folder/exported") functions are called"
