#!/bin/bash
# A real sudo asks for the code.
# time limit: 120 s
. tests/harness/private_host.sh

test_password_and_code_make_root() {
	is "$(TEST_CODE=$(fresh_code "$(key_of alice)") as alice sudo -A id -un)" root
}
test_a_used_code_does_not() {
	local code
	code=$(fresh_code "$(key_of alice)")
	is "$(TEST_CODE=$code as alice sudo -A id -un)" root
	TEST_CODE=$code fails as alice sudo -A id -un
}
test_the_password_alone_does_not() {
	TEST_CODE='' fails as alice sudo -A true
	fails as alice sudo -n true
}
test_who_is_not_enrolled_is_not_let_in() {
	TEST_CODE=123456 fails as bob sudo -A true
}
test_it_becomes_another_user_by_ones_own_code() {
	is "$(TEST_CODE=$(fresh_code "$(key_of alice)") as alice sudo -A -u bob id -un)" bob
}
test_answers_come_from_standard_input_too() {
	local code
	code=$(fresh_code "$(key_of alice)")
	is "$(printf '%s\n' "alice's password" "$code" | as alice sudo -S -p '' id -un)" root
}
test_a_remembered_sudo_asks_nobody_and_passes_the_account_stage() {
	sed -i 's/timestamp_timeout=0/timestamp_timeout=5, timestamp_type=global/' /etc/sudoers
	TEST_CODE=$(fresh_code "$(key_of alice)") as alice sudo -A true
	is "$(as alice sudo -n id -un)" root
	sed -i 's/timestamp_timeout=5/timestamp_timeout=0/' /etc/sudoers
}
test_root_and_nopasswd_pass_the_account_stage() {
	is "$(sudo -u carol id -un)" carol
	echo 'carol ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers
	is "$(as carol sudo -n id -un)" root
}
test_the_code_is_asked_on_a_terminal() {
	local code shown
	code=$(fresh_code "$(key_of alice)")
	shown=$(as alice pty_driver.py 'alice: $' "alice's password" 'code: $' "$code" \
		-- sudo id -un)
	has "$shown" '^root$'
	has_not "$shown" "$code"
}
test_nothing_of_us_is_in_the_environment_of_the_command() {
	has_not "$(TEST_CODE=$(fresh_code "$(key_of alice)") as alice sudo -A env)" -i authbox
}
test_without_the_daemon_nobody_is_let_in_and_nobody_waits() {
	local began code
	code=$(fresh_code "$(key_of alice)")
	authboxd_stop
	began=$EPOCHREALTIME
	TEST_CODE=$code fails as alice sudo -A true
	LC_ALL=C awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { exit b - a > 1 }'
	authboxd_start
	is "$(TEST_CODE=$code as alice sudo -A id -un)" root
}

host_start
pam_service_sample sudo sudo
authboxd_start
enrol alice
run_tests
