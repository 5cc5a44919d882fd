#!/bin/bash
# A program that is built against what `make install` puts down, and the ready
# examples, ask a real authboxd about tokens.
# time limit: 120 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

installed=$HOST/installed
# The plain build, which a program that is not sanitized can load.
plain=$(dirname "$MODULE")

compile() { # SOURCE PROGRAM
	local flags
	flags=$(PKG_CONFIG_PATH=$installed/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$installed \
		pkg-config --cflags --libs libauthbox)
	# shellcheck disable=SC2086 # they are several words
	${CC:-cc} -Wall -Wextra -Werror -o "$2" "$1" $flags
}
example() { # NAME SERVICE TOKEN
	case $1 in
	*.c) LD_LIBRARY_PATH=$installed/usr/lib "$HOST/authorize" "$2" <<<"$3" ;;
	*) "dist/examples/$1" "$2" <<<"$3" ;;
	esac
}

test_a_program_is_built_against_the_installed_library() {
	compile dist/examples/authorize.c $HOST/authorize
	has "$(objdump -p $HOST/authorize)" 'NEEDED +libauthbox\.so\.0$'
	[ -L $installed/usr/lib/libauthbox.so ]
	is "$(readlink $installed/usr/lib/libauthbox.so)" libauthbox.so.0
	is "$(PKG_CONFIG_PATH=$installed/usr/lib/pkgconfig pkg-config --modversion libauthbox)" \
		"$(authboxctl --version | cut -d ' ' -f 2)"
}
test_the_library_exports_its_header_and_no_more() {
	diff <(sed -n 's/^.*\<\(authbox_[a-z_]*\)(.*/\1/p' $installed/usr/include/authbox/client.h |
		sort -u) <(nm -D --defined-only $installed/usr/lib/libauthbox.so.0 |
		awk '$2 == "T" { sub("@.*", "", $3); print $3 }' | sort -u)
}
test_each_example_lets_in_by_a_good_token() {
	has "$(example authorize.c web "$(token alice)")" '"user":"alice".*"policy":"web-only"'
	has "$(example authorize.py web "$(token alice)")" '"user": "alice".*"policy": "web-only"'
	is "$(example authorize.sh web "$(token alice)")" 'welcome, alice'
	has "$(example introspect.sh '' "$(token alice)")" '^alice [0-9]+$'
}
test_each_example_lets_nobody_in_by_another() {
	local name
	for name in authorize.c authorize.py authorize.sh; do
		fails example $name web "$(token bob)"
		fails example $name other "$(token alice)"
		fails example $name web "$(token alice 's/"aud":"ssh"/"aud":"x"/')"
		fails example $name web 'x", "service": "web'
		fails example $name web ''
	done
	fails example introspect.sh '' "$(token alice 's/"aud":"ssh"/"aud":"x"/')"
}
test_each_example_lets_nobody_in_when_nobody_answers() {
	local name
	export AUTHBOX_SOCKET=/run/nobody.sock
	for name in authorize.c authorize.py authorize.sh introspect.sh; do
		fails example $name web "$(token alice)"
	done
}
test_uninstalling_leaves_nothing_of_it() {
	BUILD=$plain VERSION=0 DESTDIR=$installed PREFIX=/usr PAMDIR=/usr/lib/security \
		dist/install uninstall
	is "$(find $installed/usr -type f -o -type l)" ''
}

host_start
issuer_make
issuer_configure '{resourceType: User, id: alice}
---
{resourceType: User, id: bob, inactive: true}
---
{resourceType: AccessPolicy, id: web-only, engine: matcho, matcho: {service: web}}'
BUILD=$plain VERSION=$(authboxctl --version | cut -d ' ' -f 2) DESTDIR=$installed \
	PREFIX=/usr PAMDIR=/usr/lib/security dist/install install
authboxd_start
run_tests
