#!/bin/bash
# Logins by access token: JSON Web Tokens judged by keys from the configuration,
# through real PAM stacks of ssh and sudo.
# time limit: 60 s
. tests/harness/private_host.sh

issuer=https://idp.example
base64url() {
	base64 -w 0 | tr '+/' '-_' | tr -d '='
}
# A token of alice's, good for ten minutes; EDIT is a sed command for its claims.
token() { # SUB [EDIT]
	local now payload head
	now=$(clock_now)
	head=$(printf '{"alg":"RS256","typ":"at+jwt","kid":"k1"}' | base64url)
	payload=$(printf '{"iss":"%s","sub":"%s","aud":"ssh","iat":%d,"exp":%d}' \
		$issuer "$1" "$now" $((now + 600)) | sed "${2-}" | base64url)
	printf '%s.%s.%s\n' "$head" "$payload" "$(printf '%s.%s' "$head" "$payload" |
		openssl dgst -sha256 -sign $HOST/issuer.key | base64url)"
}
sudo_with() { # TOKEN: as alice
	local answers=/home/alice/answers
	printf '%s\n' "$1" | fold -w 500 | sed '$!s/$/\\/' >$answers
	chown alice $answers
	TEST_ANSWERS=$answers as alice sudo -A id -un
}
configure() { # POLICY
	cat >/etc/authbox/tokens.yaml <<-YAML
		resourceType: TokenIntrospector
		id: idp
		type: jwt
		jwt:
		  iss: $issuer
		  aud: ssh
		  keys:
		  - {kid: k1, kty: RSA, alg: RS256, format: PEM, pub: "$(
			awk '{printf "%s\\n", $0}' $HOST/issuer.pub)"}
		---
		{resourceType: User, id: alice, data: {department: cardiology}}
		---
		{resourceType: User, id: bob, inactive: true}
		---
		$1
	YAML
	chgrp authbox /etc/authbox/tokens.yaml
	chmod 640 /etc/authbox/tokens.yaml
	[ ! -e $HOST/authboxd.pid ] || authboxctl reload
}

host_start
openssl genrsa -out $HOST/issuer.key 2048 2>/dev/null
openssl rsa -in $HOST/issuer.key -pubout -out $HOST/issuer.pub 2>/dev/null
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
