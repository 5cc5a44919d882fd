#!/bin/bash
# Includes go one way: a folder includes itself and what stands before it.
# The other programs take from authboxd only what is listed for them.
set -u
grep -rHn '^#include "' --include='*.[ch]' authboxd pam_authbox libauthbox \
	authboxctl 2>/dev/null | awk -F: '
BEGIN {
	count = split("authbox base wire net jose matcho config store users " \
	    "notify token factor policy daemon.h login api", order, " ")
	for (i = 1; i <= count; i++)
		rank[order[i]] = i
	few["fetch"] = "authbox base wire fetch"
	few["userdb"] = "authbox base wire config userdb"
	few["pam_authbox"] = "authbox base wire pam_authbox"
	few["libauthbox"] = "authbox base wire libauthbox"
	few["authboxctl"] = "authbox base libauthbox authboxctl"
}
{
	from = $1
	sub(/^authboxd\//, "", from)
	if (from !~ /\//)
		next # what stands beside main.c puts all together
	sub(/\/.*/, "", from)
	header = $3
	gsub(/#include "|".*/, "", header)
	if (header !~ /\//)
		next # made from include/authbox/*.varlink
	to = header
	sub(/\/.*/, "", to)
	if (from in few)
		fine = index(" " few[from] " ", " " to " ") > 0
	else
		fine = (to in rank) && (from in rank) && rank[to] <= rank[from]
	if (!fine)
		printf "layers\t%s\t%d\t%s\t%s must not include %s\n",
		    $1, $2, header, from, header
}' | awk -f tests/lint/offences.awk
