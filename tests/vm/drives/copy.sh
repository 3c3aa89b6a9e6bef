# SPDX-License-Identifier: MIT OR Apache-2.0
# ringC: a copy of eight ranges of up to 64 blocks each, 256 blocks together.
. "${0%/*}/facts.sh"
node=/dev/vm/ringC-ng1
block=/dev/vm/ringC-n1
expect mssrl 64 "$(field mssrl nvme id-ns $node)"
expect mcl 256 "$(field mcl nvme id-ns $node)"
expect msrc 7 "$(field msrc nvme id-ns $node)" # zero-based
head -c 32768 /dev/urandom >sources
dd if=sources of=$block bs=32768 count=1 oflag=direct 2>/dev/null
nvme copy $node -d 1000 -s 0,32 -b 31,31
dd if=$block bs=512 skip=1000 count=64 iflag=direct of=copied 2>/dev/null
cmp sources copied
refused 183 nvme copy $node -d 1000 -s 0,0,0,0,0,0,0,0,0 -b 0,0,0,0,0,0,0,0,0 # nine ranges
# QEMU 7.2 forgets that it refused 65 blocks for their number, and calls it an internal error. It copies more than MCL, too.
refused 6 nvme copy $node -d 1000 -s 0 -b 64
