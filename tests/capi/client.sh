#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# client.sh CLIENT: runs the client on an image of its own, and sees that linking it brought no C++ runtime.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if readelf -d "$1" | grep -q 'NEEDED.*libstdc++'; then
	echo "$1 needs the C++ runtime" >&2
	exit 1
fi
"$1" "$folder/disk.img"
