#!/bin/bash
# What runs inside sshd: pam_authbox.so needs libc and libpam only, exports the
# pam_sm_ entries only, and calls nothing but what is listed here. Signals,
# children, threads, environment, locale, files and stdio belong to the host.
set -u
module=$BUILD/pam_authbox.so
[ -e "$module" ] || exit 0
failed=0

needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | xargs)
[ "$needed" = "libc.so.6 libpam.so.0" ] || {
	echo "$module: needs $needed; libc.so.6 libpam.so.0 is all it may need"
	failed=1
}
exported=$(nm -D --defined-only --format=posix "$module" | cut -d' ' -f1 |
	cut -d@ -f1 | sort | xargs)
entries="pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok"
entries="$entries pam_sm_close_session pam_sm_open_session pam_sm_setcred"
[ "$exported" = "$entries" ] || {
	echo "$module: exports $exported"
	failed=1
}
nm -D --undefined-only --format=posix "$module" | cut -d' ' -f1 | cut -d@ -f1 |
	sort -u | comm -23 - <(sed '/^#/d' tests/lint/module-symbols | sort -u) |
	awk -v module="$module" '{
		print module ": calls " $1 ", which tests/lint/module-symbols does not list"
		bad = 1
	} END { exit bad }' || failed=1
exit $failed
