#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# man_page.sh PAGE NVMECTL: troff has nothing to say against ringline(7), each function that it names has a page, and its fault rules are
# accepted by a simulated device and act.
set -eu
page=$1
nvmectl=$2
for name in $(grep -o '^\.BR ringline_[a-z_]* (3)' "$page" | grep -o 'ringline_[a-z_]*'); do
	[ -e "$(dirname "$page")/../../abi/man3/$name.3" ] || {
		echo "there is no page of $name"
		exit 1
	}
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
truncate -s 4M "$folder/disk.img"
sed -n '/^ringline\\-faults 1$/,/^\.fi$/p' "$page" | sed -e '/^\.fi$/d' -e 's/\\-/-/g' >"$folder/disk.img.faults"
[ "$(wc -l <"$folder/disk.img.faults")" -ge 4 ]
if "$nvmectl" read "sim:$folder/disk.img" --lba 4096 --blocks 8 -o "$folder/out" 2>"$folder/said"; then
	echo "the rule did not act"
	exit 1
fi
grep -q unrecovered-read-error "$folder/said" || {
	cat "$folder/said"
	exit 1
}
if ! command -v groff >/dev/null; then
	echo "skipped: groff is not installed"
	exit 77
fi
said=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
echo "$said"
[ -z "$said" ]
