#!/bin/bash
# The ready lines of dist/pam that mix ways to log in, through a real sshd.
# time limit: 240 s
. tests/harness/provider.sh
. tests/harness/tokens.sh

# sshd with a sample's lines and its sshd_config.
use() { # SAMPLE CONF
	[ ! -e /run/sshd.pid ] || sshd_stop
	cp $HOST/pam.sshd /etc/pam.d/sshd
	pam_service_sample "$1" sshd
	rm -f /etc/ssh/sshd_config.d/*
	cp "dist/pam/sshd_config.d/$2.conf" /etc/ssh/sshd_config.d/authbox.conf
	sshd_start
}
# One answer after the other.
SSH_OPTIONS=-oPubkeyAuthentication=no
ssh_answers() { # USER ANSWER...
	local user=$1 answers=/home/$1/answers
	shift
	printf '%s\n' "$@" >"$answers"
	chown "$user" "$answers"
	TEST_ANSWERS=$answers ssh_as "$user" $SSH_OPTIONS 127.0.0.1 id -un
}
parts_of() { # TOKEN: as ssh takes it
	fold -w 500 <<<"$1" | sed '$!s/$/\\/'
}
with_token() { # USER TOKEN [ANSWER...]
	local user=$1 parts
	mapfile -t parts < <(parts_of "$2")
	shift 2
	ssh_answers "$user" "${parts[@]}" "$@"
}
reasons_since() { # LINE
	tail -n +$(($1 + 1)) $HOST/authboxd.log | sed -n 's/.*authbox_reason=\([a-z-]*\).*/\1/p' | tr '\n' ' '
}
lines() {
	wc -l <$HOST/authboxd.log
}

host_start
cp /etc/pam.d/sshd $HOST/pam.sshd
issuer_make
issuer_configure '{resourceType: User, id: alice}' '{resourceType: User, id: bob}' \
	'{resourceType: AccessPolicy, id: all, engine: allow}'
authboxd_start
enrol alice
enrol bob

test_a_token_opens_a_session_alone() {
	use sshd-token-or-password password-code
	is "$(with_token alice "$(token alice)")" alice
}
test_without_a_token_password_and_code_open_one() {
	is "$(ssh_answers alice '' "alice's password" "$(fresh_code "$(key_of alice)")")" alice
}
test_after_a_bad_token_password_and_code_are_asked_too() {
	is "$(with_token alice "$(token_expired alice)" "alice's password" \
		"$(fresh_code "$(key_of alice)")")" alice
	fails with_token alice "$(token_forged alice)" '' ''
	fails with_token alice "$(token bob)" "alice's password" 000000
}
test_no_part_of_it_is_enough() {
	local code
	code=$(fresh_code "$(key_of alice)")
	fails ssh_answers alice '' "alice's password" ''
	fails ssh_answers alice '' "alice's password" "alice's password"
	fails ssh_answers alice '' wrong "$code"
	fails ssh_answers alice '' '' ''
	# It was asked for by nobody, and so is still good.
	is "$(ssh_answers alice '' "alice's password" "$code")" alice
}
test_without_the_daemon_nobody_gets_in_by_password_alone() {
	authboxd_stop
	fails ssh_answers alice "alice's password" "alice's password" "alice's password"
	authboxd_start
}
test_key_and_code_pass_where_the_policy_says_yes() {
	issuer_configure '{resourceType: User, id: alice, data: {host: '"$(hostname)"'}}' \
		'{resourceType: User, id: bob}' \
		'{resourceType: AccessPolicy, id: people-of-this-host, stage: account,
			matcho: {user: {$one-of: [{id: root}, {data: {host: .host}}]}}}'
	use sshd-key-code-policy key-code
	is "$(SSH_OPTIONS='' ssh_answers alice "$(fresh_code "$(key_of alice)")")" alice
	fails ssh_answers alice "$(fresh_code "$(key_of alice)")"
}
test_key_and_code_do_not_where_it_says_no() {
	local before
	before=$(lines)
	SSH_OPTIONS='' fails ssh_answers bob "$(fresh_code "$(key_of bob)")"
	has "$(reasons_since "$before")" 'accepted.* (policy-denied|no-policy) '
}
test_the_policy_is_asked_about_a_key_alone_too() {
	sed -i '/AuthenticationMethods/d' /etc/ssh/sshd_config.d/authbox.conf
	sshd_stop
	sshd_start
	is "$(ssh_as alice -o BatchMode=yes 127.0.0.1 id -un)" alice
	fails ssh_as bob -o BatchMode=yes 127.0.0.1 id -un
}

test_config_host_says_what_is_in_the_way() {
	use sshd-key-code-policy key-code
	has "$(authboxctl config host)" 'These ask authboxd:.* sshd'
	has_not "$(authboxctl config host)" '^error: '
	sed -i 's/^KbdInteractive.*/KbdInteractiveAuthentication no/' \
		/etc/ssh/sshd_config.d/authbox.conf
	fails authboxctl config host >$HOST/said
	has "$(cat $HOST/said)" '^error: sshd does not take its settings: .*AuthenticationMethods'
	sed -i '/^AuthenticationMethods/d' /etc/ssh/sshd_config.d/authbox.conf
	fails authboxctl config host >$HOST/said
	has "$(cat $HOST/said)" '^error: sshd: KbdInteractiveAuthentication is off'
	has "$(cat $HOST/said)" '^note: sshd: a public key alone'
	sed -i '/^account.*authbox/d' /etc/pam.d/sshd
	fails authboxctl --json config host >$HOST/said
	is "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["errors"]))' <$HOST/said)" 2
	# As a user it can still read the stacks.
	has "$(as alice authboxctl config host || true)" 'no account line'
	: >/etc/authbox/userdb.yaml
	has "$(authboxctl config host || true)" '/etc/nsswitch.conf: passwd does not ask systemd'
	rm /etc/authbox/userdb.yaml
}

# Approved on another device, then a code.
export -f as
at_terminal() { # EXPECT ANSWER...
	pty_driver.py --seconds 40 "$@" -- bash -c "as alice env SSH_ASKPASS_REQUIRE=never \
		ssh -tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o PreferredAuthentications=keyboard-interactive \
		-o LogLevel=ERROR -o NumberOfPasswordPrompts=1 127.0.0.1 'id -un'"
}
test_approval_and_code_open_a_session() {
	provider_start
	cat >/etc/authbox/tokens.yaml <<-YAML
		{resourceType: AuthConfig, id: app, deviceLogin: {enabled: true}}
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
		tls: {ca: $PROVIDER/ca.pem}
		---
		{resourceType: User, id: alice}
		---
		{resourceType: AccessPolicy, id: all, engine: allow}
	YAML
	authboxctl reload
	use sshd-device-code device-code
	fresh_code "$(key_of alice)" >$HOST/code
	has "$(at_terminal 'done: $' '!decide approve alice' 'code: $' "!cat $HOST/code")" '^alice$'
}
test_an_approval_alone_opens_none() {
	local before
	before=$(lines)
	fails at_terminal 'done: $' '!decide approve alice' 'code: $' '' 'code: $' '' \
		'code: $' '' >$HOST/said
	# It came to an end, and was not given up by this test.
	has "$(cat $HOST/said)" 'Permission denied'
	is "$(reasons_since "$before")" 'device-accepted malformed '
}
test_who_is_not_approved_is_not_asked_for_a_code() {
	has_not "$(at_terminal 'done: $' '!decide deny alice')" 'code:'
}
run_tests
