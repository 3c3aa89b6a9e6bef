# SPDX-License-Identifier: MIT OR Apache-2.0
# What precedes the table of commands in the completion for fish.

function __nvmectl_is
	# Whether the words so far name this command and none below it.
	set -l words (commandline -poc)
	set -l path nvmectl
	for word in $words[2..]
		if contains -- $word (__nvmectl_below $path)
			set -a path $word
		end
	end
	test "$path" = "$argv"
end

function __nvmectl_devices
	for node in /dev/ng*n*
		printf '%s\n' $node (string replace /dev/ '' $node)
	end
	printf '%s\n' null: sim:
	set -l word (commandline -ct | string unescape)
	if string match -q 'sim:*' -- $word
		__fish_complete_path (string replace -r '^sim:' '' -- $word) | string replace -r '^' sim:
	end
end

complete -c nvmectl -f
