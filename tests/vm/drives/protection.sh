# SPDX-License-Identifier: MIT OR Apache-2.0
# protection.sh NSID FORMAT METADATA DPS PIF: a namespace of ringP with protection information: FORMAT is FLBAS (bit 4: metadata
# follows each block's data), METADATA its bytes a block, DPS the type, PIF the guard's format. The drive makes the information
# (PRACT) for a block of As, and what it stored is that block's guard, tags and reference; a wrong reference tag is an error.
. "${0%/*}/facts.sh"
nsid=$1 format=$2 metadata=$3 dps=$4 pif=$5
node=/dev/vm/ringP-ng$nsid
expect flbas "$format" "$(field flbas nvme id-ns "$node")"
expect dps "$dps" "$(field dps nvme id-ns "$node")"
expect metadata "ms:$metadata" "$(nvme id-ns "$node" | sed -n 's/.*\(ms:[0-9]*\) .*(in use)/\1/p')"
expect guard "pif:$pif" "$(nvme nvm-id-ns "$node" | sed -n 's/.*\(pif:[0-9]*\) .*(in use)/\1/p')"

block=512
information=2f3f000000000007 # CRC-16 T10-DIF of 512 As, application tag 0, reference tag 7
if [ "$pif" = 2 ]; then
	block=4096
	information=0c47d251c87ed9330000000000000007 # CRC-64 NVMe of 4096 As, application tag 0, storage and reference tag 7
fi
nvme write "$node" -s 7 -c 0 -z $block -d data$block -p 8 -r 7
if [ $((format & 0x10)) -ne 0 ]; then
	nvme read "$node" -s 7 -c 0 -z $((block + metadata)) -d both -p 0
	head -c $block both >data
	tail -c "$metadata" both >stored
else
	nvme read "$node" -s 7 -c 0 -z $block -y "$metadata" -d data -M both -p 0
	head -c "$metadata" both >stored # nvme-cli wrote more
fi
cmp data data$block
expect "protection information" $information "$(bytes stored)"

wrong=284 # reference tag check
if [ "$dps" = 0x3 ]; then
	wrong=181 # type 3 has none to check: invalid protection information
elif [ "$dps" = 0x1 ]; then
	wrong=181 # that of type 1 is the address, so another one is no valid command
fi
refused $wrong nvme read "$node" -s 7 -c 0 -z $((format & 0x10 ? block + metadata : block)) -y $((format & 0x10 ? 0 : metadata)) \
	-d data -M both -p 1 -r 8
