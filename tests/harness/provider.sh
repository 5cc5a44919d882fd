# Sourced, in place of private_host.sh, by a script that needs a real identity
# provider: the certified oidc-provider, over TLS on loopback of the private
# host, with a CA of its own.
#
#	. tests/harness/provider.sh
#	host_start
#	provider_start              or: provider_start '{"clients": [...], ...}'
#	token=$(provider_token jwt alice)
#
# A configuration takes the place of the members of the default one that it
# names: see provider_defaults. Where things are:
#
#	$ISSUER                     what to write as `issuer` or `jwt.iss`
#	$PROVIDER/ca.pem            what to write as `tls.ca`
#	$PROVIDER/requests          a line "METHOD PATH STATUS" for each request
#	$PROVIDER/log               what it says itself
#	$PROVIDER/client.{key,crt}  for mTLS, subject CN=mtls; signed by the CA
#	$PROVIDER/own.{key,crt}     for mTLS, signed by itself and known to the provider
#	$PROVIDER/jwt.{key,pem}     for private_key_jwt (an EC key and its public one)
#
# Its endpoints: /.well-known/openid-configuration, /jwks, /token, /me,
# /token/introspection, /token/revocation, /device/auth, /device.
#
# Accounts are alice, bob and carol; a token for another one can be had too, but
# userinfo does not know him. What only a test can do:
#
#	provider_token jwt|opaque ACCOUNT [MEMBERS]     an access token, as JSON
#	        members besides: "aud" ("ssh"), "client", "scope", "ttl" (600),
#	        "alg" (RS256, ES256, EdDSA), "claims" and "head": what it says, also
#	        in place of what it would. The provider knows its JWTs too: for
#	        userinfo, introspection, revocation.
#	provider_id_token ACCOUNT [MEMBERS]             "client", "claims"
#	provider_account ACCOUNT CLAIMS                 what userinfo says from now;
#	        "token" in it: what access tokens carry; without CLAIMS he is gone
#	provider_revoke TOKEN                           by the real endpoint
#	provider_rotate [forget]                        new keys; the old ones stay in
#	        the set unless told to forget them
#	provider_device CODE approve|deny ACCOUNT       what the person decides
#	... | decide approve|deny ACCOUNT               the same, by the text on
#	        standard input that shows the code; for programs, too
#	provider_asked PATH                             how often, as a number
#	provider_stop; provider_start                   an outage; the keys stay,
#	        opaque tokens are forgotten

# shellcheck shell=bash
: "${BUILD:=build}" "${SANITIZE:=}"
PROVIDER_BUILD=$BUILD
[ -z "$SANITIZE" ] || PROVIDER_BUILD=$(dirname "$BUILD")
# The private host has no network; so this comes before it.
[ -n "${PRIVATE_HOST-}" ] || tests/provider/install "$PROVIDER_BUILD/provider" || {
	echo "Bail out! the provider's modules cannot be installed; make deps"
	exit 1
}
# shellcheck source=tests/harness/private_host.sh
. tests/harness/private_host.sh

PROVIDER=$HOST/provider
ISSUER=https://idp.example:8443

provider_defaults() {
	local redirect='"redirect_uris": ["https://app.example/"]'
	cat <<-JSON
		{
		  "issuer": "$ISSUER",
		  "deviceInterval": 1,
		  "accounts": {
		    "alice": {"name": "Alice A.", "email": "alice@example.org",
		      "email_verified": true, "preferred_username": "alice",
		      "groups": ["staff"]},
		    "bob": {"email": "bob@example.org", "email_verified": true,
		      "preferred_username": "bob"},
		    "carol": {"email": "carol@example.org", "email_verified": false,
		      "preferred_username": "carol"}
		  },
		  "clients": [
		    {"client_id": "app", "client_secret": "app's secret: 100%+",
		      "token_endpoint_auth_method": "client_secret_basic", $redirect,
		      "grant_types": ["authorization_code", "refresh_token",
		        "client_credentials",
		        "urn:ietf:params:oauth:grant-type:device_code"]},
		    {"client_id": "basic:id", "client_secret": "b+s %3A&~",
		      "token_endpoint_auth_method": "client_secret_basic", $redirect},
		    {"client_id": "post", "client_secret": "p&s=100%",
		      "token_endpoint_auth_method": "client_secret_post", $redirect},
		    {"client_id": "jwt", "token_endpoint_auth_method": "private_key_jwt",
		      "token_endpoint_auth_signing_alg": "ES256",
		      "jwks": {"keys": [$(provider_public_jwk "$PROVIDER/jwt.pem")]}, $redirect},
		    {"client_id": "mtls", "token_endpoint_auth_method": "tls_client_auth",
		      "tls_client_auth_subject_dn": "CN=mtls", $redirect},
		    {"client_id": "own", $redirect,
		      "token_endpoint_auth_method": "self_signed_tls_client_auth",
		      "jwks": {"keys": [$(provider_public_jwk "$PROVIDER/own.crt")]}},
		    {"client_id": "ssh", "client_secret": "s", $redirect},
		    {"client_id": "public", "token_endpoint_auth_method": "none", $redirect,
		      "grant_types": ["authorization_code",
		        "urn:ietf:params:oauth:grant-type:device_code"]}
		  ],
		  "resources": {
		    "urn:test:ssh": {"audience": "ssh", "format": "jwt"},
		    "urn:test:opaque": {"audience": "ssh", "format": "opaque"}
		  }
		}
	JSON
}
provider_public_jwk() { # PEM: of a key, or a certificate, which then stands in it
	node -p 'const pem = require("node:fs").readFileSync(process.argv[1], "utf8");
		JSON.stringify({
		  ...require("node:crypto").createPublicKey(pem).export({format: "jwk"}),
		  ...(pem.includes("CERTIFICATE") &&
		    {x5c: [pem.replace(/-----.*-----|\n/g, "")]})})' "$1"
}
provider_certificate() { # NAME SUBJECT [EXTENSION]: a key and what the CA says of it
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-subj "/CN=$2" -keyout "$PROVIDER/$1.key" -out "$PROVIDER/$1.csr"
	printf '%s\n' "${3-}" >"$PROVIDER/$1.ext"
	openssl x509 -req -in "$PROVIDER/$1.csr" -CA "$PROVIDER/ca.pem" \
		-CAkey "$PROVIDER/ca.key" -CAcreateserial -days 2 \
		-extfile "$PROVIDER/$1.ext" -out "$PROVIDER/$1.crt"
}
provider_make_keys() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-subj '/CN=test CA' -days 2 -keyout "$PROVIDER/ca.key" -out "$PROVIDER/ca.pem"
	provider_certificate tls idp.example 'subjectAltName = DNS:idp.example'
	provider_certificate client mtls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-subj '/CN=own' -days 2 -keyout "$PROVIDER/own.key" -out "$PROVIDER/own.crt"
	openssl ecparam -genkey -noout -name prime256v1 -out "$PROVIDER/jwt.key"
	openssl ec -in "$PROVIDER/jwt.key" -pubout -out "$PROVIDER/jwt.pem"
}

provider_start() { # [JSON]
	mkdir -p "$PROVIDER"
	[ -e "$PROVIDER/ca.pem" ] || provider_make_keys 2>/dev/null
	chmod 644 "$PROVIDER/ca.pem"
	grep -q idp.example /etc/hosts || echo '127.0.0.1 idp.example' >>/etc/hosts
	[ -e "$PROVIDER/config.json" ] && [ $# -eq 0 ] ||
		node -p 'JSON.stringify(Object.assign(...process.argv.slice(1).map(JSON.parse)))' \
			"$(provider_defaults)" "${1:-{\}}" >"$PROVIDER/config.json"
	rm -f "$PROVIDER/ready"
	node tests/provider/provider.js "$PROVIDER" "$PROVIDER_BUILD/provider/node_modules" \
		>>"$PROVIDER/log" 2>&1 &
	echo $! >"$PROVIDER/pid"
	within 20 test -e "$PROVIDER/ready" || {
		cat "$PROVIDER/log"
		return 1
	}
}
provider_stop() {
	local pid
	pid=$(cat "$PROVIDER/pid")
	kill "$pid"
	within 10 test ! -e "/proc/$pid/exe"
}

provider_control() { # NAME JSON...: objects of which the last one counts most
	local name=$1
	shift
	node tests/provider/control.js "$PROVIDER/control" "$name" "$@"
}
provider_token() { # jwt|opaque ACCOUNT [JSON]
	provider_control token "{\"format\": \"$1\", \"account\": \"$2\"}" "${3:-{\}}"
}
provider_id_token() { # ACCOUNT [JSON]
	provider_control id_token "{\"account\": \"$1\"}" "${2:-{\}}"
}
provider_account() { # ACCOUNT [CLAIMS]
	provider_control account "{\"account\": \"$1\"${2:+, \"claims\": $2}}"
}
provider_rotate() { # [forget]
	provider_control rotate "{\"forget\": \"${1-}\"}"
}
provider_device() { # CODE approve|deny ACCOUNT
	provider_control device \
		"{\"code\": \"$1\", \"answer\": \"$2\", \"account\": \"${3-}\"}"
}
decide() { # approve|deny ACCOUNT
	local code
	code=$(sed -n 's/.*Code  \([A-Z0-9-]*\).*/\1/p' | tail -n 1)
	provider_device "$code" "$1" "$2" >&2
}
export -f decide provider_device provider_control
export PROVIDER
provider_revoke() { # TOKEN
	curl -sS --fail --cacert "$PROVIDER/ca.pem" --user "app:app%27s+secret%3A+100%25%2B" \
		--data-urlencode "token=$1" "$ISSUER/token/revocation"
}
provider_asked() { # PATH
	grep -c " $1 " "$PROVIDER/requests" || true
}
