#!/bin/bash
# The published examples, each alone in /etc/authbox and as written but for the
# hosts and keys: what each is for works, through a real authboxd and a real
# issuer on loopback.
# time limit: 60 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

# A token of user-1, signed by a command that reads what is to be signed.
compact() { # ALG SIGNER ISSUER
	local signed now
	now=$(clock_now)
	signed=$(printf '{"alg":"%s"}' "$1" | base64url).$(printf \
		'{"iss":"%s","sub":"user-1","exp":%d}' "$3" $((now + 600)) | base64url)
	printf '%s.%s\n' "$signed" "$(printf %s "$signed" | $2 | base64url)"
}
rs256() { openssl dgst -sha256 -sign $HOST/issuer.key; }
es256() { # the signature is r and s, without their shell
	openssl dgst -sha256 -sign $HOST/ec.key | openssl asn1parse -inform DER |
		awk -F: '/INTEGER/ { printf "%64s", $4 }' | tr ' ' 0 | unhex
}
unhex() {
	basenc --base16 -d
}
hs256() { # with the key $secret
	openssl dgst -sha256 -mac HMAC -macopt "key:$secret" -binary
}

issuer_serve() {
	local n
	n=$(openssl rsa -in $HOST/issuer.key -noout -modulus 2>/dev/null | cut -d = -f 2 |
		unhex | base64url)
	printf '{"keys":[{"kty":"RSA","alg":"RS256","n":"%s","e":"AQAB"}]}' "$n" >$HOST/jwks
	python3 - $HOST <<-'PYTHON' &
		import http.server, json, sys, urllib.parse
		host = sys.argv[1]
		class Issuer(http.server.BaseHTTPRequestHandler):
		    def answer(self, body):
		        self.send_response(200)
		        self.send_header("Content-Type", "application/json")
		        self.send_header("Content-Length", str(len(body)))
		        self.end_headers()
		        self.wfile.write(body)
		    def do_GET(self):
		        if self.path == "/.well-known/jwks.json":
		            self.answer(open(host + "/jwks", "rb").read())
		        else:
		            self.send_error(404)
		    def do_POST(self):
		        if (self.path != "/oauth/token_introspection" or
		                self.headers["Authorization"] != "Bearer xxxyyyzzz"):
		            self.send_error(401)
		            return
		        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
		        token = urllib.parse.parse_qs(form)["token"][0]
		        good = token == "an-opaque-token-of-user-1"
		        self.answer(json.dumps({"active": good, "sub": "user-1"} if good
		                               else {"active": False}).encode())
		    def log_message(self, *arguments):
		        pass
		server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
		open(host + "/port", "w").write(str(server.server_port))
		server.serve_forever()
	PYTHON
	within 5 test -s $HOST/port
	idp=http://127.0.0.1:$(cat $HOST/port)
}
pem() { # FILE: in a double-quoted YAML text
	awk '{ printf "%s\\n", $0 }' "$1"
}
only() { # reads the one file that there is
	rm -f /etc/authbox/*
	cat >/etc/authbox/example.yaml
	chgrp authbox /etc/authbox/example.yaml && chmod 640 /etc/authbox/example.yaml
	authboxctl config check
	authboxctl reload
}
is_good() { # TOKEN
	has "$(authboxctl --json token introspect <<<"$1")" '"active":true.*"sub":"user-1"'
}
is_bad() { # TOKEN REASON
	local said
	said=$(authboxctl --json token introspect <<<"$1") && return 1
	has "$said" "\"active\":false,\"reason\":\"$2\""
}

test_an_introspector_with_published_keys_and_a_shared_one() {
	local secret=xxxxxxxx
	only <<-YAML
		resourceType: TokenIntrospector
		type: jwt
		jwks_uri: $idp/.well-known/jwks.json
		jwt:
		  iss: https://my-provider.example
		  secret: "xxxxxxxx"          # pre-shared key if alg = HS256
	YAML
	is_good "$(compact RS256 rs256 https://my-provider.example)"
	is_good "$(compact HS256 hs256 https://my-provider.example)"
	# A key of one kind never serves the other.
	secret=$(cat $HOST/issuer.pub)
	is_bad "$(compact HS256 hs256 https://my-provider.example)" token-signature
	is_bad "$(compact RS256 rs256 https://other.example)" token-issuer
	is_bad "$(compact ES256 es256 https://my-provider.example)" 'token-(alg-mismatch|unknown-key|signature|alg)'
}
test_an_introspector_of_opaque_tokens() {
	only <<-YAML
		resourceType: TokenIntrospector
		type: opaque
		introspection_endpoint:
		  url: $idp/oauth/token_introspection
		  authorization: Bearer xxxyyyzzz
	YAML
	is_good an-opaque-token-of-user-1
	is_bad an-opaque-token-of-nobody token-inactive
}
test_an_introspector_with_keys_of_its_own() {
	local secret=secret
	only <<-YAML
		resourceType: TokenIntrospector
		type: jwt
		jwt:
		  iss: https://auth.example.com
		  keys:
		    - {pub: "$(pem $HOST/issuer.pub)", kty: RSA, alg: RS256, format: PEM}
		    - {pub: "$(pem $HOST/ec.pub)", kty: EC, alg: ES256, format: PEM}
		    - {k: "secret", kty: OCT, alg: HS256, format: plain}
	YAML
	is_good "$(compact RS256 rs256 https://auth.example.com)"
	is_good "$(compact ES256 es256 https://auth.example.com)"
	is_good "$(compact HS256 hs256 https://auth.example.com)"
	secret=Secret
	is_bad "$(compact HS256 hs256 https://auth.example.com)" token-signature
}
policy_says() { # USER SERVICE CLAIMS: its answer, at the end
	printf '%s' "$3" >$HOST/claims
	authboxctl policy test --user "$1" --service "$2" --claims $HOST/claims | tail -n 1 || true
}
test_a_policy_for_one_user() {
	only <<-'YAML'
		resourceType: AccessPolicy
		engine: allow
		link: [{resourceType: User, id: box-user-id}]
	YAML
	has "$(policy_says box-user-id sshd '{}')" '^Allowed: policy-allowed, '
	has "$(authboxctl policy test --user alice --service sshd || true)" '^Denied: no-policy'
}
test_a_policy_about_claims_service_and_user() {
	local iss='{"iss": "https://auth.example.com"}'
	only <<-'YAML'
		resourceType: AccessPolicy
		engine: matcho
		matcho: {jwt: {iss: https://auth.example.com}, service: {$enum: [sshd, sudo]}, user: {data: {department: cardiology}}}
	YAML
	# The user's department is declared with the user.
	has "$(policy_says alice sshd "$iss")" '^Denied: policy-denied'
	cat >/etc/authbox/users.yaml <<<'{resourceType: User, id: alice, data: {department: cardiology}}'
	authboxctl reload
	has "$(policy_says alice sshd "$iss")" '^Allowed: policy-allowed, '
	has "$(policy_says alice sudo "$iss")" '^Allowed: policy-allowed, '
	has "$(policy_says alice su "$iss")" '^Denied: policy-denied'
	has "$(policy_says alice sshd '{"iss": "https://evil.example"}')" '^Denied: policy-denied'
	has "$(policy_says bob sshd "$iss")" '^Denied: policy-denied'
}
# All five together, as one file, let a person in.
test_together_they_let_a_person_in() {
	local secret=secret answers=/home/alice/answers
	only <<-YAML
		resourceType: TokenIntrospector
		type: jwt
		jwt:
		  iss: https://auth.example.com
		  keys:
		    - {k: "secret", kty: OCT, alg: HS256, format: plain}
		---
		{resourceType: User, id: alice, identifier: [{system: https://auth.example.com, value: user-1}], data: {department: cardiology}}
		---
		resourceType: AccessPolicy
		engine: allow
		link: [{resourceType: User, id: box-user-id}]
		---
		resourceType: AccessPolicy
		engine: matcho
		matcho: {jwt: {iss: https://auth.example.com}, service: {\$enum: [sshd, sudo]}, user: {data: {department: cardiology}}}
	YAML
	compact HS256 hs256 https://auth.example.com >$answers
	chown alice $answers
	is "$(TEST_ANSWERS=$answers as alice sudo -A id -un)" root
}

host_start
issuer_make
openssl ecparam -name prime256v1 -genkey -noout -out $HOST/ec.key
openssl ec -in $HOST/ec.key -pubout -out $HOST/ec.pub 2>/dev/null
issuer_serve
pam_service sudo <<'PAM'
auth     required  pam_authbox.so token
account  required  pam_authbox.so token
session  required  pam_permit.so
PAM
authboxd_start
run_tests
