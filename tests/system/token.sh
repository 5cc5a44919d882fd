#!/bin/bash
# Logins by access token: JSON Web Tokens judged by keys from the configuration,
# through real PAM stacks of ssh and sudo.
# time limit: 60 s
. tests/harness/private_host.sh

. tests/harness/tokens.sh

sudo_with() { # TOKEN: as alice
	local answers=/home/alice/answers
	printf '%s\n' "$1" | fold -w 500 | sed '$!s/$/\\/' >$answers
	chown alice $answers
	TEST_ANSWERS=$answers as alice sudo -A id -un
}
configure() { # POLICY
	issuer_configure "{resourceType: User, id: alice, data: {department: cardiology}}
---
{resourceType: User, id: bob, inactive: true}
---
$1"
}

host_start
issuer_make
configure '{resourceType: AccessPolicy, id: all, engine: allow}'
pam_service sudo <<'PAM'
auth     required  pam_authbox.so token
account  required  pam_authbox.so token
session  required  pam_permit.so
PAM
cp /etc/pam.d/sudo /etc/pam.d/sshd
authboxd_start
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no'

test_a_token_in_parts_makes_root() {
	is "$(sudo_with "$(token alice)")" root
}
test_a_token_opens_a_session_over_ssh() {
	is "$(TEST_CODE=$(token alice) ssh_as alice -o PubkeyAuthentication=no 127.0.0.1 id -un)" alice
}
test_a_token_of_another_user_does_not() {
	fails sudo_with "$(token bob)"
	fails sudo_with "$(token carol)"
	fails sudo_with "$(token root)"
}
test_a_token_that_is_not_good_does_not() {
	fails sudo_with "$(token alice 's/"exp":[0-9]*/"exp":1/')"
	fails sudo_with "$(token alice 's/"aud":"ssh"/"aud":"web"/')"
	fails sudo_with "$(token alice 's/idp.example/idp.example.org/')"
	fails sudo_with "$(token alice | sed 's/.$/A/; s/^\(.*\)\.[^.]*$/\1.AAAA/')"
	fails sudo_with "alice's password"
}
test_without_a_policy_no_token_lets_in() {
	configure ''
	fails sudo_with "$(token alice)"
	grep -q 'authbox_reason=no-policy' $HOST/authboxd.log
}
test_a_policy_decides_by_claims_service_and_user() {
	configure '{resourceType: AccessPolicy, id: heart, engine: matcho, matcho:
		{jwt: {iss: "'$issuer'"}, service: sudo, user: {data: {department: cardiology}}}}'
	is "$(sudo_with "$(token alice)")" root
	TEST_CODE=$(token alice) fails ssh_as alice -o PubkeyAuthentication=no 127.0.0.1 id
}
test_no_token_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" 'eyJ'
}
run_tests
