#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# man_pages.sh FOLDER: troff has nothing to say against any page, and each has the sections that a page must have.
# Exit 77 (skipped) if there is no troff.
set -u
if ! command -v groff >/dev/null; then
	echo "skipped: groff is not installed"
	exit 77
fi
failed=0
for page in "$1"/*.3; do
	said=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
	if [ -n "$said" ]; then
		echo "$said"
		failed=1
	fi
	for section in NAME SYNOPSIS DESCRIPTION 'RETURN VALUE' THREADS SINCE; do
		grep -q "^\.SH $section\$" "$page" || {
			echo "$page has no section $section"
			failed=1
		}
	done
done
exit $failed
