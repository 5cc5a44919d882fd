#!/bin/bash
# First logins, by token and real ssh, of users that the host never heard of:
# through a real sshd, provider, authbox-userdb and nss-systemd; one after
# the other, many at once, and with authboxd killed in the middle.
# time limit: 240 s
. tests/harness/provider.sh

ask_provider() { # NAME JSON: as provider_control, without node, as there are many
	curl -sS --fail --unix-socket "$PROVIDER/control" -d "$2" "http://provider/$1"
}
token() { # ACCOUNT
	ask_provider token "{\"format\": \"jwt\", \"alg\": \"ES256\", \"account\": \"$1\"}"
}
configure() { # POLICY GROUP-MAP
	cat >/etc/authbox/tokens.yaml <<-YAML
		{resourceType: AuthConfig, id: app}
		---
		{resourceType: Settings, id: settings, security: {introspection-create-user: true},
		  limits: {creationsPerMinute: 600}}
		---
		resourceType: TokenIntrospector
		id: idp
		type: jwt
		jwt: {aud: ssh}
		identity_provider: {reference: IdentityProvider/idp}
		---
		resourceType: IdentityProvider
		id: idp
		issuer: $ISSUER
		client: {id: app, secret: "app's secret: 100%+"}
		scopes: [openid, profile, email]
		tls: {ca: $PROVIDER/ca.pem}
		---
		$1
	YAML
	cat >/etc/authbox/userdb.yaml <<-YAML
		resourceType: Provisioning
		uidRange: {min: 1879048192, max: 2147352575}
		username: {claim: preferred_username}
		groups: {map: [$2]}
		firstLogin: true
	YAML
	chgrp authbox /etc/authbox/tokens.yaml
	chmod 640 /etc/authbox/tokens.yaml
	[ ! -e $HOST/authboxd.pid ] || authboxctl reload
}
account() { # NAME GROUPS
	provider_account "$1" \
		"{\"preferred_username\": \"$1\", \"name\": \"${1^} X.\", \"groups\": [$2]}"
}
client=(-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
	-o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no -o ConnectTimeout=60)
# As carol, who is somebody else.
with_token() { # TOKEN COMMAND...
	local TEST_CODE=$1
	shift
	as carol "$@"
}
login() { # NAME COMMAND...: by a token of his own
	local name=$1
	shift
	with_token "$(token "$name")" ssh "${client[@]}" "$name@127.0.0.1" "$@"
}
login_as() { # NAME ACCOUNT: by the token of another account
	with_token "$(token "$2")" ssh "${client[@]}" "$1@127.0.0.1" true
}
nobody_is() { # NAME...
	local name
	for name; do
		fails getent passwd "$name"
		fails getent group "$name"
		has_not "$(authboxctl --json user list)" "\"name\": *\"$name\""
		[ ! -e "/home/$name" ]
	done
}
published() { # as authbox-userdb tells it
	setpriv --reuid authbox --regid authbox --clear-groups varlink_call \
		/run/authbox/userdb.sock io.authbox.Userdb.List+ '{}'
}
uid_of() { # NAME: as the store says it
	authboxctl --json user show "$1" | grep -Eo '"uid": *[0-9]+' | grep -Eo '[0-9]+'
}

everybody='{resourceType: AccessPolicy, id: all, matcho: {service: {$one-of: [sshd, sudo]}}}'
usual='{value: staff, group: users}, {value: makers, group: audio}, {value: ops, group: sudo, powerful: true}'
host_start
printf 'passwd: files systemd\ngroup: files systemd\nshadow: files systemd\nhosts: files\n' >/etc/nsswitch.conf
echo '%sudo ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers
grep -q '^wheel:' /etc/group || echo 'wheel:x:20200:' >>/etc/group
grep -q '^docker:' /etc/group || echo 'docker:x:20201:' >>/etc/group
crowd() { # PREFIX COUNT: as accounts of the provider
	seq "$2" | sed "s/.*/\"$1&\": {\"preferred_username\": \"$1&\", \"groups\": [\"staff\"]},/"
}
provider_start "{\"accounts\": {$(crowd many 200) $(crowd kill 60) \"last\": {}}}"
account dora '"staff", "ops"'
account erik '"makers"'
configure "$everybody" "$usual"
pam_service sshd <<'PAM'
auth     required  pam_authbox.so token tries=1
account  required  pam_authbox.so token
session  required  pam_permit.so
session  required  pam_mkhomedir.so
PAM
authboxd_start
within 10 test -e /run/systemd/userdb/io.authbox.FirstLogin
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no' \
	'PubkeyAuthentication no' 'LoginGraceTime 300'

# --- one after the other -----------------------------------------------------

test_somebody_elses_token_creates_nobody() {
	refused_for token-other-user login_as dora erik
	nobody_is dora erik
	refused_for token-malformed with_token 'not a token' \
		ssh "${client[@]}" dora@127.0.0.1 true
	nobody_is dora
}
test_a_policy_that_says_no_creates_nobody() {
	configure '{resourceType: AccessPolicy, id: none, matcho: {service: other}}' "$usual"
	refused_for policy-denied login dora true
	nobody_is dora
	configure "$everybody" "$usual"
}
test_the_first_login_makes_account_and_home() {
	local said uid
	said=$(login dora 'id; pwd; echo $SHELL; stat -c %U:%G .; sudo -n -l; sudo -n id -un')
	uid=$(uid_of dora)
	[ "$uid" -ge 1879048192 ]
	has "$said" "^uid=$uid\(dora\) gid=$uid\(dora\) groups=$uid\(dora\),[^ ]*27\(sudo\)"
	has "$said" '\(users\)'
	has "$said" '^/home/dora$'
	has "$said" '^/bin/bash$'
	has "$said" '^dora:dora$'
	has "$said" '\(ALL\) NOPASSWD: ALL'
	has "$said" '^root$'
	is "$(getent passwd dora)" "dora:x:$uid:$uid:Dora X.:/home/dora:/bin/bash"
	is "$(getent passwd "$uid")" "$(getent passwd dora)"
	is "$(as carol id -u dora)" "$uid"
	has "$(id -nG dora)" 'sudo'
	has "$(cat $HOST/authboxd.log)" 'authbox_reason=user-created( |$)'
}
test_files_come_and_go_right_after_the_first_login() {
	local file=/run/tmp/file
	echo here >$file
	chmod 644 $file
	login erik true
	with_token "$(token erik)" scp -q "${client[@]}" $file erik@127.0.0.1:copied
	is "$(cat /home/erik/copied)" here
	is "$(stat -c %U:%G /home/erik/copied)" erik:erik
	with_token "$(token erik)" sftp -q "${client[@]}" erik@127.0.0.1 <<-'SFTP'
		rename copied moved
		get moved /run/tmp/back
	SFTP
	is "$(cat /run/tmp/back)" here
	[ -e /home/erik/moved ]
}
test_the_second_login_is_the_same_user() {
	local uid
	uid=$(uid_of dora)
	login dora 'echo mine >file'
	is "$(login dora 'id -u; cat file')" "$uid"$'\n'mine
	is "$(stat -c %u /home/dora/file)" "$uid"
	is "$(grep -c 'authbox_reason=user-created.*user=dora\|user=dora.*authbox_reason=user-created' \
		$HOST/authboxd.log)" 1
	refused_for token-other-user login_as dora erik
}
test_groups_follow_the_provider_at_the_next_login() {
	account erik '"staff"'
	has "$(login erik id -nG)" '^erik users$'
	is "$(id -nG erik)" 'erik users'
	account erik ''
	is "$(login erik id -nG)" erik
	account dora '"staff"'
	is "$(login dora id -nG)" 'dora users'
	fails as dora sudo -n id -un
	account dora '"staff", "ops"'
	has "$(login dora id -nG)" 'sudo'
	is "$(as dora sudo -n id -un)" root
}
test_no_group_is_given_for_its_name_alone() {
	account erik '"sudo", "docker", "wheel", "root", "adm", "users"'
	is "$(login erik id -nG)" erik
	fails as erik sudo -n true
}
test_powerful_groups_without_their_second_yes_are_refused() {
	local group before
	account finn '"p"'
	for group in sudo docker wheel; do
		before=$(wc -l <$HOST/authboxd.log)
		fails configure "$everybody" "{value: p, group: $group}"
		fails authboxctl config check
		has "$(authboxctl config check 2>&1 || true)" 'powerful'
		# A daemon that starts with it makes nobody.
		login finn true && has_not "$(id -nG finn)" "$group"
	done
	configure "$everybody" "$usual"
	is "$(login finn id -nG)" finn
}

# --- what root does with them ------------------------------------------------

test_root_sees_who_was_created() {
	local listed shown uid
	uid=$(uid_of dora)
	listed=$(authboxctl user list)
	has "$listed" "^dora  uid $uid  dora of $ISSUER\$"
	has "$listed" "^erik  uid $(id -u erik)  erik of $ISSUER\$"
	shown=$(authboxctl user show dora)
	has "$shown" '^created 20'
	has "$shown" '^heard from the provider 20'
	has "$shown" '^group sudo$'
	has "$(as dora authboxctl user show)" "uid $uid"
	fails as dora authboxctl user list
	fails as dora authboxctl user deactivate erik
}
test_a_deactivated_user_is_refused_and_comes_back() {
	local uid
	uid=$(uid_of erik)
	authboxctl user deactivate erik
	has "$(authboxctl user list)" '^erik  uid [0-9]*  inactive'
	refused_for inactive login erik true
	is "$(id -u erik)" "$uid" # whose files they are stays known
	authboxctl user activate erik
	has_not "$(authboxctl user list)" '^erik .*inactive'
	is "$(login erik id -u)" "$uid"
}
test_a_removed_users_id_stays_reserved() {
	local uid said
	uid=$(uid_of finn)
	said=$(authboxctl user remove finn)
	has "$said" "find / -xdev -uid $uid"
	fails getent passwd finn
	fails getent passwd "$uid"
	fails getent group "$uid"
	has_not "$(authboxctl user list)" '^finn '
	fails authboxctl user show finn
	has "$(published)" "\"reserved\": \[$uid\]"
	is "$(stat -c %u /home/finn)" "$uid"
	# Who comes back is a new user: the old one's files are not his. sshd may
	# have been told the old id lately, so he is not let in by himself yet.
	refused_for login-again login finn true
	authboxctl user add finn --issuer "$ISSUER" --subject finn
	fails is "$(uid_of finn)" "$uid"
	is "$(login finn id -u)" "$(uid_of finn)"
	fails as finn touch /home/finn/x
	authboxctl user remove finn
}
test_an_id_stays_reserved_when_the_own_copy_was_lost() {
	local uid
	account gina '"staff"'
	login gina true
	uid=$(uid_of gina)
	authboxctl user remove gina
	authboxd_stop
	rm "/run/authbox-state-userdb/$uid.json"
	authboxd_start
	within 10 test -e /run/systemd/userdb/io.authbox.FirstLogin
	has_not "$(published)" "[^0-9]${uid}[^0-9]"
	# Somebody else of that name: sshd is told that id once more, and the store
	# knows whose it was.
	provider_account gina2 '{"preferred_username": "gina", "groups": ["staff"]}'
	refused_for login-again login_as gina gina2
	fails getent passwd gina
	fails getent passwd "$uid"
	has "$(published)" "\"reserved\": \[([0-9]+, )*${uid}[],]"
	authboxctl user add gina --issuer "$ISSUER" --subject gina2
	fails is "$(uid_of gina)" "$uid"
	login_as gina gina2
	authboxctl user remove gina
}
test_users_move_to_another_host() {
	local before passwd
	authboxctl user deactivate erik
	authboxctl user add gina # by root, and linked to nobody
	authboxctl user add hal --no-account
	authboxctl user export >/run/tmp/users
	has "$(authboxctl user import </run/tmp/users)" '^4 users are there'
	before=$(authboxctl user list)
	passwd=$(getent passwd dora erik gina)
	authboxctl user export >/run/tmp/users
	authboxd_stop
	mkdir /run/tmp/first-host
	mv /run/authbox-state* /run/userdb /run/tmp/first-host
	authboxd_start
	is "$(authboxctl user list)" 'No user was created here.'
	fails getent passwd dora
	has "$(authboxctl user import </run/tmp/users)" '^4 users are there'
	has "$(authboxctl user import </run/tmp/users)" '^4 users are there'
	is "$(authboxctl user list)" "$before"
	# The rest comes from the provider at the next login.
	refused_for inactive login erik true
	authboxctl user activate erik
	login erik true
	has "$(login dora id -nG)" sudo
	is "$(getent passwd dora erik gina)" "$passwd"
	# Once more takes nothing away from those who are there.
	authboxctl user activate erik
	has "$(authboxctl user import </run/tmp/users)" '^4 users are there'
	has "$(id -nG dora)" sudo
	authboxctl user remove gina
	authboxctl user remove hal
}
# Another state folder than before must not make everybody disappear.
test_a_lost_store_takes_no_account_away() {
	local passwd folder
	passwd=$(getent passwd dora erik)
	authboxd_stop
	mkdir /run/tmp/lost
	for folder in /run/authbox-state*; do
		[ "$folder" = /run/authbox-state-userdb ] || mv "$folder" /run/tmp/lost
	done
	authboxd_start
	within 10 grep -q 'not of this store: 2, .*they stay' $HOST/authboxd.log
	is "$(getent passwd dora erik)" "$passwd"
	# What authboxd(8) says helps.
	refused_for name-taken login dora true
	authboxctl user link dora --issuer "$ISSUER" --subject dora
	login dora true
}

# --- many at once --------------------------------------------------------------

# The first COUNT of a crowd log in at once, as many as sshd takes; what each is
# told goes to /run/tmp/said/NAME. Tokens were made before, so that logins meet.
tokens() { # NAMES
	local name
	mkdir -p /run/tmp/token /run/tmp/said
	for name; do token "$name" >"/run/tmp/token/$name"; done
}
all_log_in() ( # NAMES; a shell of its own, as it waits for all
	local name count=0
	for name; do
		with_token "$(cat "/run/tmp/token/$name")" ssh "${client[@]}" "$name@127.0.0.1" \
			'echo $(id -u) $(id -un) $(pwd)' >"/run/tmp/said/$name" 2>&1 &
		count=$((count + 1))
		[ $((count % 50)) -ne 0 ] || wait
	done
	wait
)
is_in() { # NAME
	grep -Eq "^[0-9]+ $1 /home/$1\$" "/run/tmp/said/$1"
}
# On a machine with other work the provider may be too slow for some; they, and
# no more, come again.
all_log_in_at_last() { # NAMES
	local name late=() before slow
	before=$(wc -l <$HOST/authboxd.log)
	all_log_in "$@"
	slow=$(tail -n +$((before + 1)) $HOST/authboxd.log |
		grep -Ec 'authbox_reason=(issuer-unavailable|deadline)' || true)
	for name; do is_in "$name" || late+=("$name"); done
	[ ${#late[@]} -gt "$slow" ] || all_log_in "${late[@]}"
}
# Each is the user of one id, and NSS, home, store and authbox-userdb agree.
are_users_of_their_own() { # NAMES
	local name uid uids='' listed published
	listed=$(authboxctl user list)
	published=$(published)
	for name; do
		is_in "$name" || {
			echo "$name is not in:"
			cat "/run/tmp/said/$name"
			grep -E 'authbox_verdict=(deny|forbidden|unavailable)' \
				$HOST/authboxd.log | tail -n 5
			return 1
		}
		uid=$(cut -d' ' -f1 "/run/tmp/said/$name")
		uids+=$uid$'\n'
		is "$(getent passwd "$name" | cut -d: -f3,4,6)" "$uid:$uid:/home/$name"
		is "$(id -un "$uid")" "$name"
		is "$(id -nG "$name")" "$name users"
		is "$(stat -c %u:%g "/home/$name")" "$uid:$uid"
		has "$listed" "^$name  uid $uid  $name of $ISSUER\$"
	done
	is "$(sort <<<"$uids" | uniq -d)" ''
	is "$(python3 -c 'if True:
		import json, sys
		for line in sys.stdin:
		    for user in json.loads(line)["parameters"].get("users", []):
		        print(user["name"], user["uid"])' <<<"$published" | grep -E '^(many|kill)' | sort)" \
		"$(sed -E 's/^([^ ]*)  uid ([0-9]+).*/\1 \2/' <<<"$listed" | grep -E '^(many|kill)' | sort)"
}
test_two_hundred_first_logins_at_once_lose_nobody() {
	local names
	mapfile -t names < <(seq -f 'many%.0f' 200)
	tokens "${names[@]}"
	all_log_in_at_last "${names[@]}"
	are_users_of_their_own "${names[@]}"
}
some_are_there() {
	[ "$(find /run/userdb -name 'kill*.user' | wc -l)" -ge 5 ]
}
test_a_daemon_killed_amid_first_logins_loses_nobody() {
	local crowd name names late=()
	mapfile -t names < <(seq -f 'kill%.0f' 60)
	tokens "${names[@]}"
	all_log_in "${names[@]}" &
	crowd=$!
	within 30 some_are_there
	authboxd_stop KILL
	authboxd_start
	wait $crowd
	for name in "${names[@]}"; do is_in "$name" || late+=("$name"); done
	[ ${#late[@]} -gt 0 ] # or the kill came too late to matter
	all_log_in_at_last "${late[@]}"
	are_users_of_their_own "${names[@]}"
}
run_tests
