# Sourced by scripts that log in with tokens, after private_host.sh: an issuer
# with one RSA key.
#
#	issuer_make                 its key, after host_start
#	issuer_configure RESOURCE...  /etc/authbox/tokens.yaml: the introspector
#	                            "idp" and these; reloads a daemon that runs
#	token SUB [EDIT]            a token
#	token_of_bytes SUB BYTES    one of that length
#	token_expired SUB, token_forged SUB

# shellcheck shell=bash
issuer=https://idp.example

issuer_make() {
	openssl genrsa -out "$HOST/issuer.key" 2048 2>/dev/null
	openssl rsa -in "$HOST/issuer.key" -pubout -out "$HOST/issuer.pub" 2>/dev/null
}
issuer_configure() { # RESOURCE...
	{
		cat <<-YAML
			resourceType: TokenIntrospector
			id: idp
			type: jwt
			jwt:
			  iss: $issuer
			  aud: ssh
			  keys:
			  - {kid: k1, kty: RSA, alg: RS256, format: PEM, pub: "$(
				awk '{printf "%s\\n", $0}' "$HOST/issuer.pub")"}
		YAML
		printf -- '---\n%s\n' "$@"
	} >/etc/authbox/tokens.yaml
	chgrp authbox /etc/authbox/tokens.yaml
	chmod 640 /etc/authbox/tokens.yaml
	[ ! -e "$HOST/authboxd.pid" ] || authboxctl reload
}
base64url() {
	base64 -w 0 | tr '+/' '-_' | tr -d '='
}
# Good for ten minutes by the daemon's clock; EDIT is a sed command for its
# claims, BLANKS stand within the header.
token() { # SUB [EDIT [BLANKS]]
	local now payload head
	now=$(clock_now)
	head=$(printf '{"alg":"RS256",%s"typ":"at+jwt","kid":"k1"}' "${3-}" | base64url)
	payload=$(printf '{"iss":"%s","sub":"%s","aud":"ssh","iat":%d,"exp":%d}' \
		$issuer "$1" "$now" $((now + 600)) | sed "${2-}" | base64url)
	printf '%s.%s.%s\n' "$head" "$payload" "$(printf '%s.%s' "$head" "$payload" |
		openssl dgst -sha256 -sign "$HOST/issuer.key" | base64url)"
}
# Exactly BYTES bytes, 600 or more.
token_of_bytes() { # SUB BYTES
	local blanks filler made left size
	filler=$(head -c "$2" /dev/urandom | base64 -w 0 | tr -d '+/=')
	left=$(($2 - $(token "$1" 's/}$/,"pad":""}/' | wc -c) + 1))
	# Not every length of base64 exists, so the header makes up for the rest.
	for blanks in '' ' ' '  '; do
		for ((size = left * 3 / 4 - 3; size <= left * 3 / 4 + 1; size++)); do
			made=$(token "$1" "s/}\$/,\"pad\":\"${filler:0:size}\"}/" "$blanks")
			[ ${#made} -ne "$2" ] || break 2
		done
	done
	printf '%s\n' "$made"
	[ ${#made} -eq "$2" ]
}
token_expired() { # SUB
	token "$1" 's/"exp":[0-9]*/"exp":1/'
}
# The issuer's signature is there, of another token.
token_forged() { # SUB
	printf '%s.%s\n' "$(token "$1" | cut -d . -f 1,2)" "$(token x | cut -d . -f 3)"
}
