# verifying one token in the process, beside OpenSSL itself and other libraries
# One process, one core, nothing of the private host is used.
"$BUILD/tests/bench/jwt_bench" >"$disk/jwt"

# The rate and the ratio to the limit of a verifier.
jwt() { # ALG NAME FIELD
	awk -v alg="$1" -v name="$2" -v n="$3" \
		'$1 == alg && $2 == name {print $n; found = 1} END {if (!found) print 0}' "$disk/jwt"
}
printf '  %-10s %10s %10s %10s %10s %10s   %s\n' verified/s limit authbox cjose \
	rhonabwy libjwt '(0: does not know it)'
for alg in HS256 RS256 PS256 ES256 EdDSA; do
	printf '  %-10s' $alg
	printf ' %10s' "$(jwt $alg limit 3)" "$(jwt $alg authbox 3)" \
		"$(jwt $alg cjose 3)" "$(jwt $alg rhonabwy 3)" "$(jwt $alg libjwt 3)"
	say
done
say
while read -r alg limit peer; do
	goal "$alg, of the limit" "$(jwt $alg authbox 4)" '>=' "$limit"
	best=$(printf '%s\n' "$(jwt $alg cjose 3)" "$(jwt $alg rhonabwy 3)" \
		"$(jwt $alg libjwt 3)" | sort -n | tail -n 1)
	goal "$alg, of the best library" "$(ratio "$(jwt $alg authbox 3)" "$best")" '>=' "$peer"
done <<'GOALS'
HS256 0.20 3.5
RS256 0.85 1.3
PS256 0.85 1.35
ES256 0.93 1.08
EdDSA 0.95 1.3
GOALS
