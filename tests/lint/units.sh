#!/bin/bash
# The units are understood by systemd, stay within their exposure, and say what
# keeps people in: no start limit, and the uids that the kernel reports.
set -u
units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT
for unit in dist/systemd/*.service dist/systemd/*.socket; do
	sed 's|^\(Exec[A-Za-z]*=+\?\)@[A-Z]*@/.*|\1/bin/true|' "$unit" \
		>"$units/${unit##*/}"
done
failed=0
offend() {
	echo "$1"
	failed=1
}

# An unknown key is a warning with status 0, so silence is what counts.
said=$(cd "$units" && SYSTEMD_UNIT_PATH="$units:" systemd-analyze verify \
	--man=no ./*.service ./*.socket 2>&1) || failed=1
[ -z "$said" ] || offend "$said"

exposure() { # UNIT TENTHS
	systemd-analyze security --offline=true --threshold="$2" "$units/$1" \
		>/dev/null 2>&1 ||
		offend "dist/systemd/$1:1: exposure is over $2 tenths"
}
exposure authboxd.service 10
exposure authbox-fetch.service 13
exposure authbox-userdb.service 10

for unit in dist/systemd/*.service dist/systemd/*.socket; do
	grep -q '^StartLimitIntervalSec=0$' "$unit" ||
		offend "$unit:1: a start limit can leave the host shut"
	! grep -Eqi '^(PrivateUsers|DynamicUser)=' "$unit" ||
		offend "$unit:1: PrivateUsers= or DynamicUser= changes callers' uids"
done
grep -q '^PrivateNetwork=yes$' dist/systemd/authboxd.service ||
	offend "dist/systemd/authboxd.service:1: authboxd must have no network"
exit $failed
