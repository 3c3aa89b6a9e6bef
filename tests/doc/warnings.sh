#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# warnings.sh DOXYGEN DOXYFILE INCLUDE: a header whose comment names a parameter that is not there fails the documentation, with its line.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$3" "$folder/include"
configure() {
	sed -e "s|^OUTPUT_DIRECTORY .*|OUTPUT_DIRECTORY = $folder/out|" -e "s|\"[^\"]*/include/ringline\"|$folder/include/ringline|" "$2" >"$folder/Doxyfile"
}
configure "$@"
"$1" "$folder/Doxyfile"
sed -i '0,/@param\[in\] path /s//@param[in] road /' "$folder/include/ringline/ringline.h"
if "$1" "$folder/Doxyfile" 2>"$folder/said"; then
	echo "a parameter that is not there was accepted"
	exit 1
fi
cat "$folder/said"
grep -q "ringline.h:[0-9]*: .*'road'" "$folder/said"
