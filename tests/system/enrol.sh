#!/bin/bash
# Enrolment as a person does it: the QR code is read off the screen, with
# authboxctl at a terminal and in the middle of a login over ssh.
# time limit: 120 s
. tests/harness/private_host.sh

link=/run/tmp/link
code_asked='ode from the app.*: $'

is_enrolled() { # USER
	grep -q '"enabled":true' <<<"$(authboxctl --json 2fa status "$1")"
}
at_terminal() { # USER ARGUMENTS...: of pty_driver.py
	local user=$1
	shift
	rm -f $link
	as "$user" env PHONE_LINK=$link SSH_ASKPASS_REQUIRE=never TERM=xterm \
		pty_driver.py "$@"
}
# ssh at a terminal, by password and whatever PAM asks then.
ssh_typing() { # USER PAIRS...
	local user=$1
	shift
	at_terminal "$user" 'assword: $' "$user's password" "$@" -- ssh \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o NumberOfPasswordPrompts=1 -o LogLevel=ERROR \
		-o PreferredAuthentications=keyboard-interactive 127.0.0.1 id -un
}
key_of_link() {
	sed -n 's/.*[?&]secret=\([A-Z2-7]*\).*/\1/p' $link
}
log_in() { # USER CODE
	is "$(TEST_CODE=$2 ssh_as "$1" -o PreferredAuthentications=keyboard-interactive \
		127.0.0.1 id -un)" "$1"
}

test_a_user_enrols_at_a_terminal_and_logs_in() {
	local shown key
	shown=$(at_terminal alice "$code_asked" '!phone' -- authboxctl 2fa enrol)
	is_enrolled alice
	# The link and the key stand there too, and say the same as the picture.
	is "$(grep -o '^otpauth:.*' <<<"$shown")" "$(cat $link)"
	key=$(key_of_link)
	is "$(sed -n 's/^Key: //p' <<<"$shown" | tr -d ' ')" "$key"
	is "$(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' <<<"$shown" | sort -u | wc -l)" 10
	echo "$key" >$HOST/key.alice
	clock_on 30
	log_in alice "$(code_of "$key")"
}
test_picture_link_key_and_prompt_fit_one_screen() {
	local shown
	shown=$(at_terminal carol --seconds 1 "$code_asked" '' -- authboxctl 2fa enrol || true)
	[ "$(awk "/$code_asked/ { print NR; exit }" <<<"$shown")" -le 24 ]
	[ "$(sed "/$code_asked/q" <<<"$shown" | wc -L)" -le 80 ]
	fails is_enrolled carol
}
test_a_wrong_code_enrols_nobody() {
	at_terminal carol "$code_asked" 000000 "$code_asked" 000000 "$code_asked" \
		000000 -- authboxctl 2fa enrol || true
	fails is_enrolled carol
}
test_nobody_enrols_another() {
	fails as bob authboxctl 2fa request carol
	fails is_enrolled carol
}
test_a_login_offers_enrolment_and_shows_a_picture() {
	local shown
	shown=$(ssh_typing bob "$code_asked" '!phone' 'Enter: $' '')
	has "$shown" '^bob$'
	is_enrolled bob
	is "$(grep -o '^otpauth:.*' <<<"$shown")" "$(cat $link)"
	is "$(sed -n 's/^Key: //p' <<<"$shown" | tr -d ' ')" "$(key_of_link)"
	key_of_link >$HOST/key.bob
	clock_on 30
	log_in bob "$(code_of "$(key_of bob)")"
}
test_a_recovery_code_stands_in_for_the_phone_once() {
	local code
	authboxctl --json 2fa recovery bob >$HOST/recovery.bob
	code=$(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' $HOST/recovery.bob | head -n 1)
	log_in bob "$code"
	fails log_in bob "$code"
}
# A module before the password: whoever sits there has not shown that he knows
# it. What he enrols must not become real when the password is wrong.
test_without_the_password_no_enrolment_becomes_real() {
	pam_service sshd <<-PAM
		auth     required  pam_authbox.so totp enrol
		auth     required  pam_unix.so nodelay
		account  required  pam_unix.so
		account  required  pam_authbox.so
		session  required  pam_permit.so
	PAM
	fails at_terminal carol "$code_asked" '!phone' 'Enter: $' '' 'assword: $' wrong \
		-- ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o NumberOfPasswordPrompts=1 -o LogLevel=ERROR \
		-o PreferredAuthentications=keyboard-interactive 127.0.0.1 id -un
	fails is_enrolled carol
	at_terminal carol "$code_asked" '!phone' 'Enter: $' '' 'assword: $' \
		"carol's password" -- ssh -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 \
		-o LogLevel=ERROR -o PreferredAuthentications=keyboard-interactive \
		127.0.0.1 id -un
	is_enrolled carol
}

host_start
pam_service_sample sshd-password-code sshd
sed -i 's/totp$/totp enrol/' /etc/pam.d/sshd
authboxd_start
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no'
run_tests
