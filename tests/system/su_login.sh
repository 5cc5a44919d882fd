#!/bin/bash
# su and login ask for the code of the user who is to be.
# time limit: 120 s
. tests/harness/private_host.sh

become() { # COMMAND...: bob, by alice, with bob's password and TEST_CODE
	printf '%s\n' "bob's password" "$TEST_CODE" | as alice su bob -c "$*"
}
# What a person sees at a console.
console() { # USER PASSWORD CODE
	pty_driver.py 'login: $' "$1" 'Password: $' "$2" 'code: $' "$3" \
		'\$ $' 'echo I am $(id -un)' 'I am bob' exit -- login
}

test_su_lets_in_by_the_password_and_code_of_the_target() {
	is "$(TEST_CODE=$(fresh_code "$(key_of bob)") become id -un)" bob
}
test_su_does_not_take_the_code_of_the_one_who_asks() {
	TEST_CODE=$(fresh_code "$(key_of alice)") fails become id -un
}
test_su_does_not_take_a_used_code() {
	local code
	code=$(fresh_code "$(key_of bob)")
	is "$(TEST_CODE=$code become id -un)" bob
	TEST_CODE=$code fails become id -un
}
test_root_becomes_anybody_unasked() {
	is "$(su bob -c 'id -un' </dev/null)" bob
}
test_login_lets_in_by_password_and_code() {
	has "$(console bob "bob's password" "$(fresh_code "$(key_of bob)")")" 'I am bob'
}
test_login_refuses_a_wrong_code() {
	has "$(pty_driver.py 'login: $' bob 'Password: $' "bob's password" \
		'code: $' 000000 'code: $' 000001 'code: $' 000002 \
		'incorrect' '' -- login || true)" 'incorrect'
}

host_start
pam_service_sample login su
pam_service_sample login login
authboxd_start
enrol alice
enrol bob
run_tests
