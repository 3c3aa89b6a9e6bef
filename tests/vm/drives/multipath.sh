# SPDX-License-Identifier: MIT OR Apache-2.0
# ringM: one namespace behind two controllers of one subsystem, of which the kernel makes one node.
. "${0%/*}/facts.sh"
node=/dev/vm/ringM-ng1
block=$(basename "$(readlink /dev/vm/ringM-n1)")
expect nmic 0x1 "$(field nmic nvme id-ns $node)"
expect cmic 0x2 "$(field cmic nvme id-ctrl /dev/vm/ringM)"
# The head is a device of its own; what belongs to a controller is hidden and named after both.
expect paths 2 "$(find /sys/class/nvme/nvme*/ -maxdepth 1 -name "${block%n*}c*n${block##*n}" | wc -l)"
expect "nodes of paths" 0 "$(find /dev -name "${block%n*}c*" | wc -l)"
expect states "live live" "$(for path in /sys/class/nvme/nvme*/"${block%n*}"c*n*; do cat "$path/../state"; done | tr '\n' ' ' | sed 's/ $//')"
nvme write $node -s 7 -c 0 -z 512 -d data512
dd if=/dev/vm/ringM-n1 bs=512 skip=7 count=1 iflag=direct of=data 2>/dev/null
cmp data data512
