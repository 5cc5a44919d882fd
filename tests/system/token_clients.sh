#!/bin/bash
# Servers that take tokens for their own users: client= and introspector= on the
# PAM line, hosts that are root and hosts that are not, users with and without a
# Unix account, through the real libpam.
# time limit: 60 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

# ASKER's program with the service's stack; the token is typed in parts, since
# pamtester takes no more than 511 bytes.
ask() { # ASKER SERVICE USER TOKEN
	local parts
	parts=$(fold -w 400 <<<"$4" | sed '$!s/$/\\/')
	setpriv --reuid "$1" --regid "$1" --init-groups pamtester "$2" "$3" authenticate acct_mgmt <<<"$parts" 2>&1
}
last_record() {
	grep 'authbox_reason=' $HOST/authboxd.log | tail -n 1
}
lines() { # SERVICE OPTIONS
	pam_service "$1" <<-PAM
		auth     required  pam_authbox.so token tries=1 $2
		account  required  pam_authbox.so token
	PAM
}

test_a_program_of_root_speaks_for_the_client_of_its_line() {
	has "$(ask root web-named alice "$(token alice)")" 'successfully authenticated'
	has "$(last_record)" 'authbox_reason=account-allowed'
	# Without client= the policy of the Client is not for it.
	fails ask root web-unnamed alice "$(token alice)"
	has "$(last_record)" 'authbox_reason=no-policy'
}
test_a_client_speaks_for_its_own_services_alone() {
	fails ask root other-named alice "$(token alice)"
	has "$(last_record)" 'authbox_reason=client-service.*authbox_detail="?client=web'
}
test_a_client_that_is_not_there_is_a_fault_of_the_set_up() {
	local said
	said=$(ask root web-wrong alice "$(token alice)") && return 1
	has "$said" 'not set up correctly'
	has "$(last_record)" 'authbox_reason=client-unknown'
}
test_a_server_speaks_for_its_own_client() {
	has "$(ask carol web-named alice "$(token alice)")" 'successfully authenticated'
	has "$(ask carol web-unnamed alice "$(token alice)")" 'successfully authenticated'
}
test_nobody_speaks_for_anothers_client() {
	fails ask bob web-named bob "$(token bob)"
	has "$(last_record)" 'authbox_reason=peer-not-allowed'
	fails ask alice web-named alice "$(token alice)"
	has "$(last_record)" 'authbox_reason=peer-not-allowed'
}
test_a_user_without_an_account_gets_to_the_servers_services() {
	has "$(ask carol web-unnamed reports "$(token reports)")" 'successfully authenticated'
	has "$(last_record)" 'authbox_user=reports'
	has "$(ask root web-named reports "$(token reports)")" 'successfully authenticated'
}
test_a_user_without_an_account_gets_to_no_shell() {
	local service
	for service in sshd sudo su login; do
		lines $service client=shells
		fails ask root $service reports "$(token reports)"
		has "$(last_record)" 'authbox_reason=unknown-user'
		has "$(ask root $service alice "$(token alice)")" 'successfully authenticated'
	done
}
test_an_introspector_that_is_not_there_is_a_fault_of_the_set_up() {
	local said
	said=$(ask root web-introspector alice "$(token alice)") && return 1
	has "$said" 'not set up correctly'
	has "$(last_record)" 'authbox_reason=introspector-unknown'
}
test_a_token_is_authorized_without_pam() {
	local said
	# carol's program is the Client's.
	said=$(token alice | as carol authboxctl token authorize --service web-named)
	has "$said" '^allowed +yes$'
	has "$said" '^policy +clients$'
	has "$said" '^client +web$'
	has "$(last_record)" 'authbox_event=authorize.*authbox_detail="token [0-9a-f]{8}, introspector idp, AccessPolicy clients'
	# For others, and for other services, it is not.
	said=$(token alice | as bob authboxctl token authorize --service web-named 2>&1) && return 1
	has "$said" 'may not ask for this user or service \(reference [0-9a-f]{8}\)'
	said=$(token alice | as carol authboxctl token authorize --service sshd 2>&1) && return 1
	said=$(token alice | authboxctl --json token authorize --service other) && return 1
	has "$said" '"error":"no-policy"'
}

host_start
issuer_make
issuer_configure '{resourceType: User, id: alice}
---
{resourceType: User, id: bob}
---
{resourceType: User, id: reports}
---
{resourceType: Client, id: web, peers: [carol],
  services: [web-named, web-unnamed, web-introspector]}
---
{resourceType: Client, id: shells, secret: unused, services: [sshd, sudo, su, login]}
---
{resourceType: AccessPolicy, id: clients, engine: allow,
  link: [{resourceType: Client, id: web}, {resourceType: Client, id: shells}]}'
lines web-named client=web
lines web-unnamed ''
lines web-wrong client=wed
lines other-named client=web
lines web-introspector 'client=web introspector=ipd'
authboxd_start
run_tests
