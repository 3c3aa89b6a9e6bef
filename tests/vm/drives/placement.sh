# SPDX-License-Identifier: MIT OR Apache-2.0
# ringD, which needs QEMU 10: flexible data placement with three placement handles, which are the second to fourth of the group's
# four reclaim unit handles. A write by a placement handle takes blocks of that handle's reclaim unit.
. "${0%/*}/facts.sh"
node=/dev/vm/ringD-ng1

status() { # the reclaim unit handle status of four handles at most: an NVMe I/O management receive
	nvme io-passthru $node --opcode=0x12 --namespace-id=1 --cdw10=1 --cdw11=39 --data-len=160 --read --raw-binary >status
}

number() { # OFFSET BYTES of what came
	od -An -tu"$2" -j "$1" -N "$2" status | tr -d ' '
}

left() { # PLACEMENT HANDLE: the blocks that its reclaim unit still takes
	number $((16 + 32 * $1 + 8)) 4
}

expect "placement is supported" 0x80000 "$(printf '0x%x' $(($(field ctratt nvme id-ctrl /dev/vm/ringD) & 1 << 19)))"
expect "endurance group" 1 "$(field endgid nvme id-ns $node)"
expect "placement is on" 0x00000001 "$(nvme get-feature /dev/vm/ringD -f 0x1d --cdw11=1 | sed -n 's/.*Current value://p')"
# Each handle gets a fresh unit, whatever was written before.
printf '\0\0\1\0\2\0' >identifiers
nvme io-passthru $node --opcode=0x1d --namespace-id=1 --cdw10=0x20001 --data-len=6 --write --input-file=identifiers
status
expect handles 3 "$(number 14 2)"
for handle in 0 1 2; do
	expect "placement handle" $handle "$(number $((16 + 32 * handle)) 2)"
	expect "its reclaim unit handle" $((handle + 1)) "$(number $((16 + 32 * handle + 2)) 2)"
	expect "blocks of its unit" 8192 "$(left $handle)" # 4 MiB
done

nvme write $node -s 7 -c 0 -z 512 -d data512 --dir-type=2 --dir-spec=1
nvme write $node -s 8 -c 0 -z 512 -d data512 --dir-type=2 --dir-spec=1
dd if=/dev/vm/ringD-n1 bs=512 skip=7 count=1 iflag=direct of=data 2>/dev/null
cmp data data512
status
expect "handle 0 after two writes by 1" 8192 "$(left 0)"
expect "handle 1 after two writes" 8190 "$(left 1)"
expect "handle 2 after two writes by 1" 8192 "$(left 2)"
