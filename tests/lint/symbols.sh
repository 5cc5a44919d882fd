#!/bin/bash
# What an object exports begins with the first word of its file's name, after
# its folder's where that tells more (users/record_read.c: user_record_parse), or
# with its folder's, whose header it serves (matcho/compile.c: matcho_free). No
# object has data that can change, since all state hangs from struct daemon.
set -u
command -v objdump >/dev/null || { echo "objdump is missing" >&2; exit 1; }
find libauthbox pam_authbox authboxd authboxctl -name '*.c' 2>/dev/null | sort |
	while read -r source; do
	object=$BUILD/obj/${source%.c}.o
	[ -e "$object" ] || continue
	folder=$(basename "$(dirname "$source")")
	[ -e "$(dirname "$source")/$folder.h" ] || folder=
	objdump -t "$object" | awk -v source="$source" -v module="$folder" '
	BEGIN {
		count = split(source, part, "/")
		name = part[count]
		sub(/(_[a-z0-9_]*)?\.c$/, "", name)
		folder = part[count - 1]
		sub(/s$/, "", folder)
	}
	# "VALUE FLAGS SECTION<TAB>SIZE NAME": flags are seven columns.
	/^[0-9a-f]+ / {
		flags = substr($0, 18, 7)
		split(substr($0, 26), part, /[ \t]+/)
		section = part[1]
		symbol = $NF
		if (flags ~ /^g/ && section != "*UND*" && symbol !~ ("^(" folder "_)?" name "s?(_|$)") &&
		    !(module != "" && index(symbol, module "_") == 1) &&
		    symbol != "main" && symbol !~ /^pam_sm_/)
			printf "symbols\t%s\t1\t%s\t%s is exported, but does not begin with %s_\n",
			    source, symbol, symbol, name
		if (flags ~ /O$/ && section ~ /^\.(t?data|t?bss)($|\.)/ &&
		    section !~ /^\.data\.rel\.ro/)
			printf "symbols\t%s\t1\t%s\t%s can change: no state outside struct daemon\n",
			    source, symbol, symbol
	}'
	done | awk -f tests/lint/offences.awk
