#!/bin/bash
# authbox-protocol(7) has every interface text as it is, and every number of
# the PAM protocol.
set -u
page=man/authbox-protocol.7
failed=0

for file in include/authbox/*.varlink; do
	name=$(basename "$file" .varlink)
	awk -v name="$name" '
	$0 == ".\\\" TEXT " name { found = 1; next }
	found && /^\.Ed/ { exit }
	found && !/^\.Bd/
	' "$page" | cmp -s - "$file" || {
		echo "$page: the text of $name is not that of $file"
		failed=1
	}
done

# ".It Dv NAME Ta 7" for each PAM_FIELD_NAME = 7 and VERDICT_NAME = 7.
sed -nE 's/^\t(PAM_FIELD|VERDICT)_([A-Z_]+) = ([0-9]+),.*/\2 \3/p' \
	include/authbox/pam_protocol.h include/authbox/verdict.h |
	while read -r name number; do
	grep -q "^\.It Dv $name Ta $number Ta" "$page" || {
		echo "$page: $name ($number) is missing"
		echo bad >&3
	}
done 3>&1 >&2 | grep -q bad && failed=1
exit $failed
