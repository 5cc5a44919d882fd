#!/bin/bash
# Boot the running root under a real systemd and run one script there:
#
#	tests/harness/nspawn.sh SCRIPT [ARGUMENT...]
#
# The container is an overlay, so that nothing it writes stays; it has no
# network but its own loopback. This checkout is at /checkout, read-only, and
# is the script's working folder. With NSPAWN_BOOTS=2 it is booted a second time
# with what the first time left on its disk; /boot-test.boot says which it is. What the script writes comes out here, its
# status is ours; when it fails, the end of the journal follows. Needs root.
set -eu
cd "$(dirname "$0")/../.."
[ "$(id -u)" -eq 0 ] || { echo "nspawn.sh: needs root" >&2; exit 77; }

: "${NSPAWN_SECONDS:=100}"
# Mounts of its own: whatever happens, none stays.
[ -n "${OWN_MOUNTS-}" ] || OWN_MOUNTS=1 exec tests/harness/own_mounts.py tests/harness/nspawn.sh "$@"

work=$(mktemp -d)
root=$work/root
clean_up() {
	umount "$root" 2>/dev/null || true
	umount "$work" && rmdir "$work"
	# nspawn leaves an empty folder for each machine.
	rmdir "/run/systemd/nspawn/propagate/authbox-$$" 2>/dev/null || true
}
mount -t tmpfs -o size=1g,mode=700 authbox-nspawn "$work"
trap clean_up EXIT
mkdir "$work/upper" "$work/scratch" "$root"
mount -t overlay authbox-nspawn "$root" \
	-o "lowerdir=/,upperdir=$work/upper,workdir=$work/scratch"

# Only what the test needs is started: none of this host's own services.
units=$root/etc/systemd/system
rm -rf "$units"/*.wants "$units"/*.requires "$units/default.target"
mkdir -p "$units/multi-user.target.wants" "$root/checkout"
ln -s /lib/systemd/system/multi-user.target "$units/default.target"
ln -s ../boot-test.service "$units/multi-user.target.wants/"
cat >"$units/boot-test.service" <<UNIT
[Unit]
After=basic.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
WorkingDirectory=/checkout
TimeoutStartSec=$NSPAWN_SECONDS
Environment=BUILD=${BUILD:-build} SANITIZE=${SANITIZE-} LC_ALL=C.UTF-8
StandardOutput=file:/boot-test.output
StandardError=inherit
ExecStart=/bin/bash /boot-test.run
UNIT
{
	printf 'bash'
	printf ' %q' "$@"
	printf '\nstatus=$?\n'
	cat <<'RUN'
[ $status -eq 0 ] || {
	echo '# the end of the journal:'
	journalctl --no-pager -o short-precise -n "${NSPAWN_JOURNAL:-60}" | sed 's/^/# /'
}
exit $status
RUN
} >"$root/boot-test.run"

boot() {
	local status=0
	timeout $((NSPAWN_SECONDS + 20)) systemd-nspawn -q --register=no --keep-unit \
		--private-network -M "authbox-$$" -D "$root" --console=pipe \
		--bind-ro="$PWD:/checkout" --boot </dev/null >"$work/console" 2>&1 || status=$?
	if [ -e "$work/upper/boot-test.output" ]; then
		cat "$work/upper/boot-test.output"
		rm "$root/boot-test.output" # not below the overlay
	else
		echo "the container did not get as far as the test (status $status):"
		cat "$work/console"
		[ "$status" -ne 0 ] || status=1
	fi
	return "$status"
}

status=0
for number in $(seq "${NSPAWN_BOOTS:-1}"); do
	echo "$number" >"$root/boot-test.boot"
	boot || status=$?
done
exit "$status"
