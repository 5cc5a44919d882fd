# what the store costs beside the disk and SQLite
"$BUILD/tests/bench/store_bench" -d "$disk" -s "$SECONDS_EACH" -r 1000000
