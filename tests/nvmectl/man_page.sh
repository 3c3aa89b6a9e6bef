#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# man_page.sh NVMECTL PAGE: the page has no mistakes in its markup, and names every option that the help names.
tool=$1
page=$2

missing=0
for command in "" list info doctor read write flush bench status "sim create" "sim inject" replay monitor completion "id ctrl" "id ns" "id list" "id raw" "log smart" "log error" \
	"log get" "feature get" "feature set" format sanitize "passthru admin" "passthru io" \
	write-zeroes deallocate verify compare copy write-uncorrectable "zone report" "zone open" "zone reset" "zone append"; do
	# shellcheck disable=SC2086 # a command may be two words
	for option in $("$tool" $command --help | grep -o -e '--[a-z][a-z0-9-]*' | sort -u); do
		if ! sed 's/\\-/-/g' "$page" | grep -q -e "$option"; then
			echo "the page does not have $option of 'nvmectl $command'"
			missing=1
		fi
	done
done
[ $missing = 0 ] || exit 1

if ! command -v groff >/dev/null; then
	echo "skipped: groff is not installed"
	exit 77
fi
# groff exits with 0 whatever it warns about.
warnings=$(groff -ww -man -Tutf8 "$page" 2>&1 >/dev/null)
echo "$warnings"
[ -z "$warnings" ]
