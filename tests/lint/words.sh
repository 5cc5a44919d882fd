#!/bin/bash
# Words that our C does not use: raw comparisons and wipes, goto, exit and
# abort outside main, notes to self, commented-out code. Comments and texts are
# blanked before code is searched; notes are searched in them too.
set -u
mapfile -t files < <(find include libauthbox pam_authbox authboxd authboxctl \
	-name '*.[ch]' 2>/dev/null | sort)
awk '
function offend(what, why) {
	printf "words\t%s\t%d\t%s\t%s\n", FILENAME, FNR, what, why
}
function without_comments(line,   at, rest) {
	gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
	gsub(/\047([^\047\\]|\\.)+\047/, "0", line)
	if (in_comment) {
		at = index(line, "*/")
		if (!at)
			return ""
		in_comment = 0
		line = substr(line, at + 2)
	}
	while (at = index(line, "/*")) {
		rest = substr(line, at + 2)
		line = substr(line, 1, at - 1)
		at = index(rest, "*/")
		if (!at) {
			in_comment = 1
			break
		}
		line = line substr(rest, at + 2)
	}
	return line
}
function calls(code, name) {
	return code ~ ("(^|[^a-zA-Z0-9_])" name "[ \t]*\\(")
}
FNR == 1 { in_comment = 0 }
/(^|[^A-Za-z])(TODO|XXX|FIXME)([^A-Za-z]|$)/ { offend("note", "a note to self: do it or drop it") }
/^[ \t]*\/\/|^[ \t]*\/\*.*;[ \t]*\*\/[ \t]*$/ { offend("comment", "commented-out code, or a line comment") }
{
	code = without_comments($0)
	if (calls(code, "strn?c(ase)?mp"))
		offend("strcmp", "compare text with streq()")
	if (code ~ /streq[a-z_]*\([^)]*->bytes/)
		offend("streq", "compare secrets with secret_equal()")
	if (calls(code, "(mem|b)cmp"))
		offend("memcmp", "compare secrets with secret_equal(), text with streq()")
	if (calls(code, "cJSON_Duplicate"))
		offend("cJSON_Duplicate", "copy with json_tree_copy()")
	if (calls(code, "(memset|bzero)"))
		offend("memset", "wipe with secret_wipe(), start with an initialiser")
	if (calls(code, "(strcat|sprintf|vsprintf|gets|strtok|atoi|atol)"))
		offend("unbounded", "a function without bounds or without errors")
	if (code ~ /(^|[^a-zA-Z0-9_])goto[ \t]/)
		offend("goto", "clean up with AUTO()")
	if (calls(code, "(exit|abort)") && FILENAME !~ /\/main\.c$/)
		offend("exit", "only main ends the program")
}' "${files[@]}" | awk -f tests/lint/offences.awk
