#!/bin/bash
# Issuers that misbehave on purpose, at each endpoint that a token leads to: key
# set, metadata, introspection. Every login ends in time and says nothing about
# the token, the daemon stays as small as it was and serves others meanwhile, and
# no secret reaches anybody but the endpoint that it is for.
# time limit: 120 s
. tests/harness/private_host.sh

faults='hang trickle trickle-head endless endless-chunks endless-trailer promise
	header-flood long-header long-status interim-flood bomb bomb-te cut close
	garbage http09 bad-status latin1 nul redirect/301/x redirect/302/x
	redirect/303/x redirect/307/x redirect/308/x status/404 status/500
	big/200000 type/active/text/html type/active/untyped'
strangers='wrong-host expired self-signed tls11 anonymous'
secret=Top-Secret-of-the-client
opaque=Opaque-Token-0123456789abcdef
issuer=$HOST/issuer

port() { # NAME
	sed -n "s/^$1 //p" $issuer/ports
}
base64url() {
	base64 -w 0 | tr '+/' '-_' | tr -d '='
}
# Nobody signed it, but the keys are asked for first.
jwt_of() { # ISS
	printf '%s.%s.%s' "$(printf '{"alg":"RS256","kid":"k"}' | base64url)" \
		"$(printf '{"iss":"%s","sub":"alice","aud":"a","exp":9999999999}' "$1" |
			base64url)" "$(printf 'signature of %256s' x | base64url)"
}

# An introspector of each kind, under the id KIND-NAME.
put_keys() { # NAME URL
	echo "{resourceType: TokenIntrospector, id: keys-$1, type: jwt, jwks_uri: '$2',
		jwt: {iss: 'urn:keys:$1', aud: a}, namesUsers: false, tls: {ca: $issuer/ca.pem}}"
	echo ---
}
put_metadata() { # NAME URL
	echo "{resourceType: IdentityProvider, id: metadata-$1, issuer: '$2',
		tls: {ca: $issuer/ca.pem}}"
	echo ---
	echo "{resourceType: TokenIntrospector, id: metadata-$1, type: jwt, jwt: {aud: a},
		namesUsers: false, identity_provider: {id: metadata-$1,
		resourceType: IdentityProvider}, tls: {ca: $issuer/ca.pem}}"
	echo ---
}
# The same, for introspection that is looked up.
put_elsewhere() { # NAME
	echo "{resourceType: IdentityProvider, id: elsewhere-$1,
		issuer: 'https://localhost:$(port good)/file/$1',
		client: {id: me, secret: $secret}, tls: {ca: $issuer/ca.pem}}"
	echo ---
	echo "{resourceType: TokenIntrospector, id: elsewhere-$1, type: opaque, jwt: {aud: a},
		namesUsers: false, identity_provider: {id: elsewhere-$1,
		resourceType: IdentityProvider}, tls: {ca: $issuer/ca.pem}}"
	echo ---
}
put_introspection() { # NAME URL
	echo "{resourceType: TokenIntrospector, id: introspection-$1, type: opaque,
		introspection_endpoint: {url: '$2'}, client_auth: {id: me, secret: $secret},
		jwt: {aud: a}, namesUsers: false, tls: {ca: $issuer/ca.pem}}"
	echo ---
}
put_all() { # NAME URL
	put_keys "$@"
	put_metadata "$@"
	put_introspection "$@"
}
configure() {
	local fault stranger good
	good=https://localhost:$(port good)
	for fault in $faults; do put_all "${fault//\//-}" "$good/$fault"; done
	for stranger in $strangers; do
		put_all "$stranger" "https://localhost:$(port "$stranger")/file/active"
	done
	put_introspection good "$good/file/active"
	put_introspection signed "$good/file/signed"
	put_keys many "$good/file/many-keys"
	put_introspection utf8 "$good/type/active/application/json/;charset=UTF-8"
	put_introspection page "$good/type/active/text/html/;charset=UTF-8"
	for fault in lies large deep; do put_metadata $fault "$good/file/$fault"; done
	for stranger in inside cloud public; do put_elsewhere $stranger; done
	echo '{resourceType: AccessPolicy, id: all, engine: allow}'
}
token_of() { # ID
	case $1 in
	keys-*) jwt_of "urn:keys:${1#keys-}" ;;
	metadata-*) jwt_of "$(sed -n "s/.* id: $1, issuer: '\([^']*\)'.*/\1/p" /etc/authbox/all.yaml)" ;;
	*) echo $opaque ;;
	esac
}
# One line: ID MILLISECONDS OUTCOME
introspect() { # ID
	local began=$EPOCHREALTIME said
	said=$(token_of "$1" | authboxctl token introspect --introspector "$1" 2>&1)
	echo "$1 $(((${EPOCHREALTIME/./} - ${began/./}) / 1000)) ${said//$'\n'/ }"
}
resident_kib() { # of ours; a sanitizer's memory says nothing
	[ -z "$SANITIZE" ] || {
		echo 0
		return
	}
	awk '/^Name:/ {ours = $2 ~ /^authbox/} /^VmRSS/ && ours {n += $2} END {print n}' \
		/proc/[0-9]*/status
}

host_start
mkdir $issuer
printf '%s %s.example\n' 127.0.0.1 inside 169.254.169.254 cloud 203.0.113.7 public \
	>>/etc/hosts
for address in 169.254.169.254 203.0.113.7; do ip address add $address/32 dev lo; done
sleep 1000 | tests/system/fault_server.py --dir $issuer --tls \
	--elsewhere inside.example,cloud.example,public.example &
within 20 test -e $issuer/ports
echo '{"active":true,"aud":"a","sub":"alice","exp":9999999999}' >$issuer/active
jwt_of x >$issuer/signed
python3 - $issuer "https://localhost:$(port good)" "$(port trap)" <<'PYTHON'
import json, sys
folder, good, trap = sys.argv[1:]
key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
put = lambda name, text: open(f"{folder}/{name}", "w").write(text)
put("many-keys", json.dumps({"keys": [dict(key, kid=f"k{i}") for i in range(10000)]}))
put("lies", json.dumps({"issuer": f"{good}/file/lies", "jwks_uri": f"http://127.0.0.1:{trap}/"}))
put("large", json.dumps({"issuer": f"{good}/file/large", "x": "x" * 70000}))
for name in "inside", "cloud", "public":
    put(name, json.dumps({"issuer": f"{good}/file/{name}",
        "introspection_endpoint": f"https://{name}.example/file/active"}))
put("deep", '{"issuer": "%s/file/deep", "x": %s1%s}' % (good, "[" * 50000, "]" * 50000))
PYTHON
configure >/etc/authbox/all.yaml
chgrp authbox /etc/authbox/all.yaml
chmod 640 /etc/authbox/all.yaml
authboxd_start
export -f introspect token_of jwt_of base64url
export opaque

test_each_fault_ends_in_time_and_says_nothing_about_the_token() {
	local before after bad
	introspect introspection-good >/dev/null
	before=$(resident_kib)
	sed -n 's/.*TokenIntrospector, id: \([^,]*\),.*/\1/p' /etc/authbox/all.yaml |
		grep -v 'good\|elsewhere\|utf8' | xargs -P 24 -I{} bash -c 'introspect {}' >$HOST/outcomes
	after=$(resident_kib)
	bad=$(awk '$2 > 8000 || !/cannot be asked, which says nothing/' $HOST/outcomes)
	is "$bad" ''
	[ "$(wc -l <$HOST/outcomes)" -ge 100 ]
	[ $((after - before)) -lt 40000 ] || {
		echo "grew from $before to $after KiB"
		return 1
	}
}
test_others_are_served_meanwhile() {
	local began said
	authboxctl reload
	for fault in hang trickle endless promise; do
		for _ in 1 2 3; do introspect introspection-$fault >/dev/null & done
	done
	sleep 0.3
	said=$(introspect introspection-good)
	has "$said" 'active *yes'
	[ "$(cut -d ' ' -f 2 <<<"$said")" -lt 2000 ]
	wait
}
test_no_secret_reaches_anybody_else() {
	local elsewhere basic
	basic=$(printf 'me:%s' $secret | base64 -w 0)
	# Metadata may name another host, but none of ours or near us.
	has "$(introspect elsewhere-inside)" 'cannot be asked'
	has "$(introspect elsewhere-cloud)" 'cannot be asked'
	elsewhere=$(grep -v '"port": "good"' $issuer/requests || true)
	has_not "$elsewhere" "$secret|$opaque|$basic"
	# The trap was never called at all, and strangers heard nothing.
	is "$elsewhere" ''
	grep -q "$basic" $issuer/requests # it is sent where it belongs
	has_not "$(grep '"GET"' $issuer/requests)" "$basic"
}
test_an_endpoint_elsewhere_is_asked_at_a_public_address() {
	has "$(introspect elsewhere-public)" 'active *yes'
	grep '"port": "elsewhere"' $issuer/requests | grep -q "$(printf 'me:%s' $secret | base64 -w 0)"
	has "$(cat $HOST/authboxd.log)" 'elsewhere-inside: .* an address that is not public; give this address'
}
test_no_secret_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" "$secret|$opaque|eyJ"
}
test_a_signed_answer_is_told() {
	has "$(cat $HOST/authboxd.log)" 'introspection-signed: .* is signed \(RFC 9701\), which is not supported'
}
test_an_answer_that_is_not_json_by_its_type_is_told() {
	has "$(introspect introspection-utf8)" 'active *yes'
	has "$(cat $HOST/authboxd.log)" 'introspection-page: .* the answer is text/html, where application/json is expected'
	has "$(cat $HOST/authboxd.log)" 'keys-type-active-untyped: .* the answer is of no type at all'
}
test_an_endpoint_that_metadata_must_not_name_is_told() {
	has "$(cat $HOST/authboxd.log)" 'metadata-lies: .* no jwks_uri that can be used: what is there is not https'
}
run_tests
