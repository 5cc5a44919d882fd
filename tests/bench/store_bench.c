/*
 * What the store costs, beside what the disk costs in the same run:
 *
 *	store_bench [-d FOLDER] [-s SECONDS] [-r ROWS]...
 *
 * Commits are as a login's: one record of 700 bytes changes, the clock's mark
 * is read with it. With -r also: reads from a store of so many records.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/store.h"

#define USERS	      1000
#define RECORD_BYTES  700
#define SAMPLES_MAX   4000000
#define ROWS_PER_FILL 4

struct samples {
	uint32_t *ns;
	size_t count;
};

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double
quantile_us(const struct samples *samples, double part)
{
	return samples->count
		   ? samples->ns[(
			 size_t)((double)(samples->count - 1) * part)] /
			 1e3
		   : 0;
}

static void
add(struct samples *samples, int64_t ns)
{
	if (samples->count < SAMPLES_MAX)
		samples->ns[samples->count++] = (uint32_t)ns;
}

static void
fail(const char *what, int error)
{
	(void)fprintf(stderr, "store_bench: %s: %s\n", what, strerror(-error));
	exit(1);
}

/* A page and its header, written over a file that is there already. */
static void
measure_disk(const char *folder, double seconds, struct samples *samples)
{
	static char page[4120];
	char path[256];
	int64_t end;
	off_t at = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/flush", folder);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (int i = 0; i < 1024; i++)
		if (pwrite(fd, page, sizeof(page), i * (off_t)sizeof(page)) < 0)
			fail(path, -errno);
	(void)fsync(fd);
	for (end = now_ns() + (int64_t)(seconds * 1e9); now_ns() < end;) {
		int64_t start = now_ns();

		page[0]++;
		if (pwrite(fd, page, sizeof(page), at) < 0 || fdatasync(fd) < 0)
			fail(path, -errno);
		add(samples, now_ns() - start);
		at = (at + (off_t)sizeof(page)) % (1000 * (off_t)sizeof(page));
	}
	(void)close(fd);
	(void)unlink(path);
}

struct work {
	struct store *store;
	_Atomic bool *stop;
	unsigned seed;
	struct samples samples;
	pthread_t thread;
};

static int
log_in(void *context, struct store_item items[], size_t count)
{
	(void)context;
	(void)count;
	items[0].new_value =
	    secret_copy(items[0].value->bytes, items[0].value->size);
	if (!items[0].new_value)
		return -ENOMEM;
	items[0].write = STORE_PUT;
	items[0].new_value->bytes[0]++;
	return 0;
}

static void *
commit(void *context)
{
	struct work *work = context;

	while (!*work->stop) {
		char user[32];
		const char *keys[] = {user, "meta/clock"};
		int64_t start;
		int r;

		(void)snprintf(user, sizeof(user), "user/n%07u",
		    (unsigned)rand_r(&work->seed) % USERS);
		start = now_ns();
		r = store_update(work->store, keys, 2, log_in, NULL);
		if (r < 0)
			fail("update", r);
		add(&work->samples, now_ns() - start);
	}
	return NULL;
}

static int
fill(void *context, struct store_item items[], size_t count)
{
	char record[RECORD_BYTES];

	(void)context;
	memset(record, 'r', sizeof(record));
	for (size_t i = 0; i < count; i++) {
		items[i].write = STORE_PUT;
		items[i].new_value = secret_copy(record, sizeof(record));
	}
	return 0;
}

struct filling {
	struct store *store;
	unsigned first, step, rows;
	pthread_t thread;
};

static void *
fill_rows(void *context)
{
	struct filling *filling = context;

	for (unsigned i = filling->first; i < filling->rows;
	     i += filling->step) {
		char text[ROWS_PER_FILL][32];
		const char *keys[ROWS_PER_FILL];
		int r;

		for (unsigned k = 0; k < ROWS_PER_FILL; k++) {
			(void)snprintf(text[k], sizeof(*text), "user/n%07u",
			    i * ROWS_PER_FILL + k);
			keys[k] = text[k];
		}
		r = store_update(
		    filling->store, keys, ROWS_PER_FILL, fill, NULL);
		if (r < 0)
			fail("fill", r);
	}
	return NULL;
}

static void
fill_store(struct store *store, unsigned rows)
{
	struct filling fillings[64];
	unsigned count = sizeof(fillings) / sizeof(*fillings);

	for (unsigned i = 0; i < count; i++) {
		fillings[i] =
		    (struct filling){store, i, count, rows / ROWS_PER_FILL, 0};
		(void)pthread_create(
		    &fillings[i].thread, NULL, fill_rows, &fillings[i]);
	}
	for (unsigned i = 0; i < count; i++)
		(void)pthread_join(fillings[i].thread, NULL);
}

static void
run_threads(
    struct work works[], unsigned threads, double seconds, _Atomic bool *stop)
{
	struct timespec wait = {.tv_sec = (time_t)seconds,
	    .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

	*stop = false;
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_create(&works[i].thread, NULL, commit, &works[i]);
	(void)nanosleep(&wait, NULL);
	*stop = true;
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_join(works[i].thread, NULL);
}

static void
measure_commits(
    struct store *store, const char *folder, unsigned threads, double seconds)
{
	static struct samples all, disk;
	_Atomic bool stop;
	struct work *works = calloc(threads, sizeof(*works));
	struct store_stats before, after;
	double updates;

	if (!all.ns)
		all.ns = malloc(SAMPLES_MAX * sizeof(*all.ns));
	if (!disk.ns)
		disk.ns = malloc(SAMPLES_MAX * sizeof(*disk.ns));
	all.count = disk.count = 0;
	for (unsigned i = 0; i < threads; i++) {
		works[i].store = store;
		works[i].stop = &stop;
		works[i].seed = i + 1;
		works[i].samples.ns = malloc(SAMPLES_MAX / threads * 4);
	}
	store_stats(store, &before);
	/* In turns, so that both meet the same neighbours. */
	for (int turn = 0; turn < 5; turn++) {
		measure_disk(folder, seconds / 10, &disk);
		run_threads(works, threads, seconds / 5, &stop);
	}
	store_stats(store, &after);
	for (unsigned i = 0; i < threads; i++) {
		for (size_t k = 0; k < works[i].samples.count; k++)
			add(&all, works[i].samples.ns[k]);
		free(works[i].samples.ns);
	}
	free(works);
	qsort(all.ns, all.count, sizeof(*all.ns), by_size);
	qsort(disk.ns, disk.count, sizeof(*disk.ns), by_size);
	updates = (double)(after.updates - before.updates);
	printf("commit %2u threads: %6.0f/s p50 %6.0f us p99 %6.0f us "
	       "(p99/p50 %.1f)  flushes/update %.3f (1/%.1f)  fdatasync p50 "
	       "%.0f us p99 %.0f us, commit/fdatasync %.2f\n",
	    threads, updates / seconds, quantile_us(&all, 0.5),
	    quantile_us(&all, 0.99),
	    quantile_us(&all, 0.99) / quantile_us(&all, 0.5),
	    (double)(after.flushes - before.flushes) / updates,
	    updates / (double)(after.flushes - before.flushes),
	    quantile_us(&disk, 0.5), quantile_us(&disk, 0.99),
	    quantile_us(&all, 0.5) / quantile_us(&disk, 0.5));
	(void)fflush(stdout);
}

/* The same without a store: what SQLite itself takes for a sealed record. */
static void
read_bare(sqlite3_stmt *statement, const char *user)
{
	if (sqlite3_bind_text(statement, 1, user, -1, SQLITE_STATIC) !=
		SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW ||
	    !sqlite3_column_blob(statement, 0))
		fail("bare read", -EIO);
	(void)sqlite3_reset(statement);
}

static sqlite3_stmt *
open_bare(const char *folder)
{
	char path[300];
	sqlite3 *db;
	sqlite3_stmt *statement;

	(void)snprintf(path, sizeof(path), "%s/authbox.db", folder);
	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT value FROM item WHERE key = ?1", -1,
		&statement, NULL) != SQLITE_OK)
		fail(path, -EIO);
	return statement;
}

static void
measure_reads(
    struct store *store, const char *folder, unsigned rows, double seconds)
{
	struct samples samples = {.ns = malloc(SAMPLES_MAX * 4)};
	struct samples bare = {.ns = malloc(SAMPLES_MAX * 4)};
	sqlite3_stmt *statement = open_bare(folder);
	unsigned seed = 1;
	int64_t end;

	for (end = now_ns() + (int64_t)(seconds * 1e9); now_ns() < end;) {
		AUTO(secret) value = NULL;
		char user[32];
		int64_t start;
		int r;

		(void)snprintf(user, sizeof(user), "user/n%07u",
		    (unsigned)rand_r(&seed) % rows);
		start = now_ns();
		read_bare(statement, user);
		add(&bare, now_ns() - start);
		/* Another one, or the page would be warm. */
		(void)snprintf(user, sizeof(user), "user/n%07u",
		    (unsigned)rand_r(&seed) % rows);

		(void)snprintf(user, sizeof(user), "user/n%07u",
		    (unsigned)rand_r(&seed) % rows);
		start = now_ns();
		r = store_get(store, user, &value);
		if (r != 1)
			fail("get", r ? r : -ENOENT);
		add(&samples, now_ns() - start);
	}
	qsort(samples.ns, samples.count, sizeof(*samples.ns), by_size);
	qsort(bare.ns, bare.count, sizeof(*bare.ns), by_size);
	printf("read of %7u rows: p50 %.1f us p99 %.1f us; bare SQLite p50 "
	       "%.1f us p99 %.1f us; store/bare %.2f\n",
	    rows, quantile_us(&samples, 0.5), quantile_us(&samples, 0.99),
	    quantile_us(&bare, 0.5), quantile_us(&bare, 0.99),
	    quantile_us(&samples, 0.5) / quantile_us(&bare, 0.5));
	(void)fflush(stdout);
	free(samples.ns);
	free(bare.ns);
	(void)sqlite3_close_v2(sqlite3_db_handle(statement));
	(void)sqlite3_finalize(statement);
}

int
main(int argc, char *argv[])
{
	static const unsigned threads[] = {1, 2, 8, 16, 64};
	char folder[256] = "/tmp/store_bench.XXXXXX", keys[300];
	struct store_paths paths = {folder, keys, NULL};
	struct store *store;
	double seconds = 2;
	unsigned rows[8], row_count = 0;
	int option, r;

	while ((option = getopt(argc, argv, "d:s:r:")) != -1)
		if (option == 'd')
			(void)snprintf(folder, sizeof(folder),
			    "%s/store_bench.XXXXXX", optarg);
		else if (option == 's')
			seconds = strtod(optarg, NULL);
		else if (option == 'r' && row_count < 8)
			rows[row_count++] = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	if (!mkdtemp(folder))
		fail(folder, -errno);
	(void)snprintf(keys, sizeof(keys), "%s/keys", folder);
	(void)secret_init();
	r = store_open(&paths, &store);
	if (r < 0)
		fail("open", r);

	fill_store(store, USERS);
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++)
		measure_commits(store, folder, threads[i], seconds);
	for (unsigned i = 0; i < row_count; i++) {
		fill_store(store, rows[i]);
		measure_reads(store, folder, rows[i], seconds);
	}
	store_free(store);
	(void)snprintf(keys, sizeof(keys), "rm -rf '%s'", folder);
	return system(keys) == 0 ? 0 : 1;
}
