#!/bin/bash
# Manual pages are sound mdoc and name each other rightly.
set -u
failed=0
shopt -s nullglob
for page in man/*.[1-8]; do
	mandoc -T lint -W warning "$page" || failed=1
	# Pages of ours that a page refers to exist.
	sed -n 's/^\.Xr \([a-z_-]*authbox[a-z_-]*\) \([1-8]\).*/\1.\2/p' "$page" |
		sort -u | while read -r other; do
		[ -e "man/$other" ] || echo "$page: refers to $other, which is not there"
	done | awk '{ print; bad = 1 } END { exit bad }' || failed=1
done
# The module's options are those of its table.
diff <(sed -n 's/^    {"\([a-z_]*\)=\{0,1\}", read_.*/\1/p' pam_authbox/options.c |
	sort) <(sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p' man/pam_authbox.8 | sort) |
	sed -n 's/^</pam_authbox.8 does not explain/p; s/^>/pam_authbox.so has no/p' |
	awk '{ print; bad = 1 } END { exit bad }' || failed=1
exit $failed
