#!/bin/bash
# Programs that are not root: a screen locker asks as the user himself, a
# server as the Unix user that a Client names.
. tests/harness/private_host.sh

ask() { # ASKER SERVICE USER CODE
	as "$1" env "HOME=/" pamtester "$2" "$3" authenticate acct_mgmt <<<"$4" 2>&1
}

test_one_unlocks_ones_own_screen() {
	has "$(ask alice locker alice "$(fresh_code "$(key_of alice)")")" 'successfully authenticated'
}
test_a_wrong_code_unlocks_nothing() {
	has "$(ask alice locker alice $'000000\n000001\n000002' || true)" 'exhausted maximum number'
}
test_one_does_not_unlock_the_screen_of_another() {
	local code
	code=$(fresh_code "$(key_of alice)")
	fails ask bob locker alice "$code"
	# Nor does the try use the code up.
	has "$(ask alice locker alice "$code")" 'successfully authenticated'
}
test_a_client_asks_about_others_for_its_services() {
	has "$(ask carol database alice "$(fresh_code "$(key_of alice)")")" 'successfully authenticated'
}
test_a_client_does_not_ask_for_other_services() {
	fails ask carol locker alice "$(fresh_code "$(key_of alice)")"
}
test_what_was_asked_by_others_is_in_the_audit() {
	has "$(cat $HOST/authboxd.log)" 'service=locker.*20002|20002.*service=locker'
}

host_start
for service in locker database; do
	pam_service $service <<-PAM
		auth     required  pam_authbox.so totp
		account  required  pam_authbox.so
	PAM
done
cat >/etc/authbox/clients.yaml <<-YAML
	resourceType: Client
	id: database
	peers: [carol]
	services: [database]
YAML
authboxd_start
enrol alice
run_tests
