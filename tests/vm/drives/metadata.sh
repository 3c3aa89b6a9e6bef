# SPDX-License-Identifier: MIT OR Apache-2.0
# Namespace 6 of ringP: metadata of eight bytes that is the user's own.
. "${0%/*}/facts.sh"
node=/dev/vm/ringP-ng6
expect flbas 0x1 "$(field flbas nvme id-ns $node)"
expect dps 0 "$(field dps nvme id-ns $node)"
expect metadata ms:8 "$(nvme id-ns $node | sed -n 's/.*\(ms:[0-9]*\) .*(in use)/\1/p')"
printf metadata >metadata
nvme write $node -s 7 -c 0 -z 512 -d data512 -y 8 -M metadata
nvme read $node -s 7 -c 0 -z 512 -d data -y 8 -M both
cmp data data512
expect metadata metadata "$(head -c 8 both)"
