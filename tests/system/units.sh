#!/bin/bash
# The installed units under a real systemd: this script runs itself inside a
# container that has booted, installs there, and logs in.
# time limit: 150 s
# not sanitized: the sandbox of its units refuses what a sanitizer does
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:=build}"
export BUILD
[ "${1-}" = inside ] || exec tests/harness/nspawn.sh tests/system/units.sh inside
. tests/harness/tap.sh
export PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin HOME=/root

main_pid() {
	systemctl show -p MainPID --value authboxd
}
property() { # UNIT NAME
	systemctl show -p "$2" --value "$1"
}
# The clock is the real one here, and a code is good once. A window of ten
# steps gives each user a dozen codes: they are taken from the oldest on.
next_code() { # USER
	local used
	used=$(cat "/root/used.$1" 2>/dev/null || echo -9)
	echo $((used + 1)) >"/root/used.$1"
	oathtool --totp -b --now "@$(($(date +%s) + 30 * used))" "$(cat "/root/key.$1")"
}
login_as() { # USER CODE
	pamtester codes "$1" authenticate acct_mgmt <<<"$2" 2>&1
}
lets_in() { # USER
	has "$(login_as "$1" "$(next_code "$1")")" 'successfully authenticated'
}
enrol() { # USER
	authboxctl --json 2fa request "$1" |
		sed -n 's/.*"secret": *"\([A-Z2-7]*\)".*/\1/p' >"/root/key.$1"
	authboxctl --json 2fa confirm "$1" <<<"$(next_code "$1")"
}

test_it_installs_and_changes_no_pam_stack() {
	local before after said
	before=$(cat /etc/pam.d/* | sha256sum)
	said=$(make -s install)
	after=$(cat /etc/pam.d/* | sha256sum)
	is "$after" "$before"
	# What it says to do next is what a person does next.
	systemd-sysusers
	systemd-tmpfiles --create authbox.conf
	systemctl daemon-reload
	has "$said" 'systemctl enable --now authboxd.service'
	has "$said" 'systemd-sysusers'
	is "$(ls /etc/authbox)" authbox.yaml
	is "$(stat -c '%U:%G %a' /etc/authbox)" 'root:authbox 750'
	is "$(grep -vc '^#\|^$' /etc/authbox/authbox.yaml || true)" 0
	ls /usr/lib/*/security/pam_authbox.so /usr/local/share/man/man8/authboxd.8
}
test_installing_again_leaves_an_admins_file() {
	printf 'resourceType: AuthConfig\nid: app\ntwoFactor: {validPastTokensCount: 10}\n' \
		>/etc/authbox/authbox.yaml
	make -s install >/dev/null
	has "$(cat /etc/authbox/authbox.yaml)" 'id: app'
}
test_sockets_listen_before_the_daemon_runs() {
	systemctl start authboxd-pam.socket authboxd-api.socket authbox-fetch.socket
	is "$(stat -c '%U %a' /run/authbox)" 'root 755'
	is "$(stat -c '%U %a' /run/authbox/pam.sock)" 'root 666'
	is "$(stat -c '%U %a' /run/authbox/api.sock)" 'root 666'
	is "$(stat -c '%U %a' /run/authbox/fetch.sock)" 'authbox 600'
	is "$(property authboxd ActiveState)" inactive
}
test_the_first_question_starts_it() {
	authboxctl status
	is "$(property authboxd ActiveState)" active
	is "$(property authboxd NRestarts)" 0
	has "$(authboxctl status --json)" '"version":"'
}
test_people_enrol_and_log_in() {
	enrol alice
	enrol bob
	lets_in alice
	lets_in bob
	fails login_as alice 000000
}
test_enabling_starts_it_at_boot() {
	systemctl enable --now authboxd.service
	is "$(systemctl is-enabled authboxd.service authboxd-pam.socket \
		authboxd-api.socket authbox-fetch.socket | sort -u)" enabled
}
test_it_runs_as_its_own_user_without_rights() {
	local status
	status=$(cat "/proc/$(main_pid)/status")
	is "$(ps -o user= -p "$(main_pid)")" authbox
	has "$status" '^CapEff:[[:space:]]0+$'
	has "$status" '^CapBnd:[[:space:]]0+$'
	has "$status" '^NoNewPrivs:[[:space:]]1$'
	has "$status" '^Seccomp:[[:space:]]2$'
	has "$(cat "/proc/$(main_pid)/limits")" 'Max core file size +0 +0'
}
test_it_has_no_network() {
	local pid
	pid=$(main_pid)
	[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/1/ns/net)" ]
	is "$(nsenter -n -t "$pid" ip -o link | grep -vc ' lo: ' || true)" 0
	is "$(nsenter -n -t "$pid" ip -o route)" ''
}
test_its_sandbox_holds() {
	systemd-analyze security --threshold=15 authboxd.service | tail -n 1
	systemd-analyze security --threshold=13 authbox-fetch.service | tail -n 1
	# The file system as it sees it: even root writes to its own folders only.
	for folder in / /etc/authbox /run/authbox /var/lib /usr /dev/shm/..; do
		fails nsenter -m -r -t "$(main_pid)" touch $folder/x
	done
	nsenter -m -r -t "$(main_pid)" touch /var/lib/authbox/x /var/lib/authbox-key/x
	rm /var/lib/authbox/x /var/lib/authbox-key/x
	is "$(nsenter -m -r -t "$(main_pid)" ls /home /root)" "$(printf '/home:\n\n/root:')"
	is "$(stat -c '%U %a' /var/lib/authbox /var/lib/authbox-key | sort -u)" 'authbox 700'
}
test_a_webhook_goes_out_through_the_other_program() {
	local receiver=/run/receiver port pid
	mkdir -p $receiver
	sleep 100 | tests/system/fault_server.py --dir $receiver &
	within 5 test -s $receiver/ports
	port=$(sed -n 's/^plain //p' $receiver/ports)
	printf '  webhook: {endpoint: "http://127.0.0.1:%s/code"}\n' "$port" |
		sed '1s/^/resourceType: AuthConfig\nid: sent\ntwoFactor:\n/' \
			>/etc/authbox/sent.yaml
	systemctl reload authboxd
	useradd carol
	authboxctl 2fa request --config sent --transport sms carol
	within 5 grep -q '"path": "/code"' $receiver/requests
	kill %1
	rm /etc/authbox/sent.yaml
	systemctl reload authboxd
	pid=$(property authbox-fetch MainPID)
	is "$(ps -o user= -p "$pid")" authbox-fetch
	has "$(cat "/proc/$pid/status")" '^CapEff:[[:space:]]0+$'
	fails nsenter -m -r -t "$pid" setpriv --reuid authbox --clear-groups ls /var/lib/authbox
}
test_a_decision_is_in_the_journal_with_its_fields() {
	local record
	record=$(journalctl -o json --no-pager -u authboxd | grep '"codes"' | tail -n 1)
	has "$record" '"_UID":"[1-9]'
	has "$record" '"AUTHBOX_[A-Z_]*":"alice"'
	has "$record" '"AUTHBOX_[A-Z_]*":"codes"'
}
test_a_stopped_daemon_is_started_by_a_login() {
	systemctl stop authboxd 2>/dev/null
	is "$(property authboxd ActiveState)" inactive
	lets_in alice
}
test_a_killed_daemon_comes_back_however_often() {
	local pid
	for _ in 1 2 3 4 5 6 7 8; do
		pid=$(main_pid)
		kill -9 "$pid"
		within 5 authboxctl status
	done
	lets_in bob
	is "$(property authboxd-pam.socket ActiveState)" active
}
test_a_used_code_stays_used_when_it_was_killed() {
	local code
	code=$(next_code alice)
	has "$(login_as alice "$code")" 'successfully authenticated'
	kill -9 "$(main_pid)"
	within 5 authboxctl status
	fails login_as alice "$code"
}
test_a_hung_daemon_is_killed_by_the_watchdog() {
	local pid
	mkdir -p /run/systemd/system/authboxd.service.d
	printf '[Service]\nWatchdogSec=1s\n' >/run/systemd/system/authboxd.service.d/t.conf
	systemctl daemon-reload
	systemctl restart authboxd
	pid=$(main_pid)
	kill -STOP "$pid"
	within 8 test ! -e "/proc/$pid"
	within 5 authboxctl status
	has "$(journalctl --no-pager -u authboxd)" 'Watchdog timeout'
	rm -r /run/systemd/system/authboxd.service.d
	systemctl daemon-reload
	systemctl restart authboxd
	lets_in bob
}
test_a_wrong_configuration_is_told_and_the_old_one_stays() {
	cp /etc/authbox/authbox.yaml /root/good.yaml
	printf 'resourceType: AuthConfig\nid: app\ntwoFactr: {}\n' >/etc/authbox/authbox.yaml
	fails systemctl reload authboxd
	has "$(authboxctl reload 2>&1 || true)" 'authbox.yaml:3.*twoFactor'
	lets_in alice
}
test_a_wrong_configuration_at_the_start_denies_and_is_repaired_by_a_reload() {
	systemctl restart authboxd
	is "$(property authboxd ActiveState)" active
	fails lets_in alice
	has "$(journalctl --no-pager -u authboxd -n 30)" 'authbox.yaml:3'
	cp /root/good.yaml /etc/authbox/authbox.yaml
	systemctl reload authboxd
	lets_in alice
}
test_the_key_comes_as_a_credential() {
	mkdir -p /etc/credstore.encrypted
	authboxctl store export-key >/root/key
	grep -o 'authbox-store-key-1:[A-Z2-7=]*' /root/key |
		systemd-creds encrypt --name=authbox.storekey - \
			/etc/credstore.encrypted/authbox.storekey 2>/dev/null
	systemctl stop authboxd 2>/dev/null
	rm /var/lib/authbox-key/store.key
	systemctl start authboxd
	lets_in bob
	fails test -e /var/lib/authbox-key/store.key
}
test_a_missing_key_denies_and_makes_none() {
	systemctl stop authboxd 2>/dev/null
	mv /etc/credstore.encrypted/authbox.storekey /root/
	systemctl start authboxd
	fails lets_in bob
	fails test -e /var/lib/authbox-key/store.key
	has "$(authboxctl status || true)" 'key'
	mv /root/authbox.storekey /etc/credstore.encrypted/
	systemctl restart authboxd
	lets_in bob
}
test_ssh_asks_for_the_code() {
	install -m 644 dist/pam/sshd_config.d/key-code.conf /etc/ssh/sshd_config.d/authbox.conf
	sed -i 's/^@include common-auth/auth required pam_authbox.so totp/
		s/^@include common-account/account required pam_authbox.so\n&/' /etc/pam.d/sshd
	systemctl start ssh
	within 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
	chmod 755 /root # for the askpass of the tests
	is "$(TEST_CODE=$(next_code alice) SSH_ASKPASS=/root/askpass \
		SSH_ASKPASS_REQUIRE=force ssh -i /root/id -o StrictHostKeyChecking=no \
		-o LogLevel=ERROR alice@127.0.0.1 'id -un')" alice
	fails ssh -i /root/id -o StrictHostKeyChecking=no -o BatchMode=yes \
		alice@127.0.0.1 true
}
test_uninstalling_leaves_the_admins_files_and_the_state() {
	make -s uninstall
	[ -e /etc/authbox/authbox.yaml ] && [ -e /var/lib/authbox/authbox.db ]
	is "$(find /usr/local /usr/lib -xdev -name '*authbox*' | sort)" ''
	is "$(property authboxd-pam.socket ActiveState)" inactive
}

useradd -m alice
useradd -m bob
passwd -d alice >/dev/null # no password: sshd lets in by key all the same
cp tests/harness/askpass /root/askpass
ssh-keygen -q -t ed25519 -N '' -f /root/id
install -d -o alice -m 700 /home/alice/.ssh
install -o alice -m 600 /root/id.pub /home/alice/.ssh/authorized_keys
printf 'auth required pam_authbox.so totp config=app\naccount required pam_authbox.so\n' \
	>/etc/pam.d/codes
run_tests
