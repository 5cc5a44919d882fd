# what many enrolled users cost a login, and the daemon in memory
for _ in $(seq "$REPEATS"); do
	for count in 64 "$USERS"; do
		authbox_on "$count"
		run_load stay authbox 1 20 >"$disk/warm"
		field 4 "$(run_load stay authbox 1 "$LOGINS")" >>"$disk/p50.$count"
		authboxd_stop
	done
done
goal "p50 with $USERS users, of 64 users" \
	"$(ratio "$(median <"$disk/p50.$USERS")" "$(median <"$disk/p50.64")")" '<=' 1.10

authbox_on "$USERS"
figure "memory of authboxd with $USERS users" "$(daemon_rss)" KiB
python3 tests/bench/hold_dialogues.py /run/authbox/pam.sock 1000 >"$disk/held" &
holder=$!
within 30 grep -q held "$disk/held"
figure 'and with 1000 open dialogues' "$(daemon_rss)" KiB
kill $holder
