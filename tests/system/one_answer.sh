#!/bin/bash
# One answer for two modules: password and code in one field, and a password
# that a module in front has asked for, with the real pam_unix.
# time limit: 120 s
. tests/harness/private_host.sh

fresh() {
	fresh_code "$(key_of alice)"
}
# sudo, which asks alice for one line.
sudo_by() { # ANSWER...
	printf '%s\n' "$@" | as alice sudo -S -p '' id -un
}
stack() { # the auth lines of sudo, from standard input
	{
		cat
		echo "account required pam_unix.so"
		echo "account required pam_authbox.so"
	} | pam_service sudo
}
combined() {
	stack <<-'EOF'
		auth required pam_authbox.so totp combined
		auth required pam_unix.so use_first_pass nodelay
	EOF
}

test_password_and_code_in_one_field_let_in() {
	combined
	is "$(sudo_by "alice's password$(fresh)")" root
}
test_a_wrong_password_before_a_right_code_does_not() {
	combined
	fails sudo_by "alice's passwort$(fresh)"
}
test_a_used_code_behind_the_right_password_does_not() {
	local code
	combined
	code=$(fresh)
	is "$(sudo_by "alice's password$code")" root
	fails sudo_by "alice's password$code"
}
test_the_password_alone_does_not_and_is_no_guess() {
	combined
	local try
	for try in 1 2 3 4 5 6 7 8; do
		fails sudo_by "alice's password"
	done
	has "$(tail -n 3 $HOST/authboxd.log)" 'no-answer'
	is "$(sudo_by "alice's password$(fresh)")" root
}
test_the_code_alone_does_not() {
	combined
	fails sudo_by "$(fresh)"
}
test_the_password_never_reaches_the_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" "alice's pass"
}
by_password_method() { # PASSWORD
	TEST_PASSWORD=$1 ssh_as alice -o PreferredAuthentications=password \
		127.0.0.1 id -un
}
test_the_sample_serves_the_password_method_of_ssh() {
	pam_service_sample one-field sshd
	sshd_start 'KbdInteractiveAuthentication no' 'PasswordAuthentication yes'
	is "$(by_password_method "alice's password$(fresh)")" alice
	fails by_password_method "alice's password"
	fails by_password_method "alice's password000000"
}
test_a_code_that_another_module_asked_for_is_taken() {
	stack <<-'EOF'
		auth optional pam_unix.so nodelay
		auth required pam_authbox.so totp use_first_pass
	EOF
	is "$(sudo_by "$(fresh)")" root
	fails sudo_by "alice's password"
}
test_a_password_is_not_taken_for_a_code_but_the_code_asked_for() {
	stack <<-'EOF'
		auth requisite pam_unix.so nodelay
		auth required pam_authbox.so totp try_first_pass
	EOF
	is "$(sudo_by "alice's password" "$(fresh)")" root
	fails sudo_by "alice's password"
}

host_start
authboxd_start
enrol alice
run_tests
