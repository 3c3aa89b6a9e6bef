# SPDX-License-Identifier: MIT OR Apache-2.0
# ringZ: zones of 4096 blocks, of which 2048 can be written; four open, eight active; an append of at most 32 KiB.
. "${0%/*}/facts.sh"
node=/dev/vm/ringZ-ng1
block=/dev/vm/ringZ-n1

zones() { # COMMAND... : the state of each zone
	nvme zns report-zones "$@" | sed -n 's/.*State: \(0x[0-9a-f]*\).*/\1/p' | tr '\n' ' '
}

expect "append limit" 3 "$(field zasl nvme zns id-ctrl /dev/vm/ringZ)" # 4 KiB << 3
expect "active zones" 0x7 "$(field mar nvme zns id-ns $node)"          # zero-based, like the next
expect "open zones" 0x3 "$(field mor nvme zns id-ns $node)"
expect "zone size" zsze:0x1000 "$(nvme zns id-ns $node | sed -n 's/.*\(zsze:[0-9a-fx]*\).*(in use)/\1/p')"
expect zones 32 "$(field nr_zones nvme zns report-zones $node)"
expect "zones of the second" 4 "$(field nr_zones nvme zns report-zones /dev/vm/ringZ-ng2)"
expect capacities 0x800 "$(nvme zns report-zones $node | sed -n 's/.*Cap: \(0x[0-9a-f]*\).*/\1/p' | sort -u)"
expect "the kernel's" host-managed "$(cat "/sys/block/$(basename "$(readlink $block)")/queue/zoned")"

nvme zns reset-zone $node -a
nvme zns reset-zone /dev/vm/ringZ-ng2 -a # other entries leave it as they like
expect "first append" "Success appended data to LBA 1000" "$(nvme zns zone-append $node -s 0x1000 -z 512 -d data512)"
expect "second append" "Success appended data to LBA 1001" "$(nvme zns zone-append $node -s 0x1000 -z 512 -d data512)"
dd if=$block bs=512 skip=4097 count=1 iflag=direct of=data 2>/dev/null
cmp data data512
head -c 32768 /dev/zero >largest
head -c 33280 /dev/zero >too_large
nvme zns zone-append $node -s 0x1000 -z 32768 -d largest
refused 2 nvme zns zone-append $node -s 0x1000 -z 33280 -d too_large
refused 1bc nvme write $node -s 0x1000 -c 0 -z 512 -d data512 # not at the write pointer
for zone in 0 0x1000 0x2000 0x3000; do
	nvme zns open-zone $node -s $zone
done
refused 1be nvme zns open-zone $node -s 0x4000
nvme zns reset-zone $node -a

expect "all empty" "0x10 0x10 0x10 0x10 " "$(zones /dev/vm/ringZ-ng2)"
nvme zns finish-zone /dev/vm/ringZ-ng2 -s 0x1000
expect "one full" "0x10 0xe0 0x10 0x10 " "$(zones /dev/vm/ringZ-ng2)"
nvme zns reset-zone /dev/vm/ringZ-ng2 -a
expect "all empty" "0x10 0x10 0x10 0x10 " "$(zones /dev/vm/ringZ-ng2)"
