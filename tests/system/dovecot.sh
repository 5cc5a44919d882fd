#!/bin/bash
# A real Dovecot with "passdb pam": the password of IMAP's LOGIN is an access
# token. Its auth worker asks PAM as dovecot, not as root. The lines for PAM are
# those of dist/pam.
# time limit: 120 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

dovecot_start() {
	mkdir -p /run/dovecot /run/mailboxes
	chown 20050:20050 /run/mailboxes
	cat >/etc/dovecot/dovecot.conf <<-'CONF'
		base_dir = /run/dovecot
		log_path = /run/dovecot.log
		protocols = imap
		listen = 127.0.0.1
		ssl = no
		disable_plaintext_auth = no
		auth_failure_delay = 0
		auth_cache_size = 0
		mail_location = maildir:/run/mailboxes/%u
		service imap-login {
		  inet_listener imap {
		    port = 143
		  }
		}
		service auth-worker {
		  user = $default_internal_user
		}
		# Who failed before would wait, longer each time.
		service anvil {
		  unix_listener anvil-auth-penalty {
		    mode = 0
		  }
		}
		passdb {
		  driver = pam
		  args = dovecot
		}
		userdb {
		  driver = static
		  args = uid=20050 gid=20050 home=/run/mailboxes/%u allow_all_users=yes
		}
	CONF
	dovecot
	within 10 bash -c ': </dev/tcp/127.0.0.1/143'
}
# Logs in by LOGIN (or METHOD) and prints the names of the mailboxes.
mail() { # USER PASSWORD [LOGIN|PLAIN]
	python3 - "$1" "${3-LOGIN}" 3<<<"$2" <<-'PYTHON'
		import imaplib, os, sys
		user, method = sys.argv[1:]
		password = os.fdopen(3).read().rstrip("\n")
		box = imaplib.IMAP4("127.0.0.1", timeout=30)
		try:
		    if method == "PLAIN":
		        box.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
		    else:
		        box.login(user, password)
		    print(box.list()[1][0].decode().split()[-1])
		    box.logout()
		except imaplib.IMAP4.error as error:
		    print("refused:", error)
		    sys.exit(1)
	PYTHON
}
let_in() { # USER PASSWORD [METHOD]
	is "$(mail "$@")" INBOX
}
refused() { # USER PASSWORD REASON
	local records
	records=$(grep -c . $HOST/authboxd.log)
	has "$(fails mail "$1" "$2")" 'AUTHENTICATIONFAILED'
	has "$(tail -n +$((records + 1)) $HOST/authboxd.log)" "authbox_reason=$3"
}

host_start
issuer_make
issuer_configure '{resourceType: Client, id: mail, peers: [dovecot], services: [dovecot]}' \
	'{resourceType: User, id: alice}' \
	'{resourceType: User, id: bob, inactive: true}' \
	'{resourceType: User, id: mailbox7}' \
	'{resourceType: AccessPolicy, id: mail, engine: matcho, matcho: {service: dovecot,
		client: {id: mail}}}'
pam_service dovecot <dist/pam/dovecot
authboxd_start
dovecot_start

test_a_token_is_the_password() {
	let_in alice "$(token alice)"
	let_in alice "$(token alice)" PLAIN
	has "$(grep 'service=dovecot' $HOST/authboxd.log | tail -n 1)" \
		"authbox_peer_uid=$(id -u dovecot).*AccessPolicy mail"
}
test_a_user_needs_no_unix_account() {
	fails getent passwd mailbox7
	let_in mailbox7 "$(token mailbox7)"
}
test_a_token_that_is_not_good_is_refused() {
	refused alice "$(token mailbox7)" token-other-user
	refused alice "$(token_expired alice)" token-expired
	refused alice "$(token_forged alice)" token-signature
	refused alice "alice's password" token-malformed
	refused bob "$(token bob)" inactive
	refused stranger "$(token stranger)" token-no-user
}
test_curl_logs_in_too() {
	has "$(printf 'user = "alice:%s"\n' "$(token alice)" |
		curl -s -m 20 -K - imap://127.0.0.1/)" 'INBOX'
}
# A mail program keeps its password, and opens several connections with it.
test_one_token_is_good_for_many_connections() {
	local i made pids=()
	made=$(token alice)
	for i in {1..20}; do
		mail alice "$made" >"/run/tmp/mail.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(sort /run/tmp/mail.* | uniq -c | xargs)" '20 INBOX'
}
test_a_session_is_a_short_password() {
	local short
	short=$(token alice | authboxctl session create)
	let_in alice "$short"
	let_in alice "$short"
	authboxctl session revoke --all --user alice
	refused alice "$short" session-unknown
}
# Dovecot itself ends here: 1 KiB in LOGIN, 8 KiB of base64 in AUTHENTICATE.
test_a_token_has_room_as_the_method_gives_it() {
	local bytes
	for bytes in 600 900 990; do
		let_in alice "$(token_of_bytes alice $bytes)" LOGIN
	done
	has "$(fails mail alice "$(token_of_bytes alice 1100)" LOGIN)" 'Input buffer full'
	for bytes in 1023 1024 4096 6100; do
		let_in alice "$(token_of_bytes alice $bytes)" PLAIN
	done
	fails mail alice "$(token_of_bytes alice 6200)" PLAIN
	let_in alice "$(token_of_bytes alice 6200 | authboxctl session create)"
}
test_config_check_tells_of_one_time_codes_for_mail() {
	sed 's/ token tries=1/ totp tries=1/' dist/pam/dovecot >/etc/pam.d/dovecot
	has "$(authboxctl config check 2>&1)" '/etc/pam.d/dovecot:.*logs in again'
	pam_service dovecot <dist/pam/dovecot
	has_not "$(authboxctl config check 2>&1)" 'pam.d'
}
test_without_authboxd_nobody_is_let_in() {
	authboxd_stop
	fails mail alice "$(token alice)"
	authboxd_start
	let_in alice "$(token alice)"
}
test_no_token_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog /run/dovecot.log)" 'eyJ|abx_'
}
run_tests
