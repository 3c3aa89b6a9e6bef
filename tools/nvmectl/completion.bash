# SPDX-License-Identifier: MIT OR Apache-2.0
# What follows the table of commands in the completion for bash.

_nvmectl_devices() {
	local node
	for node in /dev/ng*n*; do
		[[ -e $node ]] && printf '%s\n' "$node" "${node#/dev/}"
	done
	printf '%s\n' null: sim:
}

_nvmectl_propose() { # what a value may be, what there is of it, and the words that it may be
	COMPREPLY=()
	case $1 in
	words) mapfile -t COMPREPLY < <(compgen -W "${*:3}" -- "$2") ;;
	file) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	device)
		if [[ $2 == sim:* ]]; then
			mapfile -t COMPREPLY < <(compgen -P sim: -f -- "${2#sim:}")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_nvmectl_devices)" -- "$2")
		fi
		;;
	esac
	if [[ $1 == file || $2 == sim:* ]]; then
		compopt -o filenames
	elif [[ ${COMPREPLY[*]} == sim: ]]; then
		compopt -o nospace
	fi
}

_nvmectl_split() { # into words: what the shell will see of a line, the last of them perhaps empty
	local line=$1 word='' quote='' begun='' char i
	words=()
	for ((i = 0; i < ${#line}; ++i)); do
		char=${line:i:1}
		if [[ $char == \\ && $quote != \' ]]; then
			((++i))
			word+=${line:i:1}
			begun=1
		elif [[ -n $quote ]]; then
			[[ $char == "$quote" ]] && quote='' || word+=$char
		elif [[ $char == [\'\"] ]]; then
			quote=$char
			begun=1
		elif [[ $char != [[:blank:]] ]]; then
			word+=$char
			begun=1
		elif [[ -n $begun ]]; then
			words+=("$word")
			word='' begun=''
		fi
	done
	words+=("$word")
}

# Bash takes words apart at colons and equal signs, which "sim:PATH" and "--depth=8" have: the line is read again here, and what
# bash leaves standing, which is up to the last such sign, is taken off the proposals.
_nvmectl() {
	local words command=nvmectl word
	_nvmectl_split "${COMP_LINE:0:COMP_POINT}"
	local current=${words[-1]} previous=${words[-2]}
	for word in "${words[@]:1:${#words[@]}-2}"; do
		if [[ " $(_nvmectl_commands "$command") " == *" $word "* ]]; then
			command+=" $word"
		fi
	done
	if [[ $current == --*=* ]]; then
		previous=${current%%=*}
		current=${current#*=}
	fi
	local value
	value=$(_nvmectl_value "$command" "$previous")
	if [[ -z $value && $current == -* ]]; then
		value="words $(_nvmectl_options "$command")"
	elif [[ -z $value ]]; then
		value=$(_nvmectl_argument "$command")
	fi
	local kind=${value%% *} standing=${current%"${current##*[:=]}"}
	_nvmectl_propose "$kind" "$current" "${value#"$kind"}"
	if [[ -n $standing && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"$standing"}")
	fi
}

complete -F _nvmectl nvmectl
