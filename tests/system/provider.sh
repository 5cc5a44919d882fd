#!/bin/bash
# Logins by tokens that a real identity provider issued: verified with the keys
# that it publishes, or asked about at its introspection endpoint, through real
# ssh and sudo. Keys change, tokens are revoked, the provider goes away.
# time limit: 120 s
. tests/harness/provider.sh

sudo_with() { # TOKEN: as alice
	local answers=/home/alice/answers
	printf '%s\n' "$1" | fold -w 500 | sed '$!s/$/\\/' >$answers
	chown alice $answers
	TEST_ANSWERS=$answers as alice sudo -A id -un
}
ssh_with() { # TOKEN: as alice
	TEST_CODE=$1 ssh_as alice -o PubkeyAuthentication=no 127.0.0.1 id -un
}
configure() { # INTROSPECTOR...: lines of YAML
	{
		echo 'resourceType: TokenIntrospector'
		echo 'id: idp'
		echo "tls: {ca: $PROVIDER/ca.pem}"
		printf '%s\n' "$@"
		echo '---'
		echo '{resourceType: User, id: alice}'
		echo '---'
		echo '{resourceType: User, id: bob}'
		echo '---'
		echo '{resourceType: AccessPolicy, id: all, engine: allow}'
	} >/etc/authbox/tokens.yaml
	chgrp authbox /etc/authbox/tokens.yaml
	chmod 640 /etc/authbox/tokens.yaml
	[ ! -e $HOST/authboxd.pid ] || authboxctl reload
}
jwt() {
	configure 'type: jwt' "jwks_uri: $ISSUER/jwks" "jwt: {iss: '$ISSUER', aud: ssh}"
}
opaque() { # LINES...
	configure 'type: opaque' "introspection_endpoint: {url: '$ISSUER/token/introspection'}" \
		"jwt: {iss: '$ISSUER', aud: ssh}" "$@"
}
by_secret='client_auth: {id: app, secret: "app'"'"'s secret: 100%+"}'
refused_for() { # REASON COMMAND...: which fails, and the log says why
	local reason=$1 before
	shift
	before=$(wc -l <$HOST/authboxd.log)
	fails "$@"
	has "$(tail -n +$((before + 1)) $HOST/authboxd.log)" "authbox_reason=$reason( |$)"
}

host_start
provider_start
jwt
pam_service sudo <<'PAM'
auth     required  pam_authbox.so token tries=1
account  required  pam_authbox.so token
session  required  pam_permit.so
PAM
cp /etc/pam.d/sudo /etc/pam.d/sshd
authboxd_start
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no'

test_a_jwt_of_each_algorithm_makes_root() {
	local alg
	for alg in RS256 ES256 EdDSA; do
		is "$(sudo_with "$(provider_token jwt alice "{\"alg\": \"$alg\"}")")" root
	done
}
test_a_jwt_opens_a_session_over_ssh() {
	is "$(ssh_with "$(provider_token jwt alice)")" alice
}
test_a_jwt_for_others_does_not() {
	refused_for token-other-user sudo_with "$(provider_token jwt bob)"
	refused_for token-audience sudo_with "$(provider_token jwt alice '{"aud": "web"}')"
	refused_for token-audience sudo_with "$(provider_id_token alice)"
	refused_for token-is-id-token sudo_with \
		"$(provider_token jwt alice '{"claims": {"nonce": "n"}}')"
}
test_a_token_is_asked_about_by_secret() {
	opaque "$by_secret"
	is "$(sudo_with "$(provider_token opaque alice)")" root
	is "$(ssh_with "$(provider_token opaque alice)")" alice
	refused_for token-audience sudo_with "$(provider_token opaque alice '{"aud": "web"}')"
	refused_for token-other-user sudo_with "$(provider_token opaque bob)"
	refused_for token-inactive sudo_with "$(provider_token opaque alice)x"
}
run_tests
