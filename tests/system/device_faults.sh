#!/bin/bash
# Device logins at a provider that is slow, broken or hostile, and logins side by
# side that must not be taken for one another.
# time limit: 180 s
# it mostly waits
. tests/harness/private_host.sh

FAULTS=$HOST/faults
use() { # NAME [QR]: of device_faults.py
	local at
	at=http://127.0.0.1:$(cat $FAULTS/port)/$1
	cat >/etc/authbox/device.yaml <<-YAML
		resourceType: AuthConfig
		id: app
		deviceLogin: {enabled: true, qr: ${2-none}}
		---
		resourceType: TokenIntrospector
		id: idp
		type: jwt
		jwt: {iss: 'https://idp.example', aud: ssh, secret: 0123456789abcdef0123456789abcdef}
		namesUsers: true
		identity_provider: {reference: IdentityProvider/idp}
		---
		resourceType: IdentityProvider
		id: idp
		device_authorization_endpoint: $at/auth
		token_endpoint: $at/token
		client: {id: host1}
		---
		{resourceType: User, id: alice}
		---
		{resourceType: User, id: bob}
		---
		{resourceType: AccessPolicy, id: all, engine: allow}
	YAML
	chgrp authbox /etc/authbox/device.yaml
	chmod 640 /etc/authbox/device.yaml
	[ ! -e $HOST/authboxd.pid ] || authboxctl reload
	: >$FAULTS/asked
}
# Seconds between the answers to one login: beginning, first question, second ...
pauses() {
	awk '{ if (NR > 1) printf "%d ", $1 - last + 0.2; last = $1 }' $FAULTS/asked
}
asked() { # NAME auth|token
	grep -c " $1 $2\$" $FAULTS/asked || true
}
# Who presses Enter at once, and never looks.
hasty() { # USER
	TEST_CODE='' as "$1" sudo -A id -un
}
# Log in as USER at a terminal of his own, whose code is in $HOST/shown.USER.
begin() { # USER
	pty_driver.py --seconds 40 'done: $' "!touch $HOST/ready.$1; until [ -e $HOST/go.$1 ]; do sleep 0.1; done" \
		-- bash -c "as $1 sudo id -un" >"$HOST/shown.$1" 2>&1
}
code_of_login() { # USER
	sed -n 's/.*Code  \(UC-[0-9]*\).*/\1/p' "$HOST/shown.$1"
}

host_start
export -f as
mkdir $FAULTS
tail -f /dev/null | tests/system/device_faults.py --dir $FAULTS &
within 10 test -s $FAULTS/port
pam_service sudo <<'PAM'
auth     required  pam_authbox.so device
account  required  pam_authbox.so
session  required  pam_permit.so
PAM
cp /etc/pam.d/sudo /etc/pam.d/su
cp /etc/pam.d/sudo /etc/pam.d/login
sed -i 's/^bob .*/bob ALL=(ALL) ALL/' /etc/sudoers
use well
authboxd_start

test_slow_down_is_obeyed_for_good() {
	use slow-down
	refused_for device-expired hasty alice
	is "$(pauses)" '1 6 11 '
}
test_a_provider_that_is_down_is_asked_ever_less() {
	use down
	refused_for device-expired hasty alice
	is "$(pauses)" '1 2 4 8 '
	use too-many
	refused_for device-expired hasty alice
	is "$(pauses)" '1 6 11 '
}
test_an_interval_of_nothing_is_a_second() {
	use interval-0
	refused_for device-expired hasty alice
	is "$(pauses)" '1 1 1 1 '
}
test_a_refusal_or_nonsense_ends_it_at_once() {
	local name
	for name in refused nonsense; do
		use $name
		refused_for device-refused hasty alice
		is "$(asked $name token)" 1
	done
}
test_a_hostile_beginning_is_never_shown() {
	local name shown
	for name in escapes newlines huge bidi uri-escapes uri-http uri-script \
		interval-huge interval-below expiry-none expiry-text; do
		use $name
		shown=$(refused_for device-answer pty_driver.py -- bash -c 'as alice sudo id -un')
		has_not "$shown" 'Code|Open|Press'
		has_not "$shown" $'\033|evil|javascript'
		is "$(asked $name auth)" 1
		is "$(asked $name token)" 0
	done
	has_not "$(cat $HOST/authboxd.log)" $'\033|evil.example|AAAAAAAA'
}
test_an_expiry_of_thirty_years_is_taken_for_a_quarter_of_an_hour() {
	use expiry-huge
	begin alice &
	within 10 test -e $HOST/ready.alice
	echo alice >"$FAULTS/$(code_of_login alice)"
	touch $HOST/go.alice
	wait $!
	has "$(cat $HOST/shown.alice)" '^root$'
	rm $HOST/ready.* $HOST/go.*
}
test_logins_side_by_side_are_never_taken_for_one_another() {
	local alice bob
	use well
	begin alice &
	alice=$!
	within 10 test -e $HOST/ready.alice
	begin bob &
	bob=$!
	within 10 test -e $HOST/ready.bob
	# Each approves the other's code: neither gets in as the other.
	echo bob >"$FAULTS/$(code_of_login alice)"
	echo alice >"$FAULTS/$(code_of_login bob)"
	touch $HOST/go.bob $HOST/go.alice
	fails wait $alice
	fails wait $bob
	has_not "$(cat $HOST/shown.alice $HOST/shown.bob)" '^root$'
	is "$(grep -c authbox_reason=token-other-user $HOST/authboxd.log)" 2
	rm $HOST/ready.* $HOST/go.*

	begin alice &
	alice=$!
	begin bob &
	bob=$!
	within 10 test -e $HOST/ready.alice
	within 10 test -e $HOST/ready.bob
	echo bob >"$FAULTS/$(code_of_login bob)"
	touch $HOST/go.bob
	wait $bob
	echo alice >"$FAULTS/$(code_of_login alice)"
	touch $HOST/go.alice
	wait $alice
	has "$(cat $HOST/shown.alice)" '^root$'
	has "$(cat $HOST/shown.bob)" '^root$'
}
# Rows of the picture that COMMAND shows at such a terminal.
rows_at() { # COLUMNS LOCALE COMMAND [EXPECT ANSWER]
	local columns=$1 locale=$2 command=$3
	shift 3
	pty_driver.py --columns "$columns" --raw $HOST/shown "$@" 'done: $' '' -- \
		bash -c "LOCALE=$locale; $command" >/dev/null || true
	grep -q 'Code  UC-' $HOST/shown
	grep -c '[▀▄█]\|####' $HOST/shown || true
}
test_a_terminal_that_cannot_show_the_picture_gets_the_text() {
	local sudo='as bob env LC_ALL=$LOCALE sudo id' su='as alice env LC_ALL=$LOCALE su bob -c id'
	use refused utf8
	[ "$(rows_at 40 C.UTF-8 "$sudo")" -gt 10 ]
	is "$(qr_picture.py <$HOST/shown | zbarimg --quiet --raw -)" https://idp.example/device
	is "$(rows_at 28 C.UTF-8 "$sudo")" 0
	is "$(rows_at 80 C "$sudo")" 0
	[ "$(rows_at 80 en_GB.utf8 "$su")" -gt 10 ]
	is "$(rows_at 80 C "$su")" 0
	[ "$(rows_at 80 C.UTF-8 'LANG=$LOCALE LC_ALL=$LOCALE login' 'login: $' bob)" -gt 10 ]
	is "$(rows_at 80 C 'LANG=$LOCALE LC_ALL=$LOCALE login' 'login: $' bob)" 0
	use refused ascii
	[ "$(rows_at 80 C "$sudo")" -gt 20 ]
	is "$(rows_at 40 C "$sudo")" 0
}
# kB, of all of its processes: one watches, one serves.
resident() {
	local pid
	for pid in $(pgrep -x authboxd); do
		cat "/proc/$pid/status"
	done | awk '/VmRSS/ { sum += $2 } END { print sum }'
}
starts() { # N USER [RHOST]
	local count=$1
	shift
	tests/system/device_faults.py --starts "$count" /run/authbox/pam.sock "$@"
}
test_strangers_starts_without_end_are_few_at_the_provider() {
	local asked
	use well
	# Of names without end, from one network: 16, and one each 6 s.
	has "$(starts 500 user%d 192.0.2.1)" '^(1[6-9]|2[0-9]|3[0-9]) were asked$'
	asked=$(asked well auth)
	[ "$asked" -lt 40 ]
	grep -q 'authbox_reason=device-rate' $HOST/authboxd.log
	# He who is at the host begins his all the same.
	is "$(starts 1 alice)" '1 were asked'
}
test_starts_without_end_take_no_memory() {
	local before after
	use well
	is "$(starts 60 one%d)" '60 were asked'
	before=$(resident)
	is "$(starts 150 two%d)" '150 were asked'
	starts 5000 user%d 192.0.2.1
	after=$(resident)
	echo "$before kB before, $after kB after"
	# A sanitizer keeps what is freed, to find its later use.
	[ -n "$SANITIZE" ] || [ $((after - before)) -lt 1024 ]
}
test_tokens_leave_no_trace() {
	has_not "$(cat $HOST/authboxd.log)" 'eyJ|dc-[0-9]'
}
run_tests
