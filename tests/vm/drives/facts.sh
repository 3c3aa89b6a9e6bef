# SPDX-License-Identifier: MIT OR Apache-2.0
# Sourced by the scripts beside it, which run in the guest: each shows by nvme-cli what a drive of the bed is, and stops at the
# first fact that is not so.
set -eu
cd "$(mktemp -d)"

# expect WHAT WANTED FOUND
expect() {
	if [ "$2" != "$3" ]; then
		echo "$1: \"$3\" instead of \"$2\""
		exit 1
	fi
	echo "$1: $3"
}

# field NAME COMMAND...: what nvme-cli prints behind NAME
field() {
	wanted=$1
	shift
	"$@" | sed -n "s/^$wanted *: *//p"
}

# refused STATUS COMMAND...: a command that ends with this status, DNR and More aside; nvme-cli gives no better than 1
refused() {
	status=$1
	shift
	if "$@" >refused.txt 2>&1; then
		echo "not refused: $*"
		exit 1
	fi
	found=$(sed -n 's/.*(0x\([0-9a-f]*\)).*/\1/p' refused.txt)
	expect "$*" "$status" "$(printf %x $((0x${found:-0} & 0x7ff)))"
}

bytes() { # FILE: in hexadecimal, without blanks
	od -An -v -tx1 "$1" | tr -d ' \n'
}

# A block of As, 512 and 4096 bytes long.
head -c 512 /dev/zero | tr '\0' A >data512
head -c 4096 /dev/zero | tr '\0' A >data4096
