# PAM logins by access token, beside pam_google_authenticator
mkdir -p "$disk/token"
google_on
for alg in RS256 ES256; do
	case=token-$(tr A-Z a-z <<<$alg) # libpam reads service names so
	service "$case" 'pam_authbox.so token'
	token_issuer $alg "$disk/token"
	authbox_real_on 64
	compare "one after the other" stay 1 "$LOGINS" google "$case"
	goal "$alg, p50 of pam_google_authenticator" "$(ratio_of "$case" p50)" '<=' 0.5
	goal "$alg, good tokens refused" "$(ratio_of "$case" refused)" = 0
	authboxd_stop
done
