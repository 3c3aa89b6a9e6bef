# SPDX-License-Identifier: MIT OR Apache-2.0
# ringN, which over-tcp makes: the namespace of ringB, reached by NVMe over TCP.
. "${0%/*}/facts.sh"
node=/dev/vm/ringN-ng1
expect transport tcp "$(cat "/sys/class/nvme/$(basename "$(readlink /dev/vm/ringN)")/transport")"
expect serial ringN "$(field sn nvme id-ctrl /dev/vm/ringN | tr -d ' ')"
expect blocks 0x10000 "$(field nsze nvme id-ns $node)" # 32 MiB
nvme write $node -s 7 -c 0 -z 512 -d data512
dd if=/dev/vm/ringB-n1 bs=512 skip=7 count=1 iflag=direct of=data 2>/dev/null
cmp data data512
head -c 4096 /dev/urandom >sent
dd if=sent of=/dev/vm/ringB-n1 bs=4096 seek=1 oflag=direct 2>/dev/null
nvme read $node -s 8 -c 7 -z 4096 -d received
cmp sent received
# The kernel's target does not know why its block device refused; a drive's own answer would be 80h, LBA out of range.
refused 6 nvme read $node -s 0x10000 -c 0 -z 512 -d received
