# a flood of forged tokens with random kids: fetches, good logins, memory
: "${FORGED:=1000000}"
flood=$disk/token # where logins by token have theirs
mkdir -p "$flood"
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
good() { # p99 of good logins, us
	field 5 "$(run_load stay token-rs256 1 "$LOGINS" | tee -a "$flood/good")"
}
# p99 of good logins as long as a load of alice's runs, who is anybody.
good_beside() { # COMMAND...
	local pid
	setpriv --reuid alice --regid alice --clear-groups \
		api_bench "$@" >"$flood/load" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do good; done | median
	wait $pid
}
rate() {
	awk '{printf "%d", $1 / $2}' "$flood/load"
}
quiet() {
	for _ in $(seq "$REPEATS"); do good; done | median
}
good >"$flood/first" # the keys are fetched
before_us=$(quiet)
printf '{"method":"org.varlink.service.GetInfo"}' >"$flood/info"
chmod a+rx "$disk" "$flood" && chmod a+r "$flood/info"
beside_us=$(good_beside load /run/authbox/api.sock "$flood/info" 16 5 keep)
figure "p99 of good logins: alone, beside $(rate)/s calls of GetInfo" "$before_us $beside_us" us

rss=$(daemon_rss) fetches=$(wc -l <"$flood/fetches") began=$(date +%s)
flooded_us=$(good_beside forge /run/authbox/api.sock 16 "$FORGED")
seconds=$(($(date +%s) - began))
figure "forged tokens refused" "$(field 5 "$(cat "$flood/load")")" "($(rate)/s, $seconds s)"
goal 'of them taken for good' "$(awk '{print $1 - $5}' "$flood/load")" = 0
goal "fetches of the key set in $seconds s" \
	$(($(wc -l <"$flood/fetches") - fetches)) '<=' $((seconds / 30 + 1))
goal 'p99 of good logins, of what it is alone' "$(ratio "$flooded_us" "$before_us")" '<=' 1.10
figure 'the same, of what it is beside calls of GetInfo' "$(ratio "$flooded_us" "$beside_us")"
goal 'good logins refused' "$(awk '{n += $2} END {print n}' "$flood/good")" = 0

# The first ones made threads and their arenas, and each good login beside them
# waits five minutes for its account stage.
now=$(daemon_rss)
figure "memory of authboxd before and after them" "$rss $now" \
	"KiB, with $(awk '{n += $1} END {print n}' "$flood/good") logins"
"$BUILD/tests/bench/api_bench" load /run/authbox/api.sock "$flood/RS256.request" 16 \
	"$(awk -v s="$SECONDS_EACH" 'BEGIN {print 5 * s}')" keep >"$flood/load"
goal "growth over $(field 1 "$(cat "$flood/load")") more, good ones" \
	$(($(daemon_rss) - now)) '<=' 1024 KiB
kill $issuer
