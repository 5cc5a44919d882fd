#!/bin/bash
# Logins by access token: JSON Web Tokens judged by keys from the configuration,
# through real PAM stacks of ssh and sudo.
# time limit: 120 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

sudo_with() { # TOKEN: as alice
	local answers=/home/alice/answers
	printf '%s\n' "$1" | fold -w 500 | sed '$!s/$/\\/' >$answers
	chown alice $answers
	TEST_ANSWERS=$answers as alice sudo -A id -un
}
# The alternatives to SUDO_ASKPASS: a line of standard input for each prompt.
sudo_told() { # TOKEN: as alice
	printf '%s\n' "$1" | fold -w 500 | sed '$!s/$/\\/' | as alice sudo -S id -un
}
ssh_with() { # TOKEN: as alice
	TEST_CODE=$1 ssh_as alice -o PubkeyAuthentication=no 127.0.0.1 id -un
}
# By authbox-askpass, which knows the token from a file.
own_token() { # TOKEN
	printf '%s\n' "$1" >/home/alice/token
	chown alice /home/alice/token
}
askpass=(env AUTHBOX_HOSTS='127.0.0.1 localhost' AUTHBOX_TOKEN_FILE=/home/alice/token
	SSH_ASKPASS=/usr/local/sbin/authbox-askpass
	SUDO_ASKPASS=/usr/local/sbin/authbox-askpass)
configure() { # POLICY
	issuer_configure '{resourceType: User, id: alice, data: {department: cardiology}}' \
		'{resourceType: User, id: bob, inactive: true}' "$1"
}

host_start
issuer_make
cp authboxctl/authbox-askpass /usr/local/sbin/
configure '{resourceType: AccessPolicy, id: all, engine: allow}'
pam_service_sample sudo-token sudo
pam_service_sample sshd-token sshd
authboxd_start
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no'

test_a_token_in_parts_makes_root() {
	is "$(sudo_with "$(token alice)")" root
}
test_a_token_opens_a_session_over_ssh() {
	is "$(ssh_with "$(token alice)")" alice
}
# sudo takes no answer of 512 bytes, ssh cuts one at 1023.
test_a_long_token_goes_through_sudo_in_parts() {
	local bytes made
	for bytes in 600 1000 1001 1024 8192 16384; do
		made=$(token_of_bytes alice $bytes)
		is "$bytes $(sudo_with "$made")" "$bytes root"
		is "$bytes $(sudo_told "$made")" "$bytes root"
	done
	fails sudo_told "$(token_of_bytes alice 16385)"
}
test_authbox_askpass_brings_a_long_token_through_ssh_and_sudo() {
	local bytes
	for bytes in 600 1023 1024 8192 16384; do
		own_token "$(token_of_bytes alice $bytes)"
		is "$bytes $(as alice "${askpass[@]}" sudo -A id -un)" "$bytes root"
		is "$bytes $(as alice "${askpass[@]}" ssh -o StrictHostKeyChecking=no \
			-o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no \
			-o LogLevel=ERROR 127.0.0.1 id -un)" "$bytes alice"
	done
}
test_a_token_as_long_as_ssh_lets_it_be_is_whole() {
	is "$(ssh_with "$(token_of_bytes alice 1023)")" alice
}
test_a_token_that_ssh_cut_is_told() {
	fails ssh_with "$(token_of_bytes alice 1100)"
	has "$(tail -n 3 $HOST/authboxd.log)" 'authbox_reason=token-cut'
	# Behind the claims or within them.
	fails ssh_with "$(token_of_bytes alice 3000)"
	has "$(tail -n 3 $HOST/authboxd.log)" 'authbox_reason=token-cut'
}
test_a_fresh_login_makes_one_short_token() {
	local said
	said=$(TEST_CODE=$(token alice) ssh_as alice -o PubkeyAuthentication=no 127.0.0.1 \
		'PATH=/usr/local/sbin:$PATH; authboxctl session create </dev/null; authboxctl session create </dev/null' 2>&1) && return 1
	has "$said" '^abx_[A-Z2-7]{32}$'
	has "$said" 'session revoke [0-9a-f]{16}'
	has "$said" 'made its session already'
	is "$(sudo_with "$(grep -o 'abx_[A-Z2-7]*' <<<"$said")")" root
	has "$(grep session-created $HOST/authboxd.log)" 'by the login by token via sshd'
	fails as alice authboxctl session create </dev/null
}
test_a_token_of_another_user_does_not() {
	fails sudo_with "$(token bob)"
	fails sudo_with "$(token carol)"
	fails sudo_with "$(token root)"
}
test_a_token_that_is_not_good_does_not() {
	fails sudo_with "$(token_expired alice)"
	fails sudo_with "$(token alice 's/"aud":"ssh"/"aud":"web"/')"
	fails sudo_with "$(token alice 's/idp.example/idp.example.org/')"
	fails sudo_with "$(token_forged alice)"
	fails sudo_with "alice's password"
}
test_without_a_policy_no_token_lets_in() {
	configure ''
	fails sudo_with "$(token alice)"
	has "$(grep 'authbox_reason=no-policy' $HOST/authboxd.log)" \
		'this would allow it: \{resourceType: AccessPolicy, .*user: \{id: "alice"'
	# As the log says: with that, it does.
	configure "$(sed -n 's/.*this would allow it: \({.*}}}\) authbox_event=.*/\1/p' \
		$HOST/authboxd.log | head -n 1)"
	is "$(sudo_with "$(token alice)")" root
}
test_a_policy_decides_by_claims_service_and_user() {
	configure '{resourceType: AccessPolicy, id: heart, engine: matcho, matcho:
		{jwt: {iss: "'$issuer'"}, service: sudo, user: {data: {department: cardiology}}}}'
	is "$(sudo_with "$(token alice)")" root
	fails ssh_with "$(token alice)"
}
# The ready sample, as an administrator would take it over.
step_up_policy() {
	sed -n '/^#id: sudo-step-up/,/^$/s/^#//p' dist/resources/policies.yaml |
		sed "s|iss: .*|iss: $issuer|; 1i resourceType: AccessPolicy"
}
stepped_up() { # SECONDS AGO, AMR
	token alice "s/}$/,\"auth_time\":$(($(clock_now) - $1)),\"amr\":[\"$2\"]}/"
}
test_sudo_wants_a_fresh_second_factor_at_the_issuer() {
	local session
	groupadd -f sudo && gpasswd -a alice sudo
	configure "$(step_up_policy)"
	is "$(sudo_with "$(stepped_up 10 otp)")" root
	fails sudo_with "$(token alice)"
	fails sudo_with "$(stepped_up 10 pwd)"
	fails sudo_with "$(stepped_up 400 otp)"
	# What was made of such a token is no newer than it.
	session=$(stepped_up 200 otp | authboxctl session create)
	is "$(sudo_with "$session")" root
	clock_on 120
	fails sudo_with "$session"
	has "$(grep policy-denied $HOST/authboxd.log | tail -n 1)" \
		'AccessPolicy sudo-step-up said no at jwt.auth_time.*authbox_event=login'
	gpasswd -d alice sudo
}
test_no_token_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" 'eyJ'
}
run_tests
