# SPDX-License-Identifier: MIT OR Apache-2.0
# What follows the table of commands in the completion for zsh.

_nvmectl_device() {
	local -a nodes
	nodes=(/dev/ng*n*(N:t) /dev/ng*n*(N) null\:)
	_alternative 'devices:device:compadd -a nodes' 'images:simulated device:_nvmectl_image'
}

_nvmectl_image() {
	if compset -P 'sim:'; then
		_files
	else
		compadd -S '' sim:
	fi
}

_nvmectl "$@"
