#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# header_alone.sh COMPILER STANDARD INCLUDE-FOLDER HEADER: exit 0 if the header compiles with nothing before it.
# header_alone.sh --bad COMPILER STANDARD: exit 0 if a header that does not is noticed, for the reason expected.
# Exit 77 (skipped) if the compiler is not installed.
set -u

compile() { # compiler, standard, include folder; the source is standard input
	case $2 in
	c++*) language=c++ ;;
	*) language=c ;;
	esac
	# gcc only: clang's -Wpadded misses tail padding of structs that nothing instantiates.
	padded=
	[ "$1" = gcc ] && padded=-Wpadded
	"$1" -x $language -std="$2" -Wall -Wextra -pedantic -Wundef -Werror $padded -fsyntax-only -I "$3" -
}

bad=no
if [ "$1" = --bad ]; then
	bad=yes
	shift
fi
if ! command -v "$1" >/dev/null; then
	echo "skipped: $1 is not installed"
	exit 77
fi
if [ $bad = yes ]; then
	folder=$(mktemp -d) || exit 1
	trap 'rm -rf "$folder"' EXIT
	echo 'typedef struct bad { uint32_t needs_stdint; } bad;' >"$folder/bad.h"
	if printf '#include <bad.h>\n' | compile "$1" "$2" "$folder" 2>"$folder/errors"; then
		echo "a header that needs another one before it compiled"
		exit 1
	fi
	grep uint32_t "$folder/errors"
	exit
fi
printf '#include <%s>\n' "$4" | compile "$1" "$2" "$3"
