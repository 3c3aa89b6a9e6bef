#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# exported.sh LIBRARY SOURCE: three lists of functions are the same: what the headers declare, what the version map
# names, and what the shared library exports.
set -eu
export LC_ALL=C
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

sed -n 's/^RINGLINE_API [^(]*[ *]\(ringline_[a-z0-9_]*\)(.*/\1/p' "$2"/include/ringline/*.h | sort >"$folder/headers"
sed -n 's/^[[:space:]]*\(ringline_[a-z0-9_]*\);.*/\1/p' "$2/abi/ringline.map" | sort >"$folder/map"
# Without the version nodes themselves, which are absolute symbols, and with each symbol's version, which must be there.
nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' >"$folder/symbols"
sed 's/@@*RINGLINE_[0-9.]*$//' "$folder/symbols" | sort >"$folder/library"

failed=0
if [ ! -s "$folder/headers" ]; then
	echo "no declaration was found in the headers" >&2
	failed=1
fi
# Every declaration begins on a line of its own, or the list above would miss it.
declarations=$(cat "$2"/include/ringline/*.h | sed '/define RINGLINE_API /d' | grep -c 'RINGLINE_API ' || true)
if [ "$declarations" -ne "$(wc -l <"$folder/headers")" ]; then
	echo "$declarations declarations in the headers, but $(wc -l <"$folder/headers") were recognised" >&2
	failed=1
fi
for list in map library; do
	diff -u --label headers --label $list "$folder/headers" "$folder/$list" >&2 || {
		echo "the functions of the headers and of the $list differ: run tools/abi/generate, and build" >&2
		failed=1
	}
done
if grep -v '@@RINGLINE_' "$folder/symbols" >&2; then
	echo "the symbols above have no version" >&2
	failed=1
fi
exit $failed
