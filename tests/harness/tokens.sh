# Sourced by scripts that log in with tokens, after private_host.sh: an issuer
# with one RSA key.
#
#	issuer_make                 its key, after host_start
#	issuer_configure RESOURCES  /etc/authbox/tokens.yaml: the introspector
#	                            "idp" and these; reloads a daemon that runs
#	token SUB [EDIT]            a token

# shellcheck shell=bash
issuer=https://idp.example

issuer_make() {
	openssl genrsa -out "$HOST/issuer.key" 2048 2>/dev/null
	openssl rsa -in "$HOST/issuer.key" -pubout -out "$HOST/issuer.pub" 2>/dev/null
}
issuer_configure() { # RESOURCES
	cat >/etc/authbox/tokens.yaml <<-YAML
		resourceType: TokenIntrospector
		id: idp
		type: jwt
		jwt:
		  iss: $issuer
		  aud: ssh
		  keys:
		  - {kid: k1, kty: RSA, alg: RS256, format: PEM, pub: "$(
			awk '{printf "%s\\n", $0}' "$HOST/issuer.pub")"}
		---
		$1
	YAML
	chgrp authbox /etc/authbox/tokens.yaml
	chmod 640 /etc/authbox/tokens.yaml
	[ ! -e "$HOST/authboxd.pid" ] || authboxctl reload
}
base64url() {
	base64 -w 0 | tr '+/' '-_' | tr -d '='
}
# Good for ten minutes by the daemon's clock; EDIT is a sed command for its
# claims.
token() { # SUB [EDIT]
	local now payload head
	now=$(clock_now)
	head=$(printf '{"alg":"RS256","typ":"at+jwt","kid":"k1"}' | base64url)
	payload=$(printf '{"iss":"%s","sub":"%s","aud":"ssh","iat":%d,"exp":%d}' \
		$issuer "$1" "$now" $((now + 600)) | sed "${2-}" | base64url)
	printf '%s.%s.%s\n' "$head" "$payload" "$(printf '%s.%s' "$head" "$payload" |
		openssl dgst -sha256 -sign "$HOST/issuer.key" | base64url)"
}
