#!/bin/bash
# What logins of every kind leave behind: after codes, tokens, recovery codes,
# sessions and passwords at the wrong prompt, none of them stands in the memory
# of our programs, in a log or in what went over the network in clear, and nobody
# was asked but the identity provider.
# time limit: 120 s
. tests/harness/provider.sh

WIRE=$HOST/wire
SECRETS=$HOST/secrets
client_secret="app's secret: 100%+"

configure() {
	cat >/etc/authbox/all.yaml <<-YAML
		{resourceType: AuthConfig, id: app, deviceLogin: {enabled: true, qr: none}}
		---
		resourceType: IdentityProvider
		id: p
		issuer: $ISSUER
		client: {id: app, secret: "$client_secret"}
		tls: {ca: $PROVIDER/ca.pem}
		---
		resourceType: TokenIntrospector
		id: jwt
		type: jwt
		jwt: {aud: ssh}
		namesUsers: true
		identity_provider: {id: p, resourceType: IdentityProvider}
		---
		resourceType: TokenIntrospector
		id: opaque
		type: opaque
		jwt: {aud: ssh}
		namesUsers: true
		identity_provider: {id: p, resourceType: IdentityProvider}
		---
		{resourceType: User, id: alice}
		---
		{resourceType: AccessPolicy, id: all, engine: allow}
	YAML
	chgrp authbox /etc/authbox/all.yaml
	chmod 640 /etc/authbox/all.yaml
}
line_of() { # SERVICE OPTIONS
	pam_service "$1" <<-PAM
		auth     required  pam_authbox.so $2
		account  required  pam_authbox.so
	PAM
}
log_in() { # SERVICE ANSWER
	fold -w 400 <<<"$2" | sed '$!s/$/\\/' |
		pamtester "$1" alice authenticate acct_mgmt 2>&1
}
secret() { # NAME TEXT
	echo "$1 $2" >>$SECRETS
}
# The end of one that is long: the rest of a token is no secret without it.
secret_token() { # NAME TOKEN
	secret "$1" "$(tail -c 41 <<<"$2")"
}
ours() {
	pgrep -x 'authboxd|authbox-fetch|authbox-userdb'
}
found() {
	# shellcheck disable=SC2046
	memory_scan $(ours) <$SECRETS
}
nothing_is_found() {
	[ -z "$(found)" ]
}
decide() { # approve ACCOUNT
	provider_device "$(sed -n 's/.*Code  \([A-Z0-9-]*\).*/\1/p' | tail -n 1)" "$1" "$2" >&2
}
export -f decide provider_device provider_control
export PROVIDER

host_start
cp tests/harness/{wiretap,memory_scan} /usr/local/sbin
provider_start
configure
line_of codes totp
line_of jwt 'token tries=1'
line_of opaque 'token introspector=opaque tries=1'
line_of device device
mkdir $WIRE
wiretap $WIRE &
echo $! >$HOST/wiretap.pid
within 10 test -e $WIRE/tried
authboxd_start

test_logins_of_each_kind() {
	local token key
	enrol alice
	key=$(key_of alice)
	secret totp-key "$key"
	secret totp-key-raw "hex:$(base32 -d <<<"$key" | od -An -tx1 | tr -d ' \n')"
	has "$(log_in codes "$(code_of "$key")")" 'successfully authenticated'
	token=$(sed -n 's/.*"\([A-Z2-7-]*-[A-Z2-7-]*\)".*/\1/p' $HOST/recovery.alice | head -n 1)
	secret recovery-code "$token"
	has "$(log_in codes "$token")" 'successfully authenticated'

	token=$(provider_token jwt alice)
	secret_token jwt "$token"
	has "$(log_in jwt "$token")" 'successfully authenticated'
	token=$(authboxctl --json session create <<<"$token" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
	secret session "$token"
	has "$(log_in jwt "$token")" 'successfully authenticated'
	token=$(provider_token opaque alice)
	secret_token opaque "$token"
	has "$(log_in opaque "$token")" 'successfully authenticated'
	token=$(provider_token jwt alice | sed 's/....$/AAAA/')
	secret_token forged "$token"
	fails log_in jwt "$token"
	secret password "alice's long password of the other prompt"
	fails log_in jwt "alice's long password of the other prompt"
	fails log_in codes "alice's long password of the other prompt"
	has "$(pty_driver.py --seconds 30 'done: $' '!decide approve alice' -- \
		pamtester device alice authenticate acct_mgmt)" 'successfully authenticated'
}
test_nothing_is_left_in_memory() {
	local client
	is "$(awk 'length >= 20' $SECRETS | wc -l)" 8
	# A sanitizer keeps what was freed, and has more memory than can be read.
	[ -z "$SANITIZE" ] || return 0
	# That the scan would find one is shown by what has to be there.
	client=$(memory_scan "$(pgrep -x authboxd | tail -n 1)" <<<"client $client_secret")
	has "$client" client
	within 10 nothing_is_found || {
		found
		return 1
	}
	client=$(memory_scan "$(pgrep -x authbox-fetch | tail -n 1)" <<<"client $client_secret")
	is "$client" ''
}
test_nothing_is_in_a_log() {
	local name text
	while read -r name text; do
		has_not "$(cat $HOST/authboxd.log $HOST/syslog | grep -F -- "$text" && echo "$name")" "^$name\$"
	done <$SECRETS
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" 'eyJ|device_code'
}
test_nothing_went_over_the_network_in_clear() {
	local name text
	echo Canary-0123456789 >/dev/tcp/127.0.0.1/8443
	within 10 grep -qraF Canary-0123456789 $WIRE
	grep -qraF idp.example $WIRE # the name in a TLS greeting: so it was looked at
	secret client "$client_secret"
	secret client-basic "$(printf 'app:app%%27s+secret%%3A+100%%25%%2B' | base64 -w 0)"
	while read -r name text; do
		case $text in
		hex:*) ;;
		*) has_not "$(grep -ralF -- "$text" $WIRE || true)" . || {
			echo "$name"
			return 1
		} ;;
		esac
	done <$SECRETS
}
test_nobody_but_the_provider_was_asked() {
	is "$(sort -u $WIRE/tried)" 'tcp 127.0.0.1 8443'
	kill "$(cat $HOST/wiretap.pid)"
}
run_tests
