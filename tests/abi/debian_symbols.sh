#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# debian_symbols.sh LIBRARY SOURCE: dpkg-gensymbols, at its strictest, finds in the library what abi/libringline*.symbols lists, no more
# and no less, and notices when it does not. Exit 77 (skipped) where there is no dpkg-gensymbols.
set -eu
if ! command -v dpkg-gensymbols >/dev/null; then
	echo "skipped: dpkg-gensymbols is not installed (Debian package dpkg-dev)"
	exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
soname=$(readelf -d "$1" | sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p')
package=libringline${soname##*.}
list=$2/abi/$package.symbols
mkdir -p "$folder/debian/$package/usr/lib"
cp -L "$1" "$folder/debian/$package/usr/lib/$soname"
cd "$folder"
cat >debian/control <<END
Source: ringline
Maintainer: nobody <nobody@localhost>

Package: $package
Architecture: any
END
cat >debian/changelog <<'END'
ringline (0.1.0-1) unstable; urgency=low

  * A test.

 -- nobody <nobody@localhost>  Thu, 01 Jan 1970 00:00:00 +0000
END

# What the sed script makes of the list, and whether that must be the library's.
judge() { # name, script, 0: it must pass
	sed "$2" "$list" >"debian/$package.symbols"
	status=0
	dpkg-gensymbols -c4 "-p$package" -v0.1.0 "-Pdebian/$package" -O >/dev/null 2>said || status=$?
	if [ $((status != 0)) -ne "$3" ]; then
		echo "$1: dpkg-gensymbols ended with $status" >&2
		cat said >&2
		return 1
	fi
	echo "$1: $(sed -n 's/^dpkg-gensymbols: //p' said | head -n 1)"
}

judge "the list as it is" '' 0 || {
	echo "$list is not what the library exports: run tools/abi/generate, and build" >&2
	exit 1
}
judge "a function is missing from the list" '/ringline_cancel@/d' 1
judge "a function in the list is gone" 's/ringline_cancel@/ringline_gone@/' 1
judge "a function is in another node" 's/ringline_cancel@RINGLINE_0.1/ringline_cancel@RINGLINE_0.2/' 1
judge "the library has another name" "s/^$soname /libringline.so.none /" 1
