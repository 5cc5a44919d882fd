#!/bin/bash
# Each header compiles alone, and has a guard.
set -u
: "${CFLAGS:=-std=gnu11 -D_GNU_SOURCE -Iinclude -Iauthboxd -I.}"
check() {
	# shellcheck disable=SC2086 # flags are words
	${CC:-cc} $CFLAGS -fsyntax-only -x c -include "$1" /dev/null 2>&1 ||
		echo "$1:1: does not compile alone"
	grep -q '^#ifndef [A-Z_0-9]*_H$' "$1" || echo "$1:1: has no guard"
}
export -f check
find include libauthbox pam_authbox authboxd authboxctl -name '*.h' 2>/dev/null |
	sort | CFLAGS=${CFLAGS/-MMD -MP/} xargs -P "$(nproc)" -I{} bash -c 'check {}' |
	awk '{ print; bad = 1 } END { exit bad }'
