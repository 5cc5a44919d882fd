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
exit $failed
