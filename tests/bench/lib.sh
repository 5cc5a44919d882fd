# What the sections of tests/bench/run share: stacks, stores, loads, figures.

# shellcheck shell=bash
: "${REPEATS:=5}" "${LOGINS:=500}" "${USERS:=100000}" "${ROUNDS:=10000}"
: "${SECONDS_EACH:=2}"

load=$BUILD/tests/bench/pam_load
key=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
start=2000000010

say() {
	printf '%s\n' "$*"
}

# --- figures ---

ratio() { # A B
	awk -v a="$1" -v b="$2" 'BEGIN{printf "%.3f", b ? a / b : 0}'
}
field() { # N LINE
	awk -v n="$1" '{print $n}' <<<"$2"
}
median() { # of lines on standard input
	sort -n | awk '{v[NR] = $1} END{print v[int((NR + 1) / 2)]}'
}
# A figure beside its goal: "  what  0.73  goal <= 0.80  met".
goal() { # WHAT FIGURE <=|>=|= LIMIT [UNIT]
	local verdict
	verdict=$(awk -v f="$2" -v op="$3" -v l="$4" 'BEGIN {
		met = op == "<=" ? f + 0 <= l + 0 : op == ">=" ? f + 0 >= l + 0 : f + 0 == l + 0
		print met ? "met" : "MISSED" }')
	printf '  %-52s %10s %-4s goal %2s %-7s %s\n' \
		"$1" "$2" "${5-}" "$3" "$4" "$verdict" | tee -a "$disk/goals"
}
figure() { # WHAT FIGURE [UNIT]
	printf '  %-52s %10s %s\n' "$1" "$2" "${3-}"
}

# --- the host ---

# Once, before the sections.
bench_start() {
	disk=$(mktemp -d /var/tmp/authbox-bench-XXXXXX)
	chmod 755 "$disk"
	trap 'rm -rf "$disk"' EXIT
	: >"$disk/goals"
	printf '%s required pam_deny.so\n' auth account password session |
		pam_service other
	for i in $(seq 0 255); do
		printf 'bench%d:x:%d:%d::/:/bin/false\n' \
			"$i" $((30000 + i)) $((30000 + i))
	done >>/etc/passwd
	oathtool --totp -b --now "@$start" -w $((ROUNDS + 100000)) $key \
		>"$disk/codes"
}
# After each section: what it started is gone, and so is its configuration.
section_end() {
	[ ! -e "$HOST/authboxd.pid" ] || authboxd_stop
	rm -f /etc/authbox/*
}

# A PAM service bench-CASE with one line for auth, and the clock of its codes.
service() { # CASE LINE
	printf 'auth required %s\naccount required pam_permit.so\n' "$2" |
		pam_service "bench-$1"
	echo "=$start" >"$disk/clock.$1"
	chmod 644 "$disk/clock.$1"
}
# pam_google_authenticator as its wizard sets it: bench0 to bench63.
google_on() {
	local i
	rm -rf "$disk/google"
	mkdir "$disk/google"
	for i in $(seq 0 63); do
		printf '%s\n" RATE_LIMIT 3 30\n" WINDOW_SIZE 3\n" DISALLOW_REUSE\n" TOTP_AUTH\n' \
			$key >"$disk/google/bench$i"
	done
	chmod -R go= "$disk/google"
	# shellcheck disable=SC2016
	service google 'pam_google_authenticator.so user=root secret='"$disk"'/google/${USER}'
}
oath_on() { # COUNT users in pam_oath's file
	local hex
	hex=$(base32 -d <<<$key | od -An -tx1 | tr -d ' \n')
	rm -rf "$disk/oath$1"
	mkdir "$disk/oath$1"
	seq 0 $(($1 - 1)) | sed "s/.*/HOTP\/T30 bench& - $hex/" >"$disk/oath$1/users"
	chmod 600 "$disk/oath$1/users"
	service "oath$1" "pam_oath.so usersfile=$disk/oath$1/users window=3 digits=6"
}
# authboxd with COUNT enrolled users, bench0 and on, whose codes the services
# bench-authbox, bench-authbox-wide and (at the socket) "authbox-bare" take.
authbox_on() { # COUNT [ARGUMENTS...]
	local count=$1 case
	shift
	if [ ! -e "$disk/state$count" ]; then
		"$BUILD/tests/bench/store_seed" "$disk/state$count" bench "$count" 30000 $key
		chown -R authbox:authbox "$disk/state$count" "$disk/state$count-key"
	fi
	cat >/etc/authbox/bench.yaml <<-'YAML'
		{resourceType: AuthConfig, id: usual}
		---
		# A login that waits while others move the clock on must not be late.
		{resourceType: AuthConfig, id: wide, twoFactor: {validPastTokensCount: 10}}
	YAML
	# Time goes on in each store, whoever used it before.
	if [ ! -e "$disk/clock.$count" ]; then
		service authbox 'pam_authbox.so totp config=usual'
		service authbox-wide 'pam_authbox.so totp config=wide'
		mv "$disk/clock.authbox" "$disk/clock.$count"
	fi
	python3 -c 'import struct, sys
line = open(sys.argv[1]).read()
open(sys.argv[1] + ".mapped", "wb").write(struct.pack("q", int(line[1:])))' \
		"$disk/clock.$count"
	for case in authbox authbox-wide authbox-bare; do
		ln -f "$disk/clock.$count" "$disk/clock.$case"
		ln -f "$disk/clock.$count.mapped" "$disk/clock.$case.mapped"
	done
	export AUTHBOX_CLOCK_MAPPED=$disk/clock.authbox.mapped
	authboxd_start --state-dir "$disk/state$count" "$@"
	DAEMON=$(pgrep -P "$(cat "$HOST/authboxd.pid")" -x authboxd)
}
# The same by the real clock, for what takes no codes: the authboxd that is
# installed, which reads no file to know the time.
authbox_real_on() { # COUNT [ARGUMENTS...]
	mount --bind "$BUILD/authboxd" /usr/local/sbin/authboxd
	authbox_on "$@"
	umount -l /usr/local/sbin/authboxd
}
# A token of bench0 in FOLDER/ALG.token, made by a key that authboxd knows, and a
# policy that lets it in (see api_bench.c for the other files).
token_issuer() { # ALG FOLDER
	local kty
	case $1 in RS* | PS*) kty=RSA ;; ES*) kty=EC ;; *) kty=OKP ;; esac
	"$BUILD/tests/bench/api_bench" make "$1" "$2"
	cat >/etc/authbox/issuer.yaml <<-YAML
		resourceType: TokenIntrospector
		id: bench
		type: jwt
		jwt:
		  iss: https://auth.example.com
		  aud: [https://ssh.example.com]
		  keys:
		    - kty: $kty
		      alg: $1
		      format: PEM
		      pub: |
		$(sed 's/^/        /' "$2/$1.pem")
		---
		{resourceType: User, id: bench0}
		---
		{resourceType: AccessPolicy, id: all, engine: allow}
	YAML
}
daemon_rss() { # KiB
	awk '/^VmRSS/{print $2}' "/proc/$DAEMON/status"
}
counter() { # NAME of authboxctl stats
	authboxctl --json stats | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -n 1
}

# --- loads ---

# One load: "allowed refused seconds p50 p99 [most]". For cases token-ALG the
# token in $disk/token is typed, for all others a code.
run_load() { # MODE CASE PROCESSES LOGINS
	local kind=own service=bench-$2 codes=$disk/codes
	case $2 in token-*) codes=$(tr a-z A-Z <<<"${2#token-}") codes=$disk/token/$codes.token ;; esac
	case $2 in authbox*) kind=shared ;; esac
	[ "$2" != authbox-bare ] || service=/run/authbox/pam.sock
	"$load" "$1" "$service" "$3" "$4" "$codes" "$disk/clock.$2" $kind
}
# Each case in turn, REPEATS times, and a table with the medians; leaves the
# medians of the ratios to the first case, repeat by repeat, in
# $disk/ratio.CASE: "p50 p99 logins/s refused".
compare() { # TITLE MODE PROCESSES LOGINS CASES...
	local title=$1 mode=$2 processes=$3 logins=$4 first=$5 case
	shift 4
	rm -f "$disk"/result.*
	for _ in $(seq "$REPEATS"); do
		for case in "$@"; do
			run_load "$mode" "$case" "$processes" "$logins" >>"$disk/result.$case"
		done
	done
	say
	printf '  %-30s %8s %8s %9s %7s  ratio to %s: p50, p99, logins/s\n' \
		"$title" 'p50 us' 'p99 us' 'logins/s' refused "$first"
	for case in "$@"; do
		paste -d ' ' "$disk/result.$case" "$disk/result.$first" |
			awk -v name="$case" -v ratios="$disk/ratio.$case" \
				-f tests/bench/compare.awk
	done
}
ratio_of() { # CASE p50|p99|rate|refused
	local n
	case $2 in p50) n=1 ;; p99) n=2 ;; rate) n=3 ;; refused) n=4 ;; esac
	field "$n" "$(cat "$disk/ratio.$1")"
}
