# PAM logins by code, beside pam_google_authenticator and pam_oath
google_on
oath_on 10
oath_on 1000
oath_on "$USERS"
service permit pam_permit.so
authbox_on "$USERS"

compare 'one after the other' stay 1 "$LOGINS" google permit oath10 oath1000 authbox
goal 'p50 of pam_google_authenticator' "$(ratio_of authbox p50)" '<=' 0.80
goal 'p99 of pam_google_authenticator' "$(ratio_of authbox p99)" '<=' 0.90
goal 'right codes refused' "$(ratio_of authbox refused)" = 0

# Of libpam and the module, in a process that logged in before.
syscalls() { # CASE
	local few many
	for n in 5 15; do
		strace -f -qq -e 'signal=none' -e 'trace=!clock_gettime' -o "$disk/trace.$n" \
			"$load" stay "bench-$1" 1 $n "$disk/codes" "$disk/clock.$1" \
			$([ "$1" = authbox ] && echo shared || echo own) >/dev/null
	done
	few=$(wc -l <"$disk/trace.5") many=$(wc -l <"$disk/trace.15")
	echo $(((many - few) / 10))
}
figure 'system calls of a login, pam_permit' "$(syscalls permit)"
figure 'system calls of a login, pam_google_authenticator' "$(syscalls google)"
goal 'system calls of a login, in the module and libpam' "$(syscalls authbox)" '<=' 60

compare 'eight at once' stay 8 "$((LOGINS / 2))" google oath10 authbox-wide
goal 'logins/s of pam_google_authenticator' "$(ratio_of authbox-wide rate)" '>=' 1.3

compare 'a new process for each' fork 1 "$LOGINS" google oath10 authbox
goal 'p50 of pam_google_authenticator' "$(ratio_of authbox p50)" '<=' 1.0

say
figure "pam_oath with $USERS users: p50" \
	"$(field 4 "$(run_load stay "oath$USERS" 1 20)")" us
