#!/bin/bash
# Device logins at endpoints that misbehave on purpose: where one begins, and
# where the token is asked for. Every login ends in time and in nobody's favour,
# and no secret reaches anybody but the endpoint that it is for.
# time limit: 120 s
. tests/harness/private_host.sh

# Where it begins, a fault ends it; where the token is asked for, it is no answer,
# and asked again until the code expires.
faults='hang trickle endless endless-chunks header-flood bomb cut garbage
	redirect/307/x status/500 type/token/text/html file/nonsense'
strangers='wrong-host expired self-signed'
secret=Top-Secret-of-the-client
issuer=$HOST/issuer

port() { # NAME
	sed -n "s/^$1 //p" $issuer/ports
}
put() { # ID BEGIN-URL TOKEN-URL
	cat <<-YAML
		{resourceType: IdentityProvider, id: $1, device_authorization_endpoint: '$2',
		  token_endpoint: '$3', client: {id: me, secret: $secret}, tls: {ca: $issuer/ca.pem}}
		---
		{resourceType: TokenIntrospector, id: $1, type: jwt, namesUsers: true,
		  jwt: {iss: 'urn:$1', aud: ssh, secret: 0123456789abcdef0123456789abcdef},
		  identity_provider: {reference: IdentityProvider/$1}}
		---
	YAML
	printf 'auth required pam_authbox.so device introspector=%s\n' "$1" >/etc/pam.d/"$1"
}
put_both() { # NAME URL
	put "begin-$1" "$2" "https://localhost:$(port good)/file/never"
	put "token-$1" "https://localhost:$(port good)/file/begin" "$2"
}
configure() {
	local name
	echo '{resourceType: AuthConfig, id: app, deviceLogin: {enabled: true, qr: none}}'
	echo ---
	for name in $faults; do
		put_both "${name//\//-}" "https://localhost:$(port good)/$name"
	done
	for name in $strangers; do
		put_both "$name" "https://localhost:$(port "$name")/file/begin"
	done
	for name in alice bob carol; do
		echo "{resourceType: User, id: $name}"
		echo ---
	done
	echo '{resourceType: AccessPolicy, id: all, engine: allow}'
}
# One line: ID MILLISECONDS STATUS WORDS
log_in() { # USER ID
	local began=$EPOCHREALTIME said status=0
	said=$(pamtester -I tty=tty1 "$2" "$1" authenticate <<<'' 2>&1) || status=$?
	echo "$2 $(((${EPOCHREALTIME/./} - ${began/./}) / 1000)) $status ${said//$'\n'/ }"
}
log_in_each() { # USER ID...
	local user=$1
	shift
	for id; do log_in "$user" "$id"; done
}
host_start
mkdir $issuer
sleep 1000 | tests/system/fault_server.py --dir $issuer --tls &
within 20 test -e $issuer/ports
cat >$issuer/begin <<'JSON'
{"device_code": "Device-Code-of-a-login", "user_code": "ABCD-EFGH",
 "verification_uri": "https://idp.example/device", "expires_in": 3, "interval": 1}
JSON
echo '{"access_token": "a.b.c", "token_type": "Bearer"}' >$issuer/token
echo '<html>log in here</html>' >$issuer/nonsense
configure >/etc/authbox/all.yaml
chgrp authbox /etc/authbox/all.yaml
chmod 640 /etc/authbox/all.yaml
authboxd_start

test_each_fault_ends_in_time_and_lets_nobody_in() {
	local ids users=(alice bob carol) user
	mapfile -t ids < <(cd /etc/pam.d && ls -d begin-* token-*)
	is ${#ids[@]} 30
	for user in 0 1 2; do
		log_in_each ${users[$user]} "${ids[@]:user*10:10}" >$HOST/outcomes.$user &
	done
	wait
	is "$(cat $HOST/outcomes.* | wc -l)" 30
	is "$(awk '$2 > 30000 || $3 == 0' $HOST/outcomes.*)" ''
	# Where nothing could be begun, nothing was shown.
	has_not "$(grep -h '^begin-' $HOST/outcomes.*)" 'Code|Open'
	is "$(grep -h '^token-' $HOST/outcomes.* | grep -c 'Code  ABCD-EFGH')" 15
}
test_the_log_says_what_it_was() {
	local log
	log=$(cat $HOST/authboxd.log)
	has "$log" '/token-hang: .* timed out'
	has "$log" '/token-trickle: .* answers too slowly'
	has "$log" '/token-endless: .* too large'
	has "$log" '/token-bomb: .* not text'
	has "$log" '/token-redirect-307-x: .* a redirect, which is not followed'
	has "$log" '/token-type-token-text-html: .* the answer is text/html'
	has "$log" '/token-file-nonsense: .* no JSON'
	has "$log" '/token-wrong-host: .* SSL'
	has "$log" '/begin-expired: .* has expired'
	has "$log" '/begin-file-nonsense: .* no JSON'
	has_not "$log" "$secret|Device-Code-of|ABCD-EFGH"
}
test_no_secret_reaches_anybody_else() {
	local basic elsewhere
	basic=$(printf 'me:%s' $secret | base64 -w 0)
	grep '"port": "good"' $issuer/requests | grep -q "$basic"
	grep '"port": "good"' $issuer/requests | grep -q 'device_code=Device-Code-of'
	# The trap of the redirects was never called, and strangers heard nothing.
	elsewhere=$(grep -v '"port": "good"' $issuer/requests || true)
	is "$elsewhere" ''
}
run_tests
