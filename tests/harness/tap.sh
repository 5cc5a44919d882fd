# Sourced by shell tests. A test is a function test_SENTENCE; run_tests runs
# all of the script's, in the order of the file, each in a shell of its own with
# `set -e`, and says in TAP how it went; what a failed one printed follows. A
# function finally_SENTENCE of a harness comes last.

# shellcheck shell=bash
tap_names() {
	sed -n 's/^\(test_[a-z0-9_]*\)() {.*/\1/p' "$0"
	declare -F | sed -n 's/^declare -f \(finally_\)/\1/p'
}

run_tests() {
	local name number=0 failed=0 said
	said=$(mktemp)
	echo "1..$(tap_names | wc -l)"
	for name in $(tap_names); do
		number=$((number + 1))
		(
			set -eE
			trap 'echo "failed: ${FUNCNAME[0]-$0}, ${BASH_SOURCE[0]##*/} line $LINENO"' ERR
			"$name"
		) >"$said" 2>&1
		# Not in a condition: that would switch `set -e` off inside.
		# shellcheck disable=SC2181
		if [ $? -eq 0 ]; then
			echo "ok $number - ${name#test_}"
		else
			echo "not ok $number - ${name#test_}"
			sed 's/^/# /' "$said"
			failed=1
		fi
	done
	rm -f "$said"
	return $failed
}

# Checks for use in tests; each says what was expected.
is() { # GOT EXPECTED
	[ "$1" = "$2" ] || {
		printf 'got:      %s\nexpected: %s\n' "$1" "$2"
		return 1
	}
}
has() { # TEXT PATTERN (extended regular expression)
	grep -Eq -- "$2" <<<"$1" || {
		printf 'no match for %s in:\n%s\n' "$2" "$1"
		return 1
	}
}
has_not() { # TEXT PATTERN
	! grep -Eq -- "$2" <<<"$1" || {
		printf 'an unwanted match for %s in:\n%s\n' "$2" "$1"
		return 1
	}
}
fails() { # COMMAND...: its output stays; its status must not be 0
	if "$@"; then
		echo "should have failed: $*"
		return 1
	fi
}
# Try again every 20 ms until it succeeds, at most SECONDS.
within() { # SECONDS COMMAND...
	local end=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%N)" -lt "$end" ] || {
			echo "did not happen in time: $*"
			return 1
		}
		sleep 0.02
	done
}
