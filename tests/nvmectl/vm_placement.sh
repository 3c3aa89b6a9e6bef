#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# vm_placement.sh NVMECTL: what nvmectl says of flexible data placement is what nvme-cli says, byte for byte. Needs ringD.
set -eu
nvmectl=$1
node=/dev/vm/ringD-ng1
controller=/dev/vm/ringD
cd "$(mktemp -d)"

same() { # WHAT
	cmp ours theirs || {
		echo "$1 is not what nvme-cli says"
		exit 1
	}
	[ -s ours ] || {
		echo "$1 is nothing"
		exit 1
	}
	echo "$1: $(wc -c <ours) bytes"
}

log() { # WHAT LID LENGTH LSP
	"$nvmectl" log get $controller --lid "$2" --lsi 1 --lsp "$4" --length "$3" --raw ours -q
	nvme get-log $controller --log-id="$2" --lsi=1 --lsp="$4" --log-len="$3" --raw-binary >theirs
	same "$1"
}

"$nvmectl" id ctrl $controller --json | grep -q '"ctratt_fdps": *true'
"$nvmectl" feature get $controller --fid 0x1d --cdw11 1 --json | grep -q '"fdpe": *true'
log "the log of configurations" 0x20 128 0
log "the log of usage" 0x21 40 0
log "the log of statistics" 0x22 64 0
log "the log of the host's events" 0x23 128 1

printf '\1\0' >identifier
"$nvmectl" passthru io $node --opcode 0x1d --cdw10 1 --length 2 --data-out identifier -q
"$nvmectl" passthru io $node --opcode 0x12 --cdw10 1 --cdw11 27 --length 112 --data-in ours -q
nvme io-passthru $node --opcode=0x12 --namespace-id=1 --cdw10=1 --cdw11=27 --data-len=112 --read --raw-binary >theirs
same "the state of the handles"
[ "$(od -An -tu4 -j 56 -N 4 ours | tr -d ' ')" = 8192 ] # handle 1: the fresh unit takes 4 MiB
