# what the store costs beside the disk and SQLite
"$BUILD/tests/bench/store_bench" -d "$disk" -s "$SECONDS_EACH" -r 1000000 |
	tee "$disk/store" | sed 's/^/  /'

store() { # LINE-PATTERN VALUE-PATTERN with one group
	sed -n "/$1/s/.*$2.*/\1/p" "$disk/store"
}
goal 'commit of one thread, p50 of fdatasync' \
	"$(store '^commit *1 threads' 'commit\/fdatasync \([0-9.]*\)')" '<=' 1.4
goal 'commit of 64 threads, p99 of p50' \
	"$(store '^commit *64 threads' 'p99\/p50 \([0-9.]*\)')" '<=' 3
goal 'read among 1000000 rows, p50' \
	"$(store '^read of' 'rows: p50 \([0-9.]*\) us')" '<=' 5 us
