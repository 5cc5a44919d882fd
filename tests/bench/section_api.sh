# introspection over api.sock, beside a server that only verifies the signature
api=$BUILD/tests/bench/api_bench
mkdir "$disk/api"

# For each connection one, as authboxd has: a server of fewer threads lets
# connections wait, which authboxd must not do, as any of them may stay.
floor_threads=64

# Floor and authboxd in turns: p50, p99 and calls/s of each, medians.
compare_api() { # ALG HOW
	local who socket
	: >"$disk/api/floor"
	: >"$disk/api/authbox"
	"$api" floor "$1" "$disk/api" /run/floor.sock $floor_threads &
	floor=$!
	within 5 test -S /run/floor.sock
	for _ in $(seq "$REPEATS"); do
		for who in floor authbox; do
			socket=/run/$who.sock
			[ $who = floor ] || socket=/run/authbox/api.sock
			"$api" load $socket "$disk/api/$1.request" 16 "$SECONDS_EACH" "$2" \
				>>"$disk/api/$who"
		done
	done
	kill $floor
	wait $floor 2>/dev/null || true
	rm /run/floor.sock
	for who in floor authbox; do
		printf '  %-30s %8d %8d %9d %7d\n' "$1 $2 $who" \
			"$(awk '{print $3}' "$disk/api/$who" | median)" \
			"$(awk '{print $4}' "$disk/api/$who" | median)" \
			"$(awk '{printf "%d\n", $1 / $2}' "$disk/api/$who" | median)" \
			"$(awk '{n += $5} END {print n}' "$disk/api/$who")"
	done
	paste -d ' ' "$disk/api/authbox" "$disk/api/floor" >"$disk/api/both"
	goal "$1 $2, calls/s of the floor" \
		"$(awk '{printf "%.3f\n", ($1 / $2) / ($6 / $7)}' "$disk/api/both" | median)" '>=' 0.8
	goal "$1 $2, p99 of the floor" \
		"$(awk '{printf "%.3f\n", $4 / $9}' "$disk/api/both" | median)" '<=' 2
}

printf '  %-30s %8s %8s %9s %7s\n' '16 connections' 'p50 us' 'p99 us' calls/s refused
for alg in RS256 ES256; do
	token_issuer $alg "$disk/api"
	authbox_real_on 64
	"$api" ask /run/authbox/api.sock "$disk/api/$alg.request" >"$disk/api/$alg.reply"
	grep -q '"active":true.*"user":"bench0"' "$disk/api/$alg.reply"
	compare_api $alg keep
	compare_api $alg connect
	authboxd_stop
done
