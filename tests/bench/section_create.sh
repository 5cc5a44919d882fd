# users who do not exist before their first login, one by one and many at once
: "${CREATIONS:=1000}"
secret=0123456789abcdef0123456789abcdef
printf 'passwd: files systemd\ngroup: files systemd\nshadow: files systemd\nhosts: files\n' >/etc/nsswitch.conf
# No HTTP: the token itself says who he is, and its key is known here.
cat >/etc/authbox/create.yaml <<YAML
resourceType: IdentityProvider
id: idp
issuer: https://idp.example
userinfo-source: id-token
---
resourceType: TokenIntrospector
id: idp
type: jwt
jwt: {iss: https://idp.example, aud: host, secret: $secret}
identity_provider: {reference: IdentityProvider/idp}
namesUsers: false
---
{resourceType: Settings, id: settings, security: {introspection-create-user: true},
  limits: {creationsPerMinute: 1000000, creationsPerDay: 1000000}}
---
{resourceType: AccessPolicy, id: all, matcho: {service: bench}}
YAML
chgrp authbox /etc/authbox/create.yaml
chmod 640 /etc/authbox/create.yaml
# So wide, and beyond what systemd gives to containers, that no two names lead to
# one id: who meets another's id must log in again later.
cat >/etc/authbox/userdb.yaml <<'YAML'
resourceType: Provisioning
uidRange: {min: 1879048192, max: 2147483646}
username: {claim: preferred_username}
firstLogin: true
YAML

logins() { # PREFIX COUNT THREADS: "allowed refused seconds p50 p99"
	python3 tests/bench/create_load.py /run/authbox/pam.sock "$secret" "$@"
}
cp "$BUILD/tests/bench/userdb_load" /usr/local/sbin/
rm -rf /run/userdb "$disk/state-create" "$disk/state-create-userdb"
mount --bind "$BUILD/authboxd" /usr/local/sbin/authboxd
authboxd_start --state-dir "$disk/state-create"
umount -l /usr/local/sbin/authboxd
within 10 varlink_call /run/authbox/userdb.sock io.authbox.Userdb.List+

logins warm 5 1 >"$disk/warm"
first=$(logins one 50 1)
second=$(logins one 50 1)
goal 'first logins, one after the other, that got in' "$(field 1 "$first")" = 50
figure 'first login of a user, both stages, p50' "$(field 4 "$first")" us
figure 'his second login, p50' "$(field 4 "$second")" us
figure 'what creating him costs, p50' "$(($(field 4 "$first") - $(field 4 "$second")))" us

many=$(logins many "$CREATIONS" 64)
goal "first logins of $CREATIONS users, 64 at once, that got in" \
	"$(field 1 "$many")" = "$CREATIONS"
figure 'and p50 of one of them' "$(field 4 "$many")" us
figure 'and p99' "$(field 5 "$many")" us
figure 'time per creation' \
	"$(awk -v s="$(field 3 "$many")" -v n="$CREATIONS" 'BEGIN {printf "%.2f", 1000 * s / n}')" ms

# In the store, on the disk for the next start, and for every program.
authboxctl user export >"$disk/export"
goal 'in the store' \
	"$(grep -o '"name": *"many[0-9]*"' "$disk/export" | sort -u | wc -l)" = "$CREATIONS"
kept() {
	grep -l '"name":"many' "$disk"/state-create-userdb/*.json
}
goal 'with an id of his own, kept' "$(kept | sort -u | wc -l)" = "$CREATIONS"
seq -f 'many%.0f' 0 $((CREATIONS - 1)) | xargs -n 100 getent passwd >"$disk/passwd" || true
goal 'different ids that getent tells' "$(cut -d : -f 3 "$disk/passwd" | sort -u | wc -l)" = "$CREATIONS"
again=$(logins many "$CREATIONS" 64)
goal 'second logins, 64 at once, that got in' "$(field 1 "$again")" = "$CREATIONS"
figure 'time per second login' \
	"$(awk -v s="$(field 3 "$again")" -v n="$CREATIONS" 'BEGIN {printf "%.2f", 1000 * s / n}')" ms
# nss-systemd reads the names of all records for the groups of one, which a login
# asks for once.
third=$(logins one 50 1)
figure "a later login alone, beside $CREATIONS users more, p50" "$(field 4 "$third")" us
groups=$(userdb_load -g - 1 50 one%d 50)
figure 'his groups by NSS, p50' "$(field 3 "$groups")" us
goal 'what those users add to his login, of that' \
	"$(ratio "$(($(field 4 "$third") - $(field 4 "$second")))" "$(field 3 "$groups")")" '<=' 2
