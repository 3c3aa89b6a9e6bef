#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# In the guest: vm_roundtrip.sh PROGRAM MIB. The README's program writes that much to a real namespace; the block node then has it.
set -eu
file=$(mktemp)
trap 'rm -f "$file" "$file.back"' EXIT
head -c $(($2 << 20)) /dev/urandom >"$file"
"$1" /dev/vm/ringA-ng1 "$file"
# Passthrough goes around the page cache, so what that holds of the block node may be older.
dd if=/dev/vm/ringA-n1 of="$file.back" bs=1M "count=$2" iflag=direct status=none
cmp "$file" "$file.back"
echo "the block node holds the same $2 MiB"
