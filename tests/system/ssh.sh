#!/bin/bash
# A real sshd asks for the code: after the password, after the key, for files,
# and through a shared connection.
# time limit: 180 s
. tests/harness/private_host.sh

ask() { # USER ARGUMENTS...: by keyboard-interactive only
	local user=$1
	shift
	ssh_as "$user" -o PreferredAuthentications=keyboard-interactive 127.0.0.1 "$@"
}
with_code() { # CODE COMMAND...
	local code=$1
	shift
	TEST_CODE=$code "$@"
}

test_password_and_code_open_a_session() {
	is "$(with_code "$(fresh_code "$(key_of alice)")" ask alice id -un)" alice
}
test_a_code_is_good_once() {
	local code
	code=$(fresh_code "$(key_of alice)")
	is "$(with_code "$code" ask alice id -un)" alice
	fails with_code "$code" ask alice id -un
}
test_a_wrong_code_opens_nothing() {
	local code
	code=$(fresh_code "$(key_of bob)")
	fails with_code "$(printf '%06d' $(((10#$code + 1) % 1000000)))" ask bob id
	is "$(with_code "$code" ask bob id -un)" bob
}
test_a_wrong_password_opens_nothing_and_uses_up_no_code() {
	local code
	code=$(fresh_code "$(key_of alice)")
	TEST_PASSWORD=wrong fails with_code "$code" ask alice id
	is "$(with_code "$code" ask alice id -un)" alice
}
test_who_is_not_enrolled_or_not_known_sees_the_same_prompts() {
	local user
	export TEST_PROMPTS
	for user in alice carol nobody-here; do
		TEST_PROMPTS=/run/tmp/prompts.$user
		: >"$TEST_PROMPTS"
		chmod 666 "$TEST_PROMPTS"
		TEST_PASSWORD="$user's password" TEST_CODE=000000 \
			fails as bob ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR \
			-o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 \
			-o PreferredAuthentications=keyboard-interactive \
			-l "$user" 127.0.0.1 true
		sed -i "s/$user/USER/" "$TEST_PROMPTS"
	done
	is "$(cat /run/tmp/prompts.carol)" "$(cat /run/tmp/prompts.alice)"
	is "$(cat /run/tmp/prompts.nobody-here)" "$(head -n 1 /run/tmp/prompts.alice)"
}
test_the_environment_of_the_session_shows_nothing_of_us() {
	has_not "$(with_code "$(fresh_code "$(key_of alice)")" ask alice env)" -i authbox
}
test_files_are_copied_with_a_code() {
	local code options
	options="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
	options="$options -o PreferredAuthentications=keyboard-interactive -o LogLevel=ERROR"
	# shellcheck disable=SC2086 # options are words
	{
		echo "what is copied" >/home/alice/from
		echo "put from by-sftp" >/home/alice/batch
		chown alice /home/alice/from /home/alice/batch
		with_code "$(fresh_code "$(key_of alice)")" as alice \
			scp -q $options from 127.0.0.1:by-scp
		with_code "$(fresh_code "$(key_of alice)")" as alice \
			sftp -q $options -o BatchMode=no -b batch 127.0.0.1
		code=$(fresh_code "$(key_of alice)")
		with_code "$code" as alice rsync -e "ssh $options" from 127.0.0.1:by-rsync
	}
	cmp /home/alice/from /home/alice/by-scp
	cmp /home/alice/from /home/alice/by-sftp
	cmp /home/alice/from /home/alice/by-rsync
}
test_a_shared_connection_asks_once() {
	local code options=(-o ControlPath=/home/alice/.ssh/master)
	code=$(fresh_code "$(key_of alice)")
	with_code "$code" ask alice "${options[@]}" -o ControlMaster=yes \
		-o ControlPersist=60 true
	is "$(with_code none ask alice "${options[@]}" id -un)" alice
	as alice ssh "${options[@]}" -O exit 127.0.0.1
}
test_the_code_is_asked_on_a_terminal_without_echo() {
	local code shown
	code=$(fresh_code "$(key_of alice)")
	shown=$(as alice env SSH_ASKPASS_REQUIRE=never pty_driver.py \
		'Password: $' "alice's password" 'code: $' "$code" -- \
		ssh -tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o PreferredAuthentications=keyboard-interactive 127.0.0.1 'id -un')
	has "$shown" '^alice$'
	has_not "$shown" "$code"
}

# From here on sshd asks for the key itself, and PAM for the code only.
test_key_and_code_open_a_session() {
	sshd_stop
	sed -i '/^auth.*pam_unix/d' /etc/pam.d/sshd
	sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no' \
		'AuthenticationMethods publickey,keyboard-interactive:pam'
	is "$(with_code "$(fresh_code "$(key_of alice)")" ssh_as alice 127.0.0.1 id -un)" alice
}
test_a_key_alone_opens_nothing() {
	fails with_code 000000 ssh_as alice 127.0.0.1 true
	fails ssh_as alice -o BatchMode=yes 127.0.0.1 true
}
test_a_code_alone_opens_nothing() {
	fails with_code "$(fresh_code "$(key_of alice)")" \
		ssh_as alice -o PubkeyAuthentication=no 127.0.0.1 true
}

# And here the password method: one question, asked for the password.
test_the_password_is_no_guess_at_a_code() {
	local before
	sshd_stop
	sed -i '0,/^auth/s/^auth.*/auth requisite pam_unix.so nodelay\n&/' /etc/pam.d/sshd
	sshd_start 'KbdInteractiveAuthentication no' 'PasswordAuthentication yes' \
		'PubkeyAuthentication no'
	before=$(authboxctl --json 2fa status bob)
	for _ in 1 2 3 4 5 6 7; do
		fails ssh_as bob -o PreferredAuthentications=password 127.0.0.1 true
	done
	is "$(authboxctl --json 2fa status bob)" "$before"
	has_not "$(cat $HOST/authboxd.log $HOST/syslog)" "bob's password"
	# Had they counted, bob would have to wait now.
	sshd_stop
	sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no'
	is "$(with_code "$(fresh_code "$(key_of bob)")" ask bob id -un)" bob
}

host_start
pam_service_sample sshd-password-code sshd
authboxd_start
enrol alice
enrol bob
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no'
run_tests
