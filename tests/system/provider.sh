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
by_issuer() { # TYPE LINES...: of the IdentityProvider; the rest is looked up
	local type=$1
	shift
	configure "type: $type" 'identity_provider: {id: p, resourceType: IdentityProvider}' \
		'jwt: {aud: ssh}' --- 'resourceType: IdentityProvider' 'id: p' \
		"issuer: $ISSUER" "tls: {ca: $PROVIDER/ca.pem}" "$@"
}
proves() { # LINE: of client_auth; a token is asked about so, and never with another
	opaque "client_auth: $1"
	is "$(sudo_with "$(provider_token opaque alice)")" root
}
by_secret='client_auth: {id: app, secret: "app'"'"'s secret: 100%+"}'

host_start
provider_start
provider_certificate stranger stranger 2>/dev/null
chgrp authbox $PROVIDER/*.key
chmod 640 $PROVIDER/*.key
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
	refused_for token-is-id-token sudo_with "$(provider_token jwt alice \
		'{"head": {"typ": "JWT"}, "claims": {"nonce": "n"}}')"
	refused_for token-is-id-token sudo_with "$(provider_token jwt alice \
		'{"head": {"typ": "JWT"}, "claims": {"typ": "ID", "nonce": "n"}}')"
	# An ID token for the very audience, as the provider itself makes it.
	refused_for token-is-id-token sudo_with "$(provider_id_token alice \
		'{"client": "ssh", "claims": {"nonce": "n"}}')"
}
test_an_access_token_with_a_nonce_is_told_from_an_id_token() {
	# As Keycloak makes them before 24, and as RFC 9068 would.
	is "$(sudo_with "$(provider_token jwt alice \
		'{"head": {"typ": "JWT"}, "claims": {"typ": "Bearer", "nonce": "n"}}')")" root
	is "$(sudo_with "$(provider_token jwt alice '{"claims": {"nonce": "n"}}')")" root
}
test_a_token_is_asked_about_by_secret() {
	opaque "$by_secret"
	is "$(sudo_with "$(provider_token opaque alice)")" root
	is "$(ssh_with "$(provider_token opaque alice)")" alice
	refused_for token-audience sudo_with "$(provider_token opaque alice '{"aud": "web"}')"
	refused_for token-other-user sudo_with "$(provider_token opaque bob)"
	refused_for token-inactive sudo_with "$(provider_token opaque alice)x"
}
test_each_way_to_prove_a_name_is_taken_by_the_provider() {
	proves "{id: 'basic:id', method: basic, secret: 'b+s %3A&~'}"
	proves "{id: 'post', method: post, secret: 'p&s=100%'}"
	proves "{id: jwt, private_key: {file: $PROVIDER/jwt.key}}"
	proves "{id: jwt, private_key: {file: $PROVIDER/jwt.key}, audience: '$ISSUER/token'}"
	proves "{id: mtls, method: mtls, private_key: {file: $PROVIDER/client.key},
		certificate: {file: $PROVIDER/client.crt}}"
	proves "{id: own, method: mtls, private_key: {file: $PROVIDER/own.key},
		certificate: {file: $PROVIDER/own.crt}}"
}
test_a_name_that_is_not_proven_is_told() {
	local token
	token=$(provider_token opaque alice)
	opaque "client_auth: {id: post, method: post, secret: wrong}"
	refused_for issuer-unavailable sudo_with "$token"
	has "$(tail -n 3 $HOST/authboxd.log)" 'introspection gave no answer: it does not know us \(status 401\)'
	opaque "client_auth: {id: jwt, private_key: {file: $PROVIDER/client.key}}"
	refused_for issuer-unavailable sudo_with "$token"
	opaque "client_auth: {id: jwt, private_key: {file: $PROVIDER/jwt.key}, audience: 'https://other'}"
	refused_for issuer-unavailable sudo_with "$token"
	opaque "client_auth: {id: mtls, method: mtls, private_key: {file: $PROVIDER/stranger.key},
		certificate: {file: $PROVIDER/stranger.crt}}"
	refused_for issuer-unavailable sudo_with "$token"
	opaque "client_auth: {id: own, method: mtls, private_key: {file: $PROVIDER/client.key},
		certificate: {file: $PROVIDER/client.crt}}"
	refused_for issuer-unavailable sudo_with "$token"
}
test_an_authority_that_is_not_known_is_told() {
	local token
	token=$(provider_token opaque alice)
	opaque "$by_secret"
	sed -i '/^tls:/d' /etc/authbox/tokens.yaml
	authboxctl reload
	refused_for issuer-unavailable sudo_with "$token"
	has "$(tail -n 3 $HOST/authboxd.log)" 'introspection gave no answer: SSL certificate problem'
	has "$(tail -n 3 $HOST/authboxd.log)" 'TokenIntrospector/idp: if that certificate .* tls.ca'
}
test_a_revoked_token_is_good_while_it_is_cached_and_no_longer() {
	local token began
	opaque "$by_secret" 'cache_ttl: 5'
	token=$(provider_token opaque alice)
	is "$(sudo_with "$token")" root
	began=$SECONDS
	provider_revoke "$token"
	is "$(sudo_with "$token")" root
	[ $((SECONDS - began)) -le 4 ] # or it was no more in the cache
	sleep $((began + 6 - SECONDS))
	refused_for token-inactive sudo_with "$token"
	# What was never seen here is refused at once.
	token=$(provider_token opaque alice)
	provider_revoke "$token"
	refused_for token-inactive sudo_with "$token"
}
test_the_cache_never_outlives_the_token() {
	local token
	opaque "$by_secret" 'cache_ttl: 3600'
	token=$(provider_token opaque alice '{"ttl": 600}')
	is "$(sudo_with "$token")" root
	clock_on 700
	refused_for token-expired sudo_with "$token"
	clock_shift 0
	authboxctl store accept-clock
}
test_logins_after_one_another_ask_about_a_token_once() {
	local token before
	opaque "$by_secret"
	token=$(provider_token opaque alice '{"ttl": 86400}')
	before=$(provider_asked /token/introspection)
	for _ in 1 2 3; do is "$(sudo_with "$token")" root; done
	is $(($(provider_asked /token/introspection) - before)) 1
}
test_a_provider_that_is_away_says_nothing_about_a_token() {
	local token
	opaque "$by_secret"
	token=$(provider_token opaque alice '{"ttl": 86400}')
	is "$(sudo_with "$token")" root
	provider_stop
	is "$(sudo_with "$token")" root
	refused_for issuer-unavailable sudo_with "${token}x"
	has "$(authboxctl status || true)" 'TokenIntrospector/[^ ]+: [^ ]+ gave no answer: '
	provider_start
	# It has forgotten its tokens, and says so; that it was away is no answer.
	refused_for token-inactive sudo_with "${token}x"
	authboxctl status
}
restart_in() { # SECONDS from now
	authboxd_stop
	clock_on "$1"
	authboxd_start
}
asked_more_than() { # NUMBER: for keys
	[ "$(provider_asked /jwks)" -gt "$1" ]
}
long='{"ttl": 1000000}'
test_new_keys_are_found_and_forgotten_ones_are_gone() {
	local old new asked
	jwt
	old=$(provider_token jwt alice "$long")
	is "$(sudo_with "$old")" root
	restart_in 31 # or nobody may ask again so soon
	provider_rotate
	new=$(provider_token jwt alice "$long")
	is "$(sudo_with "$new")" root
	is "$(sudo_with "$old")" root
	# Keys that are withdrawn are gone when the set is renewed.
	provider_rotate forget
	restart_in 660
	asked=$(provider_asked /jwks)
	sudo_with "$old" || true
	within 5 asked_more_than "$asked"
	within 5 fails sudo_with "$old"
	refused_for token-unknown-key sudo_with "$new"
	is "$(sudo_with "$(provider_token jwt alice "$long")")" root
}
test_known_keys_are_good_for_a_day_without_their_provider() {
	local token
	jwt
	token=$(provider_token jwt alice "$long")
	is "$(sudo_with "$token")" root
	provider_stop
	restart_in 3600
	is "$(sudo_with "$token")" root
	restart_in 79000
	is "$(sudo_with "$token")" root
	restart_in 4000
	refused_for issuer-unavailable sudo_with "$token"
	provider_start
	restart_in 60
	is "$(sudo_with "$token")" root
	authboxd_stop
	clock_shift 0
	authboxd_start
	authboxctl store accept-clock
}
test_the_keys_are_found_by_the_issuer() {
	by_issuer jwt
	is "$(sudo_with "$(provider_token jwt alice)")" root
	is "$(ssh_with "$(provider_token jwt alice)")" alice
	is "$(provider_asked /.well-known/openid-configuration)" 1
}
test_the_introspection_endpoint_is_found_by_the_issuer() {
	by_issuer opaque 'client: {id: app, secret: "app'"'"'s secret: 100%+"}'
	is "$(sudo_with "$(provider_token opaque alice)")" root
	by_issuer opaque "client: {id: jwt, auth-method: asymmetric,
		private-key: {file: $PROVIDER/jwt.key}}"
	is "$(sudo_with "$(provider_token opaque alice)")" root
	by_issuer opaque "client: {id: mtls, auth-method: mtls,
		private-key: {file: $PROVIDER/client.key},
		certificate: {file: $PROVIDER/client.crt}}"
	is "$(sudo_with "$(provider_token opaque alice)")" root
	is "$(provider_asked /.well-known/openid-configuration)" 1
}
test_what_is_configured_is_stronger_than_what_is_found() {
	by_issuer jwt "jwks_uri: $ISSUER/elsewhere"
	refused_for issuer-unavailable sudo_with "$(provider_token jwt alice)"
	is "$(provider_asked /elsewhere)" 1
}
test_a_restart_needs_no_issuer() {
	local token
	token=$(provider_token jwt alice)
	by_issuer jwt
	is "$(sudo_with "$token")" root
	provider_stop
	authboxd_stop
	authboxd_start
	is "$(sudo_with "$token")" root
	provider_start
}
test_an_issuer_of_another_name_is_told() {
	by_issuer jwt
	sed -i "s|^issuer: .*|issuer: $ISSUER/|" /etc/authbox/tokens.yaml
	authboxctl reload
	refused_for issuer-unavailable sudo_with "$(provider_token jwt alice \
		'{"claims": {"iss": "'$ISSUER'/"}}')"
	has "$(cat $HOST/authboxd.log)" 'does not have the same issuer, byte by byte'
}
run_tests
