#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# example.sh PROGRAM [ARGUMENT...]: with a device added it succeeds on an image that keeps what is written, and fails on null: (which does not) and on a bad block.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
truncate -s 1M "$folder/disk.img"
"$@" "sim:$folder/disk.img" | grep 'identical$'
! cmp -s -n 4096 "$folder/disk.img" /dev/zero || { echo "nothing was written"; exit 1; }
if "$@" null: >"$folder/out" 2>&1; then
	echo "success on null:"
	exit 1
fi
printf 'ringline-faults 1\naction=status opcode=read lba=0 blocks=1 status=0x281\n' >"$folder/disk.img.faults"
if "$@" "sim:$folder/disk.img" >"$folder/out" 2>&1; then
	echo "success in spite of an unreadable block"
	exit 1
fi
grep -q 'unrecovered-read-error' "$folder/out"
