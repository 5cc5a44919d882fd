# one code, eight processes at the same instant; many users at once
google_on
oath_on 1000
authbox_on 64

result=$(run_load race google 8 200)
figure 'logins by one code, pam_google_authenticator' \
	"$(ratio "$(field 1 "$result")" 200) (at most $(field 6 "$result"), 200 rounds)"
result=$(run_load race authbox 8 "$ROUNDS")
goal "logins by one code, of $ROUNDS rounds" \
	"$(ratio "$(field 1 "$result")" "$ROUNDS")" = 1
goal 'most logins that one code let in' "$(field 6 "$result")" = 1

result=$(run_load rounds oath1000 8 20)
figure 'right codes refused, pam_oath, 8 users at once' "$(field 2 "$result") of 160"
result=$(run_load rounds authbox 64 20)
goal 'right codes refused, 64 users at once, of 1280' "$(field 2 "$result")" = 0
