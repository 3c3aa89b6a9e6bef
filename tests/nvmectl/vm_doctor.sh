#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# vm_doctor.sh root|disabled|user NVMECTL: what the doctor says in the guest as it is, without io_uring, and to an ordinary user.
set -u
who=$1
nvmectl=$2
drive=/dev/vm/ringA-ng1
old=no # 6.1 has every trap but one, and lets only root send commands
[ "$RINGLINE_VM_KERNEL" = 6.1 ] && old=yes

fail() {
	echo "$1; the doctor said:"
	echo "$said"
	exit 1
}
# says VERDICT ID TEXT: there is a check with this verdict whose message or fix has the text.
says() {
	echo "$said" | grep -A 5 -E "^$1 +$2 " | grep -q -e "$3" || fail "no '$1' of '$2' with '$3'"
}
examine() {
	said=$("$nvmectl" doctor "$@" 2>&1)
	code=$?
}
ends_with() {
	[ $code = "$1" ] || fail "exit code $code instead of $1"
}

case $who in
root)
	examine $drive
	says good io_uring 'comes up'
	says good memlock 'can be pinned'
	says good open 'read and written'
	says good read 'engine uring'
	says good access 'ng.*may open it'
	says good limits 'MDTS\|max_hw_sectors\|pieces of memory'
	ends_with 0
	if [ $old = yes ]; then
		says note write-lost 'threads engine'
		for trap in iopoll format-hang fixed-pages; do
			says note $trap 'this kernel'
		done
		says note polling 'cannot run'
	else
		says note metadata-pages 'this kernel'
		echo "$said" | grep -q write-lost && fail 'there is no such trap here'
	fi
	examine /dev/vm/ringB-ng1
	says note polling 'polled queues\|see iopoll'
	examine /dev/vm/ringP-ng1
	ends_with 9
	says problem metadata '8 bytes'
	says note protection 'type 1'
	examine /dev/vm/ringZ-ng1
	says note zones '4096 blocks'
	examine /dev/vm/ringM-ng1
	says note multipath 'several controllers'
	examine /dev/vm/ringA
	says note controller 'admin commands only'
	;;
disabled)
	examine $drive
	ends_with 9
	says problem io_uring 'sysctl kernel.io_uring_disabled=0'
	says good read 'engine threads'
	;;
user)
	examine $drive
	ends_with 9
	says problem open 'sudo\|udevadm'
	if [ $old = yes ]; then
		says problem access 'CAP_SYS_ADMIN'
	else
		says problem access 'neither its group nor its mode'
		says problem access 'udevadm control --reload'
	fi
	;;
esac
