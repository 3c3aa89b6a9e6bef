#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# clang.sh SOURCE FILE INCLUDE: what GCC takes, clang takes too.
set -eu
compiler=$(command -v clang++ || command -v clang++-14) || {
	echo "there is no clang++ here"
	exit 77
}
for standard in 17 20; do
	for without in "" "-fno-exceptions -fno-rtti"; do
		# shellcheck disable=SC2086
		"$compiler" -std=c++$standard $without -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
			-I"$3" -I"$1/include" "$2"
	done
done
