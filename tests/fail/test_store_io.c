/*
 * One life of a store (made, filled, changed, given a new key, closed) while
 * each of its calls to the file system fails in turn, or is the last one
 * before the process dies. Afterwards the store opens, what was acknowledged is
 * there, and what was refused is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/harness/io_faults.h"
#include "tests/harness/store_box.h"

#define KEYS	   6
#define CALLS_MAX  5000
#define LONG_BYTES 20000

/* What is known of one key. */
struct fact {
	int number;	    /* of the value that was acknowledged; 0: none */
	unsigned attempted; /* a bit for each that may be there instead */
};

struct life {
	struct box *box;
	struct fact facts[KEYS];
	int numbers;
	bool strict; /* what was refused must not be there */
	bool dies;   /* at the first refusal */
	int report;  /* descriptor for facts; < 0: none */
};

struct change {
	int number;
	size_t bytes;
};

static int
write_number(void *context, struct store_item items[], size_t count)
{
	const struct change *change = context;

	for (size_t i = 0; i < count; i++) {
		items[i].write = STORE_PUT;
		items[i].new_value = secret_new(change->bytes);
		if (!items[i].new_value)
			return -ENOMEM;
		(void)snprintf(items[i].new_value->bytes, change->bytes, "%d",
		    change->number);
	}
	return 0;
}

static void
tell(const struct life *life)
{
	if (life->report >= 0)
		(void)syscall(
		    SYS_write, life->report, life->facts, sizeof(life->facts));
}

/* Give two keys the next number. */
static void
change(struct life *life, int key, size_t bytes)
{
	struct change change = {++life->numbers, bytes};
	int both[] = {key % KEYS, (key + 1) % KEYS};
	char names[2][16];
	const char *keys[] = {names[0], names[1]};
	int r;

	for (int i = 0; i < 2; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "user/%d", both[i]);
		life->facts[both[i]].attempted |= 1U << change.number;
	}
	tell(life);
	r = store_update(life->box->store, keys, 2, write_number, &change);
	for (int i = 0; i < 2; i++) {
		struct fact *fact = &life->facts[both[i]];

		if (r == 0)
			fact->number = change.number;
		if (r == 0 || life->strict)
			fact->attempted = 0;
	}
	tell(life);
	if (r < 0 && life->dies)
		(void)kill(getpid(), SIGKILL);
}

static void
live(struct life *life)
{
	uint64_t count;

	if (store_open(&life->box->paths, &life->box->store) < 0)
		return;
	for (int i = 0; i < 8; i++)
		change(life, i, i % 4 == 3 ? LONG_BYTES : 300);
	(void)store_rekey(life->box->store, &count);
	for (int i = 3; i < 6; i++)
		change(life, i, 300);
	box_close(life->box);
}

/* A fact that the store does not bear out fails the test. */
static void
verify(struct life *life, long calls)
{
	struct box *box = life->box;
	AUTO_TEXT report = NULL;

	box_open(box);
	if (store_fault(box->store))
		fail_msg("after %ld calls: %s", calls, store_fault(box->store));
	for (int i = 0; i < KEYS; i++) {
		const struct fact *fact = &life->facts[i];
		AUTO(secret) value = NULL;
		char name[16];
		int r, number;

		(void)snprintf(name, sizeof(name), "user/%d", i);
		r = store_get(box->store, name, &value);
		assert_in_range(r, 0, 1);
		number = r ? (int)strtol(value->bytes, NULL, 10) : 0;
		if (number != fact->number && !(fact->attempted & 1U << number))
			fail_msg("after %ld calls: %s is %d, not %d", calls,
			    name, number, fact->number);
	}
	assert_int_equal(store_check(box->store, &report), 0);
	assert_int_equal(box_put(box->store, "user/new", NULL, "works"), 0);
	box_close(box);
	box_run(box, "test \"$(ls keys)\" = store.key");
}

static struct box *
new_box(void)
{
	return box_new(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static void
remove_box(struct box *box)
{
	void *state = box;

	(void)box_teardown(&state);
}

/* Each failure is logged; thousands of them are of no use. */
static int
silence(void)
{
	int before = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	assert_true(dup2(null, STDERR_FILENO) >= 0);
	(void)close(null);
	return before;
}

static void
speak(int before)
{
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	(void)close(before);
}

/* Returns whether the fault came to pass. */
static bool
live_with(enum io_fault kind, int error, long calls)
{
	struct life life = {.box = new_box(), .report = -1};
	int loud = silence();
	bool hit;

	life.strict = kind == IO_FAULT_ONCE;
	io_faults_set(kind, error, calls);
	live(&life);
	hit = io_faults_end();
	speak(loud);
	verify(&life, calls);
	remove_box(life.box);
	return hit;
}

static void
live_with_each(enum io_fault kind, int error, long stride)
{
	long calls = 0;

	while (live_with(kind, error, calls))
		assert_true((calls += stride) < CALLS_MAX);
	print_message("# of %ld calls each %ld. failed\n", calls, stride);
	assert_true(calls > 100);
}

static void
a_call_that_fails_once_is_an_error_or_no_matter(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ONCE, EIO, 1);
}

static void
a_disk_full_for_one_call_is_an_error_or_no_matter(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ONCE, ENOSPC, 3);
}

static void
a_disk_that_dies_loses_nothing_acknowledged(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ALWAYS, EIO, 5);
}

static void
a_disk_that_fills_up_loses_nothing_acknowledged(void **state)
{
	(void)state;
	live_with_each(IO_FAULT_ALWAYS, ENOSPC, 5);
}

/* A life in a process of its own. Returns whether it was killed. */
static bool
live_elsewhere(struct life *life, enum io_fault kind, int error, long calls)
{
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)silence();
		life->report = ends[1];
		io_faults_set(kind, error, calls);
		live(life);
		_exit(io_faults_end());
	}
	(void)close(ends[1]);
	while (read(ends[0], life->facts, sizeof(life->facts)) > 0)
		;
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	verify(life, calls);
	remove_box(life->box);
	return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static void
what_was_refused_does_not_come_to_life_after_a_crash(void **state)
{
	long calls = 0;

	(void)state;
	for (;; calls += 2) {
		struct life life = {
		    .box = new_box(), .strict = true, .dies = true};

		assert_true(calls < CALLS_MAX);
		if (!live_elsewhere(&life, IO_FAULT_ONCE, EIO, calls))
			break;
	}
	assert_true(calls > 100);
}

static void
a_process_killed_before_any_call_loses_nothing_acknowledged(void **state)
{
	long calls = 0;

	(void)state;
	for (;; calls += 2) {
		struct life life = {.box = new_box()};

		assert_true(calls < CALLS_MAX);
		if (!live_elsewhere(&life, IO_FAULT_KILL, 0, calls))
			break;
	}
	assert_true(calls > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_that_fails_once_is_an_error_or_no_matter),
	    cmocka_unit_test(a_disk_full_for_one_call_is_an_error_or_no_matter),
	    cmocka_unit_test(a_disk_that_dies_loses_nothing_acknowledged),
	    cmocka_unit_test(a_disk_that_fills_up_loses_nothing_acknowledged),
	    cmocka_unit_test(
		what_was_refused_does_not_come_to_life_after_a_crash),
	    cmocka_unit_test(
		a_process_killed_before_any_call_loses_nothing_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
