#!/bin/bash
# What dist/install-packages does to a machine, with the programs of a Debian
# played by this script: nothing of what only tests want is left running.
# time limit: 30 s
# not sanitized: it runs shell scripts
. tests/harness/tap.sh

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
mkdir "$DIR/bin"
# A machine that has what is in $DIR/has, and writes down what is done to it.
cat >"$DIR/bin/dpkg-query" <<'END'
#!/bin/sh
grep -qx "$4" "$MACHINE/has" && echo installed
END
for name in apt-get systemctl; do
	printf '#!/bin/sh\necho "%s $*" >>"$MACHINE/done"\n' $name >"$DIR/bin/$name"
done
chmod +x "$DIR/bin"/*
export MACHINE=$DIR PATH=$DIR/bin:$PATH
cat >"$DIR/list" <<'END'
# a remark
gcc
web=web.service # a server
db=db.service
node:sh
npm:no-such-command
END

install_on() { # PACKAGES that are there
	printf '%s\n' "$@" >"$DIR/has"
	: >"$DIR/done"
	dist/install-packages "$DIR/list" >"$DIR/said"
}

test_what_is_missing_is_installed() {
	install_on nothing
	has "$(cat "$DIR/done")" '^apt-get -qy install --no-install-recommends gcc web db npm$'
}
test_a_server_that_was_not_there_stays_off() {
	install_on gcc db
	has "$(cat "$DIR/done")" '^systemctl -q disable web.service$'
	has "$(cat "$DIR/said")" 'web.service stays off'
}
test_a_server_that_was_there_is_left_alone() {
	install_on gcc web
	has_not "$(cat "$DIR/done")" 'web'
	has "$(cat "$DIR/done")" '^systemctl -q disable db.service$'
}
test_where_all_is_there_nothing_is_done() {
	install_on gcc web db npm
	is "$(cat "$DIR/done")$(cat "$DIR/said")" ''
}
test_a_host_in_use_gets_no_server() {
	has_not "$(cat dist/packages-build)" '=|^(nginx|postgresql|dovecot|openssh-server|nodejs)'
	has "$(cat README.md)" 'install-packages dist/packages-build && make'
}
run_tests
