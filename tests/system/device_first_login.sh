#!/bin/bash
# The first login of somebody who has no account, approved on another device:
# through a real sshd, provider, authbox-userdb and nss-systemd.
# time limit: 120 s
. tests/harness/provider.sh

configure() { # POLICY
	cat >/etc/authbox/device.yaml <<-YAML
		{resourceType: AuthConfig, id: app, deviceLogin: {enabled: true, qr: none}}
		---
		{resourceType: Settings, id: settings, security: {introspection-create-user: true}}
		---
		resourceType: TokenIntrospector
		id: idp
		type: jwt
		jwt: {aud: ssh}
		identity_provider: {reference: IdentityProvider/idp}
		---
		resourceType: IdentityProvider
		id: idp
		issuer: $ISSUER
		client: {id: app, secret: "app's secret: 100%+"}
		scopes: [openid, profile, email]
		tls: {ca: $PROVIDER/ca.pem}
		---
		$1
	YAML
	cat >/etc/authbox/userdb.yaml <<-YAML
		resourceType: Provisioning
		uidRange: {min: 65600, max: 65699}
		username: {claim: preferred_username}
		firstLogin: true
	YAML
	chgrp authbox /etc/authbox/device.yaml
	chmod 640 /etc/authbox/device.yaml
	[ ! -e $HOST/authboxd.pid ] || authboxctl reload
}
export -f as
by_ssh() { # USER ANSWER: as carol, who is somebody else
	pty_driver.py --seconds 40 'done: $' "$2" -- bash -c "as carol env SSH_ASKPASS_REQUIRE=never \
		ssh -tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
		-o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 -l $1 127.0.0.1 'id; pwd'"
}

host_start
printf 'passwd: files systemd\ngroup: files systemd\nshadow: files systemd\nhosts: files\n' >/etc/nsswitch.conf
provider_start
provider_account dora '{"preferred_username": "dora", "name": "Dora D.", "email": "dora@example.org"}'
provider_account erik '{"preferred_username": "erik", "name": "Erik E."}'
configure '{resourceType: AccessPolicy, id: all, matcho: {service: sshd}}'
pam_service sshd <<'PAM'
auth     required  pam_authbox.so device
account  required  pam_authbox.so
session  required  pam_permit.so
session  required  pam_mkhomedir.so
PAM
authboxd_start
within 10 test -e /run/systemd/userdb/io.authbox.FirstLogin
sshd_start 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no' \
	'PubkeyAuthentication no' 'LoginGraceTime 300'

test_nobody_is_created_by_a_no_or_by_somebody_elses_yes() {
	refused_for device-denied by_ssh dora '!decide deny dora'
	refused_for token-other-user by_ssh dora '!decide approve erik'
	fails as alice getent passwd dora
	fails as alice getent passwd erik
}
test_nobody_is_created_where_no_policy_lets_him_in() {
	configure '{resourceType: AccessPolicy, id: none, matcho: {service: other}}'
	refused_for policy-denied by_ssh dora '!decide approve dora'
	fails as alice getent passwd dora
	configure '{resourceType: AccessPolicy, id: all, matcho: {service: sshd}}'
}
test_who_approves_has_an_account_and_a_home() {
	local shown
	shown=$(by_ssh dora '!decide approve dora')
	has "$shown" '^uid=656[0-9][0-9]\(dora\) gid=656[0-9][0-9]\(dora\)'
	has "$shown" '^/home/dora'
	has "$(as alice getent passwd dora)" '^dora:x:656[0-9][0-9]:656[0-9][0-9]:Dora D.:/home/dora:'
}
test_the_next_login_is_his_too_and_nobody_elses() {
	has "$(by_ssh dora '!decide approve dora')" '^/home/dora'
	refused_for token-other-user by_ssh dora '!decide approve erik'
}
run_tests
