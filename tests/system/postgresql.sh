#!/bin/bash
# A real PostgreSQL whose pg_hba.conf says "pam": the password that libpq sends is
# an access token, and the server asks PAM as its own user, postgres. The lines
# for PAM are those of dist/pam.
# time limit: 120 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

DATA=/run/postgresql/data
postgres_start() {
	local bin
	bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	install -d -o postgres -g postgres /run/postgresql
	as_postgres "$bin/initdb" -D $DATA -A peer -N >/dev/null
	cat >>$DATA/postgresql.conf <<-CONF
		unix_socket_directories = '/run/postgresql'
		listen_addresses = '127.0.0.1'
		max_connections = 150
		fsync = off
	CONF
	cat >$DATA/pg_hba.conf <<-CONF
		local  all  postgres  peer
		host   all  all  127.0.0.1/32  pam
	CONF
	as_postgres "$bin/pg_ctl" -D $DATA -w -l /run/postgresql/log start >/dev/null
	as_postgres psql -q -c 'CREATE ROLE alice LOGIN' -c 'CREATE ROLE bob LOGIN' \
		-c 'CREATE ROLE reports LOGIN' -c 'CREATE ROLE stranger LOGIN'
}
as_postgres() { # COMMAND...
	setpriv --reuid postgres --regid postgres --clear-groups env -i -C / \
		PATH="$PATH" LC_ALL=C.UTF-8 PGHOST=/run/postgresql "$@"
}
# Prints who one is there.
ask() { # ROLE PASSWORD
	env -i PATH="$PATH" PGPASSWORD="$2" PGSSLMODE=disable PGCONNECT_TIMEOUT=20 \
		psql -h 127.0.0.1 -d postgres -U "$1" -w -Atc 'SELECT current_user' 2>&1
}
refused() { # ROLE PASSWORD REASON
	local records
	records=$(grep -c . $HOST/authboxd.log)
	has "$(fails ask "$1" "$2")" 'PAM authentication failed for user'
	has "$(tail -n +$((records + 1)) $HOST/authboxd.log)" "authbox_reason=$3"
}
# The record that says so: the peer is no root, the address is libpq's.
last_record() {
	grep 'service=postgresql' $HOST/authboxd.log | tail -n 1
}

host_start
issuer_make
heart='{resourceType: AccessPolicy, id: heart, engine: matcho, matcho:
	{service: postgresql, user: {data: {department: cardiology}}}}'
configure() { # POLICY
	issuer_configure '{resourceType: Client, id: database, peers: [postgres], services: [postgresql]}' \
		'{resourceType: User, id: alice, data: {department: cardiology}}' \
		'{resourceType: User, id: bob, data: {department: surgery}}' \
		'{resourceType: User, id: reports, data: {department: cardiology}}' "$1"
}
configure "$heart"
cp dist/pam/postgresql /etc/pam.d/postgresql
authboxd_start
postgres_start

test_a_token_is_the_password() {
	is "$(ask alice "$(token alice)")" alice
	has "$(last_record)" 'AccessPolicy heart'
}
test_a_role_needs_no_unix_account() {
	fails getent passwd reports
	is "$(ask reports "$(token reports)")" reports
}
test_a_token_of_another_user_is_refused() {
	refused alice "$(token bob)" token-other-user
	refused reports "$(token alice)" token-other-user
	refused stranger "$(token stranger)" token-no-user
}
test_a_token_that_is_not_good_is_refused() {
	refused alice "$(token_expired alice)" token-expired
	refused alice "$(token alice 's/"aud":"ssh"/"aud":"web"/')" token-audience
	refused alice "$(token_forged alice)" token-signature
	refused alice "alice's password" token-malformed
	refused alice 492039 token-malformed
}
test_the_policy_may_say_no() {
	refused bob "$(token bob)" policy-denied
}
# Only root's programs are believed where somebody comes from.
test_a_policy_does_not_take_the_servers_word_for_an_address() {
	configure '{resourceType: AccessPolicy, id: near, engine: matcho, matcho:
		{service: postgresql, network: {$contains: 127.0.0.0/8}}}'
	refused alice "$(token alice)" policy-denied
	configure "$heart"
	is "$(ask alice "$(token alice)")" alice
}
test_each_login_asks_once() {
	local before
	before=$(grep -c 'authbox_reason=token-expired' $HOST/authboxd.log)
	fails ask alice "$(token_expired alice)"
	is "$(grep -c 'authbox_reason=token-expired' $HOST/authboxd.log)" $((before + 1))
}
# libpq and the server pass on all that authbox takes, which is 16 KiB; that the
# server counts no more than 65535 is its own.
test_a_long_token_arrives_whole() {
	local bytes
	for bytes in 1000 1022 1023 1024 1025 4096 8192 16384; do
		is "$bytes $(ask alice "$(token_of_bytes alice $bytes)")" "$bytes alice"
	done
	refused alice "$(token_of_bytes alice 16385)" no-answer
	has "$(fails ask alice "$(token_of_bytes alice 70000)")" 'connection|PAM authentication failed'
}
test_a_session_is_a_short_password() {
	local short
	short=$(token alice | authboxctl session create)
	[ ${#short} -lt 64 ]
	is "$(ask alice "$short")" alice
	refused bob "$short" token-other-user
	authboxctl session revoke --all --user alice
	refused alice "$short" session-unknown
	is "$(ask reports "$(token reports | authboxctl session create)")" reports
}
test_a_hundred_at_once_are_let_in() {
	local i made pids=() good=0
	made=$(token alice)
	for i in {1..100}; do
		ask alice "$made" >"/run/tmp/psql.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" && good=$((good + 1))
	done
	is "$good" 100 || { cat /run/tmp/psql.*; tail -n 20 $HOST/authboxd.log; return 1; }
}
# The server gives its one password to every prompt of a dialogue.
test_a_wrong_code_is_one_guess() {
	local try
	sed 's/ token tries=1/ totp/' dist/pam/postgresql >/etc/pam.d/postgresql
	enrol alice
	for try in 1 2 3 4; do
		refused alice "00000$try" wrong-code
	done
	is "$(ask alice "$(fresh_code "$(key_of alice)")")" alice
	pam_service postgresql <dist/pam/postgresql
}
test_without_authboxd_nobody_is_let_in() {
	authboxd_stop
	has "$(fails ask alice "$(token alice)")" 'PAM authentication failed'
	authboxd_start
	is "$(ask alice "$(token alice)")" alice
}
test_no_token_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog /run/postgresql/log)" 'eyJ|abx_'
}
run_tests
