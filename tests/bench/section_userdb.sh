# users that are in no file: what a look-up costs, and whom it keeps waiting
: "${LOOKUPS:=2000}"
lookups=$BUILD/tests/bench/userdb_load
printf 'passwd: files systemd\ngroup: files systemd\nshadow: files systemd\nhosts: files\n' >/etc/nsswitch.conf
cp "$lookups" "$BUILD/tests/bench/userdb_floor" /usr/local/sbin/

# As somebody who is not root: "COUNT FOUND P50 P99 MAX" in microseconds.
unprivileged() { # COMMAND...
	setpriv --reuid 30000 --regid 30000 --clear-groups "$@"
}
# COUNT users as an administrator would write them, and nothing of ours.
by_hand() { # COUNT
	local i
	rm -rf /run/userdb /run/systemd/userdb
	mkdir -p /run/userdb
	for i in $(seq 0 $(($1 - 1))); do
		printf '{"userName":"p%d","uid":%d,"gid":%d,"homeDirectory":"/home/p%d","shell":"/bin/bash","disposition":"regular"}' \
			"$i" $((66000 + i)) $((66000 + i)) "$i" >"/run/userdb/p$i.user"
		printf '{"groupName":"p%d","gid":%d}' "$i" $((66000 + i)) >"/run/userdb/p$i.group"
		ln -s "p$i.user" "/run/userdb/$((66000 + i)).user"
		ln -s "p$i.group" "/run/userdb/$((66000 + i)).group"
	done
}
# COUNT users of authbox-userdb, from its own copy.
published() { # COUNT LINES of Provisioning
	local i began
	rm -rf /run/userdb "$disk/state-userdb"
	mkdir "$disk/state-userdb"
	for i in $(seq 0 $(($1 - 1))); do
		printf '{"name":"p%d","uid":%d,"realName":"","home":"/home/p%d","shell":"/bin/bash","groups":[],"taken":1,"withdrawn":false}' \
			"$i" $((66000 + i)) "$i" >"$disk/state-userdb/$((66000 + i)).json"
	done
	chown -R authbox-userdb: "$disk/state-userdb"
	printf 'resourceType: Provisioning\n%s\n' "$2" >/etc/authbox/userdb.yaml
	began=${EPOCHREALTIME/./}
	authboxd_start --state-dir "$disk/state"
	within 60 test -e "/run/userdb/p$(($1 - 1)).user"
	within 60 varlink_call /run/authbox/userdb.sock io.authbox.Userdb.List+
	published_ms=$(((${EPOCHREALTIME/./} - began) / 1000))
}

# 64 programs that each look up 50 names which nobody has asked for before. An
# sshd asks some seven times for one login, with something to do between; 64 that
# do nothing else than ask wait for the two cores, whoever answers: how long is
# said by the least service that there can be (userdb_floor.c), in its place.
crowd() { # ours|floor
	local i
	rm -f "$disk/$1".*
	for i in $(seq "$REPEATS"); do
		userdb_load sshd 64 50 "$1$count-$i-%d" 3200 50 >>"$disk/$1.paused"
		userdb_load sshd 64 50 "$1$count-$i-x%d" 3200 >>"$disk/$1.busy"
	done
}
of() { # ours|floor paused|busy FIELD: the median
	awk -v n="$3" '{print $n}' "$disk/$1.$2" | median
}
mkdir -p /run/systemd/userdb
userdb_floor /run/systemd/userdb/io.authbox.Floor &
floor=$!
within 5 test -S /run/systemd/userdb/io.authbox.Floor
count=0
crowd floor
kill $floor
rm /run/systemd/userdb/io.authbox.Floor
figure 'the least service, 64 new names every 50 ms, p50' "$(of floor paused 3)" us
figure 'and p99' "$(of floor paused 4)" us
figure '64 without a pause, p50' "$(of floor busy 3)" us
figure 'and p99' "$(of floor busy 4)" us

before=$(unprivileged userdb_load - 1 "$LOOKUPS" bench%d 256)
for count in 10 10000; do
	by_hand "$count"
	for _ in $(seq "$REPEATS"); do
		field 3 "$(unprivileged userdb_load - 1 "$LOOKUPS" p%d "$count")" >>"$disk/hand.$count"
		field 3 "$(unprivileged userdb_load -g - 1 20 p%d "$count")" >>"$disk/hand-groups.$count"
	done
	published "$count" 'firstLogin: true'
	for _ in $(seq "$REPEATS"); do
		field 3 "$(unprivileged userdb_load - 1 "$LOOKUPS" p%d "$count")" >>"$disk/ours.$count"
		field 3 "$(unprivileged userdb_load -g - 1 20 p%d "$count")" >>"$disk/groups.$count"
		field 3 "$(userdb_load - 1 "$LOOKUPS" p%d "$count")" >>"$disk/root.$count"
	done
	figure "start of the daemons with $count users" "$published_ms" ms
	goal "getpwnam of a published user, of $count, p50" \
		"$(median <"$disk/ours.$count")" '<=' 100 us
	goal "of nss-systemd's own with $count" \
		"$(ratio "$(median <"$disk/ours.$count")" "$(median <"$disk/hand.$count")")" '<=' 2
	figure 'his groups, p50' "$(median <"$disk/groups.$count")" us
	goal "of nss-systemd's own with $count" \
		"$(ratio "$(median <"$disk/groups.$count")" "$(median <"$disk/hand-groups.$count")")" '<=' 2
	figure 'root, who asks the socket of first logins too, p50' \
		"$(median <"$disk/root.$count")" us
	told=$(userdb_load sshd 1 "$LOOKUPS" new%d 100)
	goal "a first login's answer, beside $count users, p50" "$(field 3 "$told")" '<=' 500 us
	told=$(userdb_load sshd 1 "$LOOKUPS" newer%d "$LOOKUPS")
	goal 'one of a name that was never asked for, p50' "$(field 3 "$told")" '<=' 500 us
	goal 'and p99' "$(field 4 "$told")" '<=' 5000 us
	crowd ours
	goal '64 at once, new names, each every 50 ms, p50' "$(of ours paused 3)" '<=' 500 us
	goal 'and p99' "$(of ours paused 4)" '<=' 5000 us
	goal 'of these, answered' "$(of ours paused 2)" = 3200
	figure '64 without a pause, new names, p50' "$(of ours busy 3)" us
	figure 'and p99' "$(of ours busy 4)" us
	goal "of the least service's p99" \
		"$(ratio "$(of ours busy 4)" "$(of floor busy 4)")" '<=' 3
	goal 'of these, answered' "$(of ours busy 2)" = 3200
	told=$(unprivileged userdb_load - 64 50 p%d "$count")
	figure "nss-systemd's own records, 64 without a pause, p50" "$(field 3 "$told")" us
	figure 'and p99' "$(field 4 "$told")" us
	[ "$count" = 10000 ] || authboxd_stop
done

figure 'a local user before, p50' "$(field 3 "$before")" us
id_ms() { # COMMAND...: milliseconds of the slowest of ten
	local worst=0 began ms
	for _ in $(seq 10); do
		began=${EPOCHREALTIME/./}
		"$@" >/dev/null
		ms=$(((${EPOCHREALTIME/./} - began) / 1000))
		[ "$ms" -le "$worst" ] || worst=$ms
	done
	echo "$worst"
}
authboxd_stop
published 10 'firstLogin: true'
up=$(unprivileged userdb_load - 1 "$LOOKUPS" bench%d 256)
goal 'a local user with our processes up, of that' \
	"$(ratio "$(field 3 "$up")" "$(field 3 "$before")")" '<=' 1.5
up_ms=$(id_ms unprivileged id www-data)
figure 'id www-data, not root, slowest of 10, up' "$up_ms" ms
daemon=$(cat "$HOST/authboxd.pid")
kill -STOP "$daemon" "$(pgrep -x authbox-userdb)"
goal 'the same with all of them stopped' "$(id_ms unprivileged id www-data)" '<=' $((up_ms + 50)) ms
kill -CONT "$daemon"
within 10 varlink_call /run/authbox/userdb.sock io.authbox.Userdb.List+
kill -STOP "$(pgrep -x authbox-userdb)"
goal 'id www-data as root with authbox-userdb stopped' "$(id_ms id www-data)" '<=' 3000 ms
authboxd_stop
goal 'the same, and not root, with all of them dead' "$(id_ms unprivileged id www-data)" '<=' $((up_ms + 50)) ms
goal 'and as root' "$(id_ms id www-data)" '<=' $((up_ms + 50)) ms
