# flushes of the disk per login, at the daemon's socket
authbox_on 64

flushes() { # PROCESSES ROUNDS GOAL
	local before after
	before=$(counter store.flushes)
	run_load rounds authbox-bare "$1" "$2" >/dev/null
	after=$(counter store.flushes)
	goal "$1 at once" "$(ratio $((after - before)) $(($1 * $2)))" '<=' "$3"
}
flushes 1 500 1
flushes 8 100 0.333
flushes 16 60 0.200
flushes 64 30 0.067
