#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# debian_symbols.sh LIBRARY SOURCE: dpkg-gensymbols, at its strictest, finds in the library what abi/libringline0.symbols lists, no more
# and no less, and notices when it does not. Exit 77 (skipped) where there is no dpkg-gensymbols.
set -eu
if ! command -v dpkg-gensymbols >/dev/null; then
	echo "skipped: dpkg-gensymbols is not installed (Debian package dpkg-dev)"
	exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
list=$2/abi/libringline0.symbols
mkdir -p "$folder/debian/libringline0/usr/lib"
cp -L "$1" "$folder/debian/libringline0/usr/lib/libringline.so.0"
cd "$folder"
cat >debian/control <<'END'
Source: ringline
Maintainer: nobody <nobody@localhost>

Package: libringline0
Architecture: any
END
cat >debian/changelog <<'END'
ringline (0.1.0-1) unstable; urgency=low

  * A test.

 -- nobody <nobody@localhost>  Thu, 01 Jan 1970 00:00:00 +0000
END

# What the sed script makes of the list, and whether that must be the library's.
judge() { # name, script, 0: it must pass
	sed "$2" "$list" >debian/libringline0.symbols
	status=0
	dpkg-gensymbols -c4 -plibringline0 -v0.1.0 -Pdebian/libringline0 -O >/dev/null 2>said || status=$?
	if [ $((status != 0)) -ne "$3" ]; then
		echo "$1: dpkg-gensymbols ended with $status" >&2
		cat said >&2
		return 1
	fi
	echo "$1: $(sed -n 's/^dpkg-gensymbols: //p' said | head -n 1)"
}

judge "the list as it is" '' 0 || {
	echo "abi/libringline0.symbols is not what the library exports: run tools/abi/generate, and build" >&2
	exit 1
}
judge "a function is missing from the list" '/ringline_cancel@/d' 1
judge "a function in the list is gone" 's/ringline_cancel@/ringline_gone@/' 1
judge "a function is in another node" 's/ringline_cancel@RINGLINE_0.1/ringline_cancel@RINGLINE_0.2/' 1
judge "the library has another name" 's/^libringline.so.0 /libringline.so.1 /' 1
