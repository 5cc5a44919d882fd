#!/bin/bash
# Logins that are approved on another device, at a real identity provider, over
# stock ssh, sudo, su and login.
# time limit: 300 s
# it mostly waits
. tests/harness/provider.sh

configure() { # DEVICE-LOGIN [POLICY]
	cat >/etc/authbox/device.yaml <<-YAML
		resourceType: AuthConfig
		id: app
		deviceLogin: $1
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
		jwks_uri: $ISSUER/jwks
		device_authorization_endpoint: $ISSUER/device/auth
		token_endpoint: $ISSUER/token
		client: {id: app, secret: "app's secret: 100%+"}
		tls: {ca: $PROVIDER/ca.pem}
		---
		{resourceType: User, id: alice}
		---
		{resourceType: User, id: bob}
		---
		${2-"{resourceType: AccessPolicy, id: all, engine: allow}"}
	YAML
	chgrp authbox /etc/authbox/device.yaml
	chmod 640 /etc/authbox/device.yaml
	[ ! -e $HOST/authboxd.pid ] || authboxctl reload
}
export -f as
approve="!decide approve"
ssh_options="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
	-o PreferredAuthentications=keyboard-interactive -o NumberOfPasswordPrompts=1"

at_terminal() { # COMMAND EXPECT ANSWER...: as a person sees it
	local command=$1
	shift
	pty_driver.py --seconds 40 "$@" -- bash -c "$command"
}
by_ssh() { # EXPECT ANSWER...
	at_terminal "as alice env SSH_ASKPASS_REQUIRE=never ssh -tt $(echo $ssh_options) 127.0.0.1 'id -un'" "$@"
}

host_start
provider_start
configure '{enabled: true}'
pam_service sshd <<'PAM'
auth     required  pam_authbox.so device
account  required  pam_authbox.so
session  required  pam_permit.so
PAM
cp /etc/pam.d/sshd /etc/pam.d/sudo
cp /etc/pam.d/sshd /etc/pam.d/su
cp /etc/pam.d/sshd /etc/pam.d/login
authboxd_start
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no' \
	'PubkeyAuthentication no' 'LoginGraceTime 300'

test_who_approves_gets_a_session_over_ssh() {
	local shown
	shown=$(by_ssh 'done: $' "$approve alice")
	has "$shown" '^alice$'
	has "$shown" "Login of alice to $(hostname) \(sshd\) from 127.0.0.1"
	has "$shown" "Open  $ISSUER/device"
	grep -q 'authbox_reason=device-accepted' $HOST/authboxd.log
}
test_the_picture_on_the_screen_is_the_link_without_the_code() {
	local raw=/run/tmp/shown
	fails by_ssh --raw $raw 'done: $' '!decide deny alice'
	is "$(qr_picture.py <$raw | zbarimg --quiet --raw -)" "$ISSUER/device"
	configure '{enabled: true, completeUri: true}'
	fails by_ssh --raw $raw 'done: $' '!decide deny alice'
	has "$(qr_picture.py <$raw | zbarimg --quiet --raw -)" "^$ISSUER/device\?user_code="
	configure '{enabled: true, qr: none}'
	has_not "$(by_ssh 'done: $' '!decide deny alice')" '[▀▄█]'
	configure '{enabled: true}'
}
test_it_is_asked_until_approved() {
	local shown
	shown=$(by_ssh 'done: $' '' 'Not approved yet.(.|\n)*done: $' "$approve alice")
	has "$shown" '^alice$'
}
test_somebody_elses_approval_does_not_count() {
	refused_for token-other-user by_ssh 'done: $' "$approve bob"
	refused_for token-no-user by_ssh 'done: $' "$approve carol"
}
test_a_no_is_a_no() {
	refused_for device-denied by_ssh 'done: $' '!decide deny alice'
}
test_sudo_su_and_login_show_it_and_go_on_by_themselves() {
	has "$(at_terminal 'as alice sudo id -un' 'done: $' "$approve alice")" '^root$'
	has "$(at_terminal "as alice su bob -c 'id -un'" 'done: $' "$approve bob")" '^bob$'
	has "$(at_terminal login 'login: $' bob 'done: $' "$approve bob" \
		'\$ $' 'echo I am $(id -un)' 'I am bob' exit)" 'I am bob'
	# Approved after Enter: nobody has to press it again.
	has "$(at_terminal 'as alice sudo id -un' 'done: $' \
		'!shown=$(cat); (sleep 2; decide approve alice <<<"$shown") >/dev/null 2>&1 &')" '^root$'
}
test_policies_decide_by_the_claims_of_the_provider() {
	local policy='{resourceType: AccessPolicy, id: p, engine: matcho,
		matcho: {service: sshd, jwt: {sub: alice, iss: "'$ISSUER'"}}}'
	configure '{enabled: true}' "$policy"
	has "$(by_ssh 'done: $' "$approve alice")" '^alice$'
	configure '{enabled: true}' "${policy/sshd/sudo}"
	refused_for policy-denied by_ssh 'done: $' "$approve alice"
	configure '{enabled: true}'
}
# No login is polled for any more: three of the provider's intervals long.
nobody_asks() {
	local asked
	asked=$(provider_asked /token)
	sleep 3
	is "$(provider_asked /token)" "$asked"
}
test_when_the_client_is_killed_the_polling_stops() {
	local shell ssh asked before
	before=$(wc -l <$HOST/authboxd.log)
	TEST_CODE='' ssh_as alice -o PreferredAuthentications=keyboard-interactive \
		127.0.0.1 true &
	shell=$!
	asked=$(provider_asked /token)
	within 15 eval '[ "$(provider_asked /token)" -gt '"$asked"' ]'
	ssh=$(pgrep -P $shell)
	kill -KILL "$ssh"
	wait $shell || true
	within 15 eval "tail -n +$((before + 1)) $HOST/authboxd.log |
		grep -q 'authbox_reason=peer-gone\|authbox_reason=cancelled'"
	nobody_asks
}
test_when_sudo_is_killed_the_polling_stops_at_once() {
	local asked pid before
	before=$(wc -l <$HOST/authboxd.log)
	at_terminal 'as alice sudo true' 'done: $' '' >/run/tmp/shown &
	asked=$(provider_asked /token)
	within 15 eval '[ "$(provider_asked /token)" -gt '"$asked"' ]'
	pid=$(pgrep -n -x sudo)
	kill -KILL "$pid"
	wait $! || true
	within 2 eval "tail -n +$((before + 1)) $HOST/authboxd.log |
		grep -q authbox_reason=peer-gone"
	nobody_asks
}
test_the_password_method_shows_no_code_and_asks_nobody() {
	local asked
	asked=$(provider_asked /token)
	sshd_stop
	sshd_start 'KbdInteractiveAuthentication no' 'PasswordAuthentication yes' \
		'PubkeyAuthentication no'
	# It can show no prompt that is to be answered in the open.
	refused_for cancelled ssh_as alice -o PreferredAuthentications=password 127.0.0.1 true
	sshd_stop
	sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no' \
		'PubkeyAuthentication no' 'LoginGraceTime 300'
	is "$(provider_asked /token)" "$asked"
}
test_an_id_token_is_good_at_no_prompt() {
	pam_service sudo <<-'PAM'
		auth     required  pam_authbox.so token tries=1
		account  required  pam_authbox.so
		session  required  pam_permit.so
	PAM
	provider_id_token alice | fold -w 500 | sed '$!s/$/\\/' >/home/alice/answers
	chown alice /home/alice/answers
	TEST_ANSWERS=/home/alice/answers \
		refused_for 'token-(audience|is-id-token)' as alice sudo -A id -un
}
test_an_expired_code_lets_nobody_in() {
	provider_stop
	# Over before it may first be asked for.
	provider_start '{"deviceTtl": 4, "deviceInterval": 5}'
	refused_for device-expired by_ssh 'done: $' ''
}
test_without_the_provider_nobody_is_let_in() {
	provider_stop
	refused_for issuer-unavailable by_ssh
}
test_it_is_off_where_nothing_allows_it() {
	configure '{enabled: false}'
	refused_for device-off by_ssh
}
test_no_token_and_no_code_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" 'eyJ|refresh|[B-Z]{4}-[B-Z]{4}'
}
run_tests
