#!/bin/bash
# Functions have at most 60 lines, files 500.
set -u
find include libauthbox pam_authbox authboxd authboxctl -name '*.[ch]' \
	2>/dev/null | sort | while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 500 ] ||
		printf 'size\t%s\t1\tfile\t%d lines, 500 at most\n' "$file" "$lines"
	case $file in
	*.c) ctags -x --c-kinds=f --_xformat='%N %n %{end}' "$file" ;;
	esac | awk -v file="$file" '$3 - $2 >= 60 {
		printf "size\t%s\t%d\t%s\t%s() has %d lines, 60 at most\n",
		    file, $2, $1, $1, $3 - $2 + 1
	}'
done | awk -f tests/lint/offences.awk
