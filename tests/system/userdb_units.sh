#!/bin/bash
# authbox-userdb under a real systemd, which is booted twice: its unit, its
# sandbox, and what is left of its users after a reboot.
# time limit: 200 s
# not sanitized: the sandbox of its units refuses what a sanitizer does
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:=build}"
export BUILD NSPAWN_BOOTS=2
[ "${1-}" = inside ] || exec tests/harness/nspawn.sh tests/system/userdb_units.sh inside
. tests/harness/tap.sh
export PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin HOME=/root
boot=$(cat /boot-test.boot)
socket=/run/authbox/userdb.sock

# The tests of this boot.
tap_names() {
	sed -n "s/^\(test_boot${boot}_[a-z0-9_]*\)() {.*/\1/p" "$0"
}
property() { # UNIT NAME
	systemctl show -p "$2" --value "$1"
}
main_pid() {
	property authbox-userdb MainPID
}
userdb() { # METHOD PARAMETERS
	setpriv --reuid authbox --regid authbox --clear-groups \
		tests/harness/varlink_call $socket "io.authbox.Userdb.$1" "$2"
}
publish() { # NAME UID [MEMBERS]
	userdb Publish "{\"user\":{\"name\":\"$1\",\"uid\":$2${3:+,$3}}}"
}
# As one whom setpriv, as root, finds in the files.
unprivileged() { # COMMAND...
	setpriv --reuid 33 --regid 33 --clear-groups "$@"
}
# Whatever its status. Who waits for a server that hangs waits 45 s.
is_soon() { # COMMAND...
	local began=$SECONDS
	"$@" >/dev/null 2>&1 || true
	[ $((SECONDS - began)) -lt 15 ]
}
configure() { # LINES...
	{
		echo 'resourceType: Provisioning'
		for line; do echo "$line"; done
	} >/etc/authbox/userdb.yaml
}

test_boot1_without_a_configuration_nothing_runs() {
	make -s install >/dev/null
	systemd-sysusers
	systemd-tmpfiles --create authbox.conf
	systemctl daemon-reload
	systemctl enable authbox-userdb
	systemctl start authbox-userdb
	is "$(property authbox-userdb ActiveState)" inactive
	is "$(property authbox-userdb.socket ActiveState)" inactive
	is_soon id www-data
}
test_boot1_it_starts_with_one() {
	configure 'groups: {map: [{value: u, group: users}]}'
	systemctl start authbox-userdb
	is "$(property authbox-userdb ActiveState)" active
	is "$(stat -c '%U %a' $socket)" 'authbox 600'
	is "$(stat -c '%U:%G %a' /run/userdb)" 'root:authbox-userdb 1775'
	is "$(stat -c '%U %a' /var/lib/authbox-userdb)" 'authbox-userdb 700'
}
test_boot1_it_needs_no_right_to_read_the_other_files() {
	is "$(stat -c '%U:%G %a' /etc/authbox)" 'root:authbox 750'
	fails nsenter -m -t "$(main_pid)" setpriv --reuid authbox-userdb --regid authbox-userdb \
		--clear-groups cat /etc/authbox/userdb.yaml
	fails nsenter -m -t "$(main_pid)" ls /etc/authbox /var/lib/authbox
}
test_boot1_a_user_appears() {
	publish dora 65600 '"realName":"Dora","groups":["users"]'
	is "$(id dora)" 'uid=65600(dora) gid=65600(dora) groups=65600(dora),100(users)'
	is "$(getent group dora)" 'dora:x:65600:'
	is "$(unprivileged getent passwd dora)" 'dora:x:65600:65600:Dora:/home/dora:/bin/bash'
	publish gone 65601
	userdb Withdraw '{"name":"gone","uid":65601}'
}
test_boot1_it_runs_as_its_own_user_without_rights() {
	local status
	status=$(cat "/proc/$(main_pid)/status")
	is "$(ps -o user:20= -p "$(main_pid)")" authbox-userdb
	has "$status" '^CapEff:[[:space:]]0+$'
	has "$status" '^CapBnd:[[:space:]]0+$'
	has "$status" '^NoNewPrivs:[[:space:]]1$'
	has "$status" '^Seccomp:[[:space:]]2$'
}
test_boot1_its_sandbox_holds() {
	local pid folder
	pid=$(main_pid)
	systemd-analyze security --threshold=10 authbox-userdb.service | tail -n 1
	for folder in / /run /run/authbox /var/lib /usr /tmp/.. /run/systemd/userdb; do
		fails nsenter -m -r -t "$pid" touch $folder/x
	done
	nsenter -m -r -t "$pid" touch /run/userdb/x
	rm /run/userdb/x
	[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/1/ns/net)" ]
	is "$(nsenter -n -t "$pid" ip -o link | grep -vc ' lo: ' || true)" 0
}
test_boot1_a_restart_is_not_noticed() {
	local pid
	pid=$(main_pid)
	kill -KILL "$pid"
	is "$(id -un 65600)" dora
	within 5 userdb List+ '{}'
	fails is "$(main_pid)" "$pid"
	systemctl restart authbox-userdb
	is "$(id -un 65600)" dora
	systemctl stop authbox-userdb.socket authbox-userdb.service
	is "$(id -un 65600)" dora
	systemctl start authbox-userdb
}
test_boot1_first_logins_are_sshds() {
	configure 'groups: {map: [{value: u, group: users}]}' 'firstLogin: true'
	fails getent passwd quinn
	[ ! -e /run/authbox-userdb/first-login.sock ]
	systemctl restart authbox-userdb
	is "$(stat -L -c '%U %a' /run/systemd/userdb/io.authbox.FirstLogin)" 'authbox-userdb 600'
	cp /usr/bin/getent /root/sshd-session
	has "$(/root/sshd-session passwd quinn)" '^quinn:x:[0-9]+:[0-9]+:[^:]*:/home/quinn:/bin/bash$'
	fails getent passwd quinn
	fails unprivileged getent passwd quinn
	is "$(getent group dora)" 'dora:x:65600:'
	is "$(unprivileged getent group dora)" 'dora:x:65600:'
}
test_boot1_dynamic_users_are_systemds() {
	local socket=/run/authbox-userdb/first-login.sock ask said
	ask=io.systemd.UserDatabase.GetUserRecord
	cp -L /usr/bin/python3 /root/sshd
	systemd-run --quiet --unit dynamic -p DynamicUser=yes -p User=rita sleep infinity
	within 5 getent passwd rita
	said=$(/root/sshd tests/harness/varlink_call $socket $ask \
		'{"userName": "quinn", "service": "io.authbox.FirstLogin"}')
	has "$said" '"homeDirectory": *"/home/quinn"'
	said=$(/root/sshd tests/harness/varlink_call $socket $ask \
		'{"userName": "rita", "service": "io.authbox.FirstLogin"}' 2>&1 || true)
	has "$said" NoRecordFound
	systemctl stop dynamic
}
test_boot1_nobody_waits_when_it_is_stopped() {
	local pid
	pid=$(main_pid)
	kill -STOP "$pid"
	is_soon unprivileged id www-data
	is_soon unprivileged getent passwd nosuch
	is_soon unprivileged id dora
	# Root's wait for the watchdog, and no longer.
	is_soon id www-data
	within 5 test ! -e "/proc/$pid"
	within 5 userdb List+ '{}'
	is_soon id www-data
	has "$(journalctl --no-pager -u authbox-userdb)" 'Watchdog timeout'
}
test_boot1_nobody_waits_when_it_is_not_there() {
	systemctl stop authbox-userdb.socket authbox-userdb.service
	is_soon id www-data
	is_soon unprivileged id www-data
	mv /usr/local/sbin/authbox-userdb /root/
	systemctl start authbox-userdb 2>/dev/null || true
	is_soon id www-data
	is_soon id dora
	mv /root/authbox-userdb /usr/local/sbin/
	systemctl restart authbox-userdb
}
test_boot1_a_published_user_logs_in_by_ssh() {
	ssh-keygen -q -t ed25519 -N '' -f /root/id
	mkdir -p /home/dora/.ssh
	cp /root/id.pub /home/dora/.ssh/authorized_keys
	chown -R dora: /home/dora
	systemctl start ssh
	within 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
	has "$(ssh -i /root/id -o StrictHostKeyChecking=no -o LogLevel=ERROR dora@127.0.0.1 \
		'id -un; loginctl list-sessions --no-legend; systemctl --user is-system-running; echo $XDG_RUNTIME_DIR')" \
		'^/run/user/65600$'
}

test_boot2_users_are_there_before_anybody_asked() {
	within 10 systemctl is-active authbox-userdb
	is "$(property authboxd ActiveState)" inactive
	is "$(id dora)" 'uid=65600(dora) gid=65600(dora) groups=65600(dora),100(users)'
	fails getent passwd gone
	is "$(stat -c '%U:%G %a' /run/userdb)" 'root:authbox-userdb 1775'
}
test_boot2_ids_stay_reserved() {
	has "$(fails publish other 65601)" id-taken
	has "$(userdb List+ '{}')" '"reserved": \[65601\]'
}
test_boot2_uninstalling_keeps_the_users_own_copy() {
	make -s uninstall
	is "$(property authbox-userdb.socket ActiveState)" inactive
	[ -e /var/lib/authbox-userdb/65600.json ]
}

run_tests
