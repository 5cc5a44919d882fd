/*
 * kill -9 in the middle of many threads' updates, with checkpoints and new keys
 * between them: nothing acknowledged is lost, and each update is there whole.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

#define THREADS	 8
#define ROUNDS	 25
#define ACKS_MAX 4000 /* some checkpoints' worth */

struct ack {
	int thread;
	unsigned long number; /* that the thread's key has at least */
};

struct work {
	struct store *store;
	int number, report;
};

static unsigned long
number_of(const struct secret *value)
{
	return value ? strtoul(value->bytes, NULL, 10) : 0;
}

/* A thread's own key and the sum of all go up together. */
static int
count_up(void *context, struct store_item items[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[500];

		/* Of a user record's size, so that the log fills up. */
		memset(text, ' ', sizeof(text));
		(void)snprintf(
		    text, sizeof(text), "%lu", number_of(items[i].value) + 1);
		items[i].write = STORE_PUT;
		items[i].new_value = secret_copy(text, sizeof(text));
	}
	*(unsigned long *)context = number_of(items[0].new_value);
	return 0;
}

static void *
work(void *context)
{
	struct work *self = context;
	char own[16];
	const char *keys[] = {own, "sum"};

	(void)snprintf(own, sizeof(own), "own/%d", self->number);
	for (;;) {
		struct ack ack = {.thread = self->number};

		if (store_update(self->store, keys, 2, count_up, &ack.number) !=
		    0)
			(void)kill(getpid(), SIGTERM); /* fails the round */
		if (write(self->report, &ack, sizeof(ack)) != sizeof(ack))
			(void)kill(getpid(), SIGTERM);
	}
	return NULL;
}

static void
live(struct box *box, int report, bool rekeys)
{
	struct work works[THREADS];
	pthread_t thread;
	uint64_t count;

	box_open(box);
	for (int i = 0; i < THREADS; i++) {
		works[i] = (struct work){box->store, i, report};
		(void)pthread_create(&thread, NULL, work, &works[i]);
	}
	while (rekeys)
		if (store_rekey(box->store, &count) != 0)
			(void)kill(getpid(), SIGTERM);
	(void)pthread_join(thread, NULL);
}

/* Run until so many updates were acknowledged, and kill. */
static void
live_and_die(
    struct box *box, int acks, unsigned long last[THREADS], bool rekeys)
{
	struct ack ack;
	int ends[2], status, seen = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		live(box, ends[1], rekeys);
		_exit(1);
	}
	(void)close(ends[1]);
	while (read(ends[0], &ack, sizeof(ack)) == sizeof(ack)) {
		assert_true(ack.number > last[ack.thread]);
		last[ack.thread] = ack.number;
		if (++seen == acks)
			(void)kill(child, SIGKILL);
	}
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
verify(struct box *box, unsigned long last[THREADS])
{
	AUTO(secret) sum = NULL;
	AUTO_TEXT report = NULL;
	unsigned long total = 0;

	box_open(box);
	assert_null(store_fault(box->store));
	for (int i = 0; i < THREADS; i++) {
		AUTO(secret) own = NULL;
		char key[16];

		(void)snprintf(key, sizeof(key), "own/%d", i);
		assert_in_range(store_get(box->store, key, &own), 0, 1);
		/* The last one may have been on disk, but not yet told. */
		assert_in_range(number_of(own), last[i], last[i] + 1);
		last[i] = number_of(own);
		total += last[i];
	}
	assert_in_range(store_get(box->store, "sum", &sum), 0, 1);
	assert_int_equal(number_of(sum), total);
	assert_int_equal(store_check(box->store, &report), 0);
	box_close(box);
}

static void
killed_under_load_nothing_acknowledged_is_lost(void **state)
{
	unsigned long last[THREADS] = {0};
	struct box *box = *state;
	unsigned seed = 7;

	box_close(box);
	for (int i = 0; i < ROUNDS; i++) {
		live_and_die(box, 1 + rand_r(&seed) % ACKS_MAX, last, false);
		verify(box, last);
	}
}

static void
killed_under_new_keys_nothing_acknowledged_is_lost(void **state)
{
	unsigned long last[THREADS] = {0};
	struct box *box = *state;
	unsigned seed = 8;

	box_close(box);
	for (int i = 0; i < ROUNDS; i++) {
		live_and_die(
		    box, 1 + rand_r(&seed) % (ACKS_MAX / 8), last, true);
		verify(box, last);
		box_run(box, "test $(ls keys | grep key) = store.key");
	}
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(killed_under_load_nothing_acknowledged_is_lost),
	    TEST(killed_under_new_keys_nothing_acknowledged_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
