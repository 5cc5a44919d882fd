#!/bin/bash
# Users that are in no file, as the rest of the host sees them: by the real
# nss-systemd, sshd and sudo.
# time limit: 240 s
. tests/harness/private_host.sh
socket=/run/authbox/userdb.sock
links=/run/systemd/userdb

# What authboxd would ask.
userdb() { # METHOD PARAMETERS
	setpriv --reuid authbox --regid authbox --clear-groups \
		varlink_call $socket "io.authbox.Userdb.$1" "$2"
}
publish() { # NAME UID [MEMBERS]
	userdb Publish "{\"user\":{\"name\":\"$1\",\"uid\":$2${3:+,$3}}}"
}
refused() { # REASON COMMAND...
	local reason=$1 said
	shift
	said=$(fails "$@")
	has "$said" "\"reason\": \"$reason\""
}
proposal() { # NAME
	userdb Propose "{\"name\":\"$1\"}" | sed -n 's/.*"uid": \([0-9]*\).*/\1/p'
}
userdb_pid() {
	pgrep -x authbox-userdb
}
configure() { # LINES...
	local lines
	{
		echo 'resourceType: Provisioning'
		for line; do echo "$line"; done
	} >/etc/authbox/userdb.new
	mv /etc/authbox/userdb.new /etc/authbox/userdb.yaml
	if [ -e $HOST/authboxd.pid ]; then
		lines=$(wc -l <$HOST/authboxd.log)
		kill -HUP "$(cat $HOST/authboxd.pid)"
		within 10 both_read_it "$lines"
	fi
}
both_read_it() { # LINE: of the log, and before it
	tail -n +$(($1 + 1)) $HOST/authboxd.log | awk '
		/^authboxd: reload: / { one = 1 }
		/^authbox-userdb: .*(in force|no users are made)$/ { other = 1 }
		END { exit !(one && other) }'
}
# Whatever its status. Who waits for a server that hangs waits 45 s.
is_soon() { # COMMAND...
	local began=$SECONDS
	"$@" >/dev/null 2>&1 || true
	[ $((SECONDS - began)) -lt 15 ]
}

test_a_user_appears_everywhere() {
	publish dora 65600 '"realName":"Dora Müller"'
	is "$(getent passwd dora)" 'dora:x:65600:65600:Dora Müller:/home/dora:/bin/bash'
	is "$(getent passwd 65600)" "$(getent passwd dora)"
	is "$(getent group dora)" 'dora:x:65600:'
	is "$(getent group 65600)" 'dora:x:65600:'
	is "$(as alice getent passwd dora)" "$(getent passwd dora)"
	is "$(id dora)" 'uid=65600(dora) gid=65600(dora) groups=65600(dora)'
	is "$(getent shadow dora | cut -d: -f1,2)" 'dora:!*'
	touch /run/x
	chown dora:dora /run/x
	is "$(stat -c %U:%G /run/x)" dora:dora
}
test_groups_are_given_and_taken() {
	publish erik 65601 '"groups":["users","audio"]'
	has "$(id -nG erik)" '^erik .*users'
	has "$(id -nG erik)" 'audio'
	publish erik 65601 '"groups":["audio"]'
	is "$(id -nG erik)" 'erik audio'
	publish erik 65601
	is "$(id -nG erik)" erik
	is "$(find /run/userdb -name 'erik:*')" ''
}
test_a_powerful_group_takes_the_second_yes_of_root() {
	publish frida 65602 '"groups":["sudo"]'
	is "$(id -nG frida)" 'frida sudo'
	echo '%sudo ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers
	mkdir -p /home/frida
	chown frida: /home/frida
	is "$(as frida sudo -n id -un)" root
	refused group publish frida 65602 '"groups":["docker"]'
	is "$(id -nG frida)" 'frida sudo'
}
test_what_root_does_not_allow_is_refused() {
	refused range publish gus 0
	refused range publish gus 1000
	refused range publish gus 65535
	refused range publish gus 100000
	refused name publish root 65610
	refused name publish Gus 65610
	refused name publish 'a b' 65610
	refused name publish '../x' 65610
	refused name publish 'x:0:0' 65610
	refused name publish sudo 65610
	refused name-taken publish alice 65610
	refused name-taken publish audio 65610
	refused id-taken publish gus 65600
	refused id-changed publish dora 65611
	refused home publish gus 65610 '"home":"/etc/systemd/system/x.d"'
	refused home publish dora 65600 '"home":"/root"'
	refused shell publish gus 65610 '"shell":"/tmp/sh"'
	refused group publish gus 65610 '"groups":["adm"]'
	refused real-name publish gus 65610 '"realName":"a:b"'
	refused real-name publish gus 65610 '"realName":"a\nroot:x:0:0::/:/bin/sh"'
	fails getent passwd gus
	is "$(getent passwd dora | cut -d: -f3,6)" 65600:/home/dora
}
test_ids_and_names_of_the_host_are_not_taken() {
	printf 'local:x:65620:65620::/:/bin/sh\n' >>/etc/passwd
	printf 'localgroup:x:65621:\n' >>/etc/group
	refused id-taken publish gus 65620
	refused id-taken publish gus 65621
	refused name-taken publish local 65622
	refused name-taken publish localgroup 65622
	sed -i '/^local/d' /etc/passwd /etc/group
}
test_nobody_elses_record_is_overwritten() {
	echo '{"userName":"hand","uid":65630,"gid":65630}' >/run/userdb/hand.user
	ln -s hand.user /run/userdb/65630.user
	refused name-taken publish hand 65631
	refused name-taken publish gus 65630
	: >/run/userdb/masked.user
	refused name-taken publish masked 65632
	rm /run/userdb/{hand.user,65630.user,masked.user}
	# The folder's mode holds when the program does not.
	echo x >/run/userdb/hand.user
	fails setpriv --reuid authbox-userdb --regid authbox-userdb --clear-groups \
		mv -f /run/userdb/dora.user /run/userdb/hand.user
	is "$(cat /run/userdb/hand.user)" x
	rm /run/userdb/hand.user
}
test_only_authboxd_may_ask() {
	is "$(stat -c '%U %a' $socket)" 'authbox 600'
	fails as alice varlink_call $socket io.authbox.Userdb.List+ '{}'
	chmod 666 $socket
	has "$(as alice varlink_call $socket io.authbox.Userdb.List+ '{}' 2>&1 || true)" 'closed|reset|Broken'
	chmod 600 $socket
}
test_published_users_need_no_process() {
	local pid
	pid=$(userdb_pid)
	kill -KILL "$pid"
	is "$(id -un 65600)" dora
	within 5 userdb List+ '{}'
	is "$(id -un 65600)" dora
	has "$(userdb List+ '{}')" '"name": "dora"'
}
test_a_restart_and_an_empty_run_bring_them_back() {
	authboxd_stop
	rm -rf /run/userdb
	fails getent passwd dora
	authboxd_start
	within 5 getent passwd dora
	is "$(id -nG frida)" 'frida sudo'
	is "$(stat -c '%U:%G %a' /run/userdb)" 'root:authbox-userdb 1775'
}
test_a_withdrawn_user_goes_and_his_id_stays() {
	publish hilda 65640 '"groups":["users"]'
	userdb Withdraw '{"name":"hilda","uid":65640}'
	userdb Withdraw '{"name":"hilda","uid":65640}'
	fails getent passwd hilda
	fails getent group 65640
	is "$(find /run/userdb -name '*hilda*' -o -name '65640*')" ''
	refused id-taken publish ida 65640
	has "$(userdb List+ '{}')" '"reserved": \[65640\]'
	publish hilda 65641
	is "$(id -u hilda)" 65641
	authboxd_stop
	authboxd_start
	within 5 getent passwd hilda
	is "$(id -u hilda)" 65641
	refused id-taken publish ida 65640
}
test_root_may_change_his_mind() {
	configure 'uidRange: {min: 65601, max: 99999}' \
		'groups: {map: [{value: u, group: users}]}'
	authboxd_stop
	printf 'erik:x:1999:1999::/:/bin/sh\n' >>/etc/passwd
	authboxd_start
	within 5 userdb List+ '{}'
	fails getent passwd 65600
	fails getent passwd 65601
	is "$(id -u erik)" 1999
	is "$(id -nG frida)" frida
	has "$(cat $HOST/authboxd.log)" 'dora .*not published'
	sed -i '/^erik:/d' /etc/passwd
	configure "${usual[@]}"
	authboxd_stop
	authboxd_start
	within 5 getent passwd dora
	within 5 getent passwd erik
}
test_a_wrong_configuration_makes_nobody_and_keeps_who_is_there() {
	authboxd_stop
	configure 'uidRange: {min: 0}'
	authboxd_start
	within 5 userdb List+ '{}'
	is "$(id -un 65600)" dora
	refused not-provisioned publish gus 65650
	configure "${usual[@]}"
	publish gus 65650
}
test_a_proposal_is_the_names_own_and_skips_what_is_taken() {
	local first
	first=$(proposal paul)
	is "$(proposal paul)" "$first"
	printf 'local:x:%d:100::/:/bin/sh\n' "$first" >>/etc/passwd
	fails is "$(proposal paul)" "$first"
	sed -i '/^local:/d' /etc/passwd
	is "$(proposal paul)" "$first"
	has "$(userdb Propose '{"name":"paul"}')" '"settled": true'
	publish other "$first"
	fails is "$(proposal paul)" "$first"
	# Whoever was told before that other one came must come again.
	has "$(userdb Propose '{"name":"paul"}')" '"settled": false'
	refused name-taken userdb Propose '{"name":"alice"}'
	refused name userdb Propose '{"name":"Paul"}'
}

# --- first logins ------------------------------------------------------------

test_without_first_logins_nobody_is_asked() {
	[ ! -e /run/authbox-userdb/first-login.sock ]
	fails getent passwd quinn
	configure "${usual[@]}" 'firstLogin: true'
	within 5 test -S /run/authbox-userdb/first-login.sock
	is "$(stat -c '%U %a' /run/authbox-userdb/first-login.sock)" 'authbox-userdb 600'
	is "$(readlink $links/io.authbox.FirstLogin)" /run/authbox-userdb/first-login.sock
}
# A look-up by a program that is called as $1.
getent_as() { # COMM DATABASE KEY
	local program=/run/tmp/$1
	cp /usr/bin/getent "$program"
	shift
	"$program" "$@"
}
test_sshd_alone_is_told_of_who_may_come() {
	fails getent passwd quinn
	fails as alice getent passwd quinn
	fails getent_as useradd passwd quinn
	has "$(getent_as sshd passwd quinn)" "^quinn:x:$(proposal quinn):$(proposal quinn)::?[^:]*:/home/quinn:/bin/bash"
	is "$(getent_as sshd-session passwd quinn)" "$(getent_as sshd passwd quinn)"
	has "$(getent_as sshd group quinn)" "^quinn:x:$(proposal quinn):"
	has "$(getent_as sshd group "$(proposal quinn)")" '^quinn:'
	has "$(getent_as sshd passwd "$(proposal quinn)")" '^quinn:'
	is "$(getent_as sshd initgroups quinn | tr -d ' ')" quinn
	# Somebody else's process of this name is not root's.
	install -m 755 /usr/bin/getent /run/tmp/sshd
	fails as alice /run/tmp/sshd passwd quinn
}
test_names_outside_the_pattern_stay_unknown() {
	local name
	for name in Quinn quinn@example.org 1quinn qu.inn root2: sudo docker rabbitmq -x \
		aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa '..' 99998; do
		fails getent_as sshd passwd "$name"
	done
	# Those that are there are what they are.
	is "$(getent_as sshd passwd alice | cut -d: -f3)" 20001
	is "$(getent_as sshd passwd dora | cut -d: -f3)" 65600
	is "$(getent_as sshd passwd | grep -c quinn || true)" 0
}
test_many_names_reserve_nothing() {
	local first i
	first=$(proposal robin)
	for i in $(seq 300); do getent_as sshd passwd "probe$i"; done >/dev/null
	is "$(proposal robin)" "$first"
	is "$(userdb List+ '{}' | grep -c probe || true)" 0
	has "$(userdb Propose '{"name":"robin"}')" '"settled": true'
}
# The provider's part, until a login does it: account publishes the user.
first_login_stack() {
	cat >/run/tmp/account <<-'SCRIPT'
		#!/bin/bash
		export PATH=/usr/local/sbin:/usr/bin:/bin
		ask() {
		    setpriv --reuid 20100 --regid 20100 --clear-groups varlink_call \
		        /run/authbox/userdb.sock "io.authbox.Userdb.$1" "$2"
		}
		proposal=$(ask Propose "{\"name\":\"$PAM_USER\"}") || exit 1
		echo "$proposal" >>/run/tmp/proposals
		grep -q '"settled": true' <<<"$proposal" || exit 1
		uid=$(sed 's/.*"uid": \([0-9]*\).*/\1/' <<<"$proposal")
		ask Publish "{\"user\":{\"name\":\"$PAM_USER\",\"uid\":$uid,\"groups\":[\"users\"]}}"
	SCRIPT
	chmod 755 /run/tmp/account
	cat >/etc/pam.d/sshd <<-'STACK'
		auth required pam_permit.so
		account required pam_exec.so quiet /run/tmp/account
		account required pam_unix.so
		session required pam_mkhomedir.so
	STACK
}
ssh_first() { # NAME COMMAND...
	local name=$1
	shift
	ssh_as alice -o PreferredAuthentications=keyboard-interactive "$name@127.0.0.1" "$@"
}
test_somebody_new_logs_in_by_ssh() {
	local said uid
	sshd_start 'KbdInteractiveAuthentication yes'
	first_login_stack
	uid=$(proposal sven)
	fails getent passwd sven
	said=$(ssh_first sven 'id; pwd; echo $SHELL; stat -c %U:%G:%a .')
	has "$said" "^uid=$uid\(sven\) gid=$uid\(sven\) groups=$uid\(sven\),100\(users\)"
	has "$said" '^/home/sven$'
	has "$said" '^/bin/bash$'
	has "$said" '^sven:sven:'
	is "$(getent passwd sven | cut -d: -f3,4,6)" "$uid:$uid:/home/sven"
	is "$(as alice id -u sven)" "$uid"
	is "$(ssh_first sven 'id -u')" "$uid"
	has "$(as sven sudo -nl 2>&1 || true)" 'sven|password is required'
	echo here >/run/tmp/file
	chmod 644 /run/tmp/file
	as alice scp -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o PreferredAuthentications=keyboard-interactive \
		/run/tmp/file sven@127.0.0.1:copied
	is "$(cat /home/sven/copied)" here
	is "$(stat -c %U /home/sven/copied)" sven
}
test_a_login_that_was_told_what_another_took_must_come_again() {
	local name uid
	name=tina
	uid=$(proposal $name)
	# sshd was told; before she is let in, the id goes to somebody else.
	getent_as sshd passwd $name >/dev/null
	publish ulla "$uid"
	fails ssh_first $name true
	has "$(tail -n 1 /run/tmp/proposals)" '"settled": false'
	fails getent passwd $name
	is "$(id -un "$uid")" ulla
}
test_two_hundred_first_logins_at_once() {
	local name count=0 uids
	rm -f /run/tmp/proposals
	mkdir -p /run/tmp/many
	for name in $(seq -f 'many%.0f' 200); do
		ssh_first "$name" 'echo $(id -u) $(id -un) $(pwd)' >"/run/tmp/many/$name" 2>&1 &
		# As many as an sshd of this size takes at once.
		count=$((count + 1))
		[ $((count % 50)) -ne 0 ] || wait
	done
	wait
	cat /run/tmp/many/* >/run/tmp/all
	uids=$(awk '$2 ~ /^many/ && $3 == "/home/" $2 { print $1 }' /run/tmp/all)
	# Names that met are told to come again; nobody else is refused.
	[ "$(wc -l <<<"$uids")" -ge 190 ]
	is "$(sort /run/tmp/all | grep -c ' /home/many')" "$(wc -l <<<"$uids")"
	is "$(sort <<<"$uids" | uniq -d)" ''
	while read -r uid name _; do
		[ "$(id -un "$uid")" = "$name" ]
		[ "$(stat -c %u "/home/$name")" = "$uid" ]
	done < <(grep ' /home/many' /run/tmp/all)
}

# --- nobody waits --------------------------------------------------------------

# Not by a name that root would have to look up first.
unprivileged() { # COMMAND...
	setpriv --reuid 20001 --regid 20001 --clear-groups "$@"
}
test_nobody_waits_for_a_stopped_or_dead_program() {
	local state pid ms
	# In --standalone the parent sees that it was stopped.
	pid=$(userdb_pid)
	kill -STOP "$pid"
	is_soon id www-data
	is_soon unprivileged id www-data
	is_soon unprivileged getent passwd nosuch
	within 5 userdb List+ '{}'
	# The parent is stopped too, so nobody ends it: all but root are spared.
	kill -STOP "$(cat $HOST/authboxd.pid)" "$(userdb_pid)"
	is_soon unprivileged id www-data
	is_soon unprivileged getent passwd dora
	is_soon unprivileged getent passwd nosuch
	kill -CONT "$(cat $HOST/authboxd.pid)"
	within 10 userdb List+ '{}'
	authboxd_stop
	is_soon id www-data
	is_soon id dora
	is_soon unprivileged id www-data
	is "$(id -un 65600)" dora
	authboxd_start
}

usual=('groups: {map: [{value: u, group: users}, {value: a, group: audio}, {value: s, group: sudo, powerful: true}]}')
host_start
printf 'passwd: files systemd\ngroup: files systemd\nshadow: files systemd\nhosts: files\n' >/etc/nsswitch.conf
configure "${usual[@]}"
authboxd_start
within 5 userdb List+ '{}' >/dev/null
run_tests
