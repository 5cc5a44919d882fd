# a flood of forged tokens with random kids: fetches, good logins, memory
: "${FORGED:=1000000}"
PAUSE_MS=$(sed -n 's/^#define HOLD_BACK_MS *//p' authboxd/wire/hold_back.h)
flood=$disk/token # where logins by token have theirs
mkdir -p "$flood/other"
google_on
service token-rs256 'pam_authbox.so token'
token_issuer RS256 "$flood"
cp "$BUILD/tests/bench/api_bench" /usr/local/sbin/

# The issuer publishes the same key; each request to it is a line.
python3 - "$flood/RS256.jwks" >"$flood/fetches" 2>&1 <<'PYTHON' &
import http.server, sys
keys = open(sys.argv[1], "rb").read()
class Issuer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("fetch", flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(keys)))
        self.end_headers()
        self.wfile.write(keys)
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", 8099), Issuer).serve_forever()
PYTHON
issuer=$!
cat >/etc/authbox/issuer.yaml <<'YAML'
resourceType: TokenIntrospector
id: bench
type: jwt
jwks_uri: http://127.0.0.1:8099/jwks
jwt: {iss: https://auth.example.com, aud: [https://ssh.example.com]}
---
{resourceType: User, id: bench0}
---
{resourceType: AccessPolicy, id: all, engine: allow}
YAML
authbox_real_on 64
chmod a+rx "$disk" "$flood"

# Good logins, LOGINS at a time with a breath between; their p99 goes to a file.
# They are measured in three surroundings, in turns, since the machine's other
# work changes: alone; beside a client that forges tokens and sends them to a
# server that only waits as long as authboxd does and answers, so that the
# client's own work is there and authboxd's is not; beside the same client
# sending them to authboxd.
good() { # SURROUNDINGS
	field 5 "$(run_load stay token-rs256 1 "$LOGINS" | tee -a "$flood/good")" \
		>>"$flood/p99.$1"
	sleep 0.2
}
good_beside() { # SURROUNDINGS SOCKET COUNT of tokens, by alice, who is anybody
	local pid
	setpriv --reuid alice --regid alice --clear-groups \
		api_bench forge "$2" 16 "$3" >"$flood/load" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do good "$1"; done
	wait $pid
	tail -n 1 "$flood/load" >>"$flood/load.$1"
}
p99() { # SURROUNDINGS
	median <"$flood/p99.$1"
}
sum() { # FIELD of the loads against authboxd
	awk -v n="$1" '{s += $n} END {printf "%d", s}' "$flood/load.forged"
}
rate() { # SURROUNDINGS
	awk '{n += $1; s += $2} END {printf "%d", n / s}' "$flood/load.$1"
}
good first # the keys are fetched
forged_one() {
	setpriv --reuid alice --regid alice --clear-groups \
		api_bench ask /run/authbox/api.sock "$flood/forged.request"
}
api_bench make RS256 "$flood/other" # another key of the same name
cp "$flood/other/RS256.request" "$flood/forged.request"
chmod a+r "$flood/forged.request"
forged_one >"$flood/refusal"
api_bench idle "$flood/refusal" "$flood/idle.sock" 16 "$PAUSE_MS" &
idle=$!
for _ in $(seq 100); do [ -S "$flood/idle.sock" ] && break; sleep 0.05; done
chmod a+rw "$flood/idle.sock"

fetches=$(wc -l <"$flood/fetches") began=$(date +%s)
printf '  %9s %10s   (memory of authboxd)\n' tokens KiB
printf '  %9d %10d\n' 0 "$(daemon_rss)"
for turn in $(seq 10); do
	for _ in 1 2 3 4 5; do good alone; done
	good_beside idle "$flood/idle.sock" $((FORGED / 50))
	good_beside forged /run/authbox/api.sock $((FORGED / 10))
	printf '  %9d %10d\n' $((FORGED / 10 * turn)) "$(daemon_rss)"
	[ "$turn" != 1 ] || tenth=$(daemon_rss)
	[ "$turn" != 5 ] || half=$(daemon_rss)
done
seconds=$(($(date +%s) - began))
kill $idle

figure 'forged tokens refused' "$(sum 5)" "($(rate forged)/s, $seconds s)"
goal 'of them taken for good' $(($(sum 1) - $(sum 5))) = 0
goal "fetches of the key set in $seconds s" \
	$(($(wc -l <"$flood/fetches") - fetches)) '<=' $((seconds / 30 + 1))
figure 'p99 of good logins alone' "$(p99 alone)" us
figure "beside the client and no authboxd ($(rate idle)/s)" "$(p99 idle)" us
figure "beside the client and authboxd ($(rate forged)/s)" "$(p99 forged)" us
figure 'logins of each' \
	"$(for s in alone idle forged; do echo $(($(wc -l <"$flood/p99.$s") * LOGINS)); done | xargs)"
goal 'p99 beside the flood, of beside its client' \
	"$(ratio "$(p99 forged)" "$(p99 idle)")" '<=' 1.10
goal 'p99 beside the flood, of alone' \
	"$(ratio "$(p99 forged)" "$(p99 alone)")" '<=' 1.10
goal 'good logins refused' "$(awk '{n += $2} END {print n}' "$flood/good")" = 0
# Threads and their arenas come with the first; each good login waits for its
# account stage, until as many wait as may.
goal 'growth from 10 to 100 % of the tokens' \
	$(($(daemon_rss) - tenth)) '<=' 4096 KiB
goal 'growth from 50 to 100 % of the tokens' \
	$(($(daemon_rss) - half)) '<=' 1024 KiB
now=$(daemon_rss)
"$BUILD/tests/bench/api_bench" load /run/authbox/api.sock "$flood/RS256.request" 16 \
	"$(awk -v s="$SECONDS_EACH" 'BEGIN {print 5 * s}')" keep >"$flood/load"
goal "growth over $(field 1 "$(cat "$flood/load")") more, good ones" \
	$(($(daemon_rss) - now)) '<=' 1024 KiB
kill $issuer
