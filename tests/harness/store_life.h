/*
 * One life of a store: made, filled, changed, given a new key, closed; and the
 * facts about it that must hold afterwards, whatever happened meanwhile.
 */
#ifndef TESTS_HARNESS_STORE_LIFE_H
#define TESTS_HARNESS_STORE_LIFE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/harness/store_box.h"

#define LIFE_KEYS	6
#define LIFE_LONG_BYTES 20000

/* What is known of one key. */
struct life_fact {
	int number;	    /* of the value that was acknowledged; 0: none */
	unsigned attempted; /* a bit for each that may be there instead */
};

struct life {
	struct box *box;
	struct life_fact facts[LIFE_KEYS];
	int numbers;
	bool strict; /* what was refused must not be there */
	bool dies;   /* at the first refusal */
	int report;  /* descriptor for facts; < 0: none */
};

struct life_change {
	int number;
	size_t bytes;
};

static inline int
life_write_number(void *context, struct store_item items[], size_t count)
{
	const struct life_change *change = context;

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

static inline void
life_tell(const struct life *life)
{
	if (life->report >= 0)
		(void)syscall(
		    SYS_write, life->report, life->facts, sizeof(life->facts));
}

/* Give two keys the next number. */
static inline void
life_change(struct life *life, int key, size_t bytes)
{
	struct life_change change = {++life->numbers, bytes};
	int both[] = {key % LIFE_KEYS, (key + 1) % LIFE_KEYS};
	char names[2][16];
	const char *keys[] = {names[0], names[1]};
	int r;

	for (int i = 0; i < 2; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "user/%d", both[i]);
		life->facts[both[i]].attempted |= 1U << change.number;
	}
	life_tell(life);
	r = store_update(life->box->store, keys, 2, life_write_number, &change);
	for (int i = 0; i < 2; i++) {
		struct life_fact *fact = &life->facts[both[i]];

		if (r == 0)
			fact->number = change.number;
		if (r == 0 || life->strict)
			fact->attempted = 0;
	}
	life_tell(life);
	if (r < 0 && life->dies)
		(void)kill(getpid(), SIGKILL);
}

static inline void
life_live(struct life *life)
{
	uint64_t count;

	if (store_open(&life->box->paths, &life->box->store) < 0)
		return;
	for (int i = 0; i < 8; i++)
		life_change(life, i, i % 4 == 3 ? LIFE_LONG_BYTES : 300);
	(void)store_rekey(life->box->store, &count);
	for (int i = 3; i < 6; i++)
		life_change(life, i, 300);
	box_close(life->box);
}

/* A fact that the store does not bear out fails the test. Removes the box. */
static inline void
life_verify(struct life *life, long calls)
{
	struct box *box = life->box;
	void *state = box;
	AUTO_TEXT report = NULL;

	box_open(box);
	if (store_fault(box->store))
		fail_msg("after %ld calls: %s", calls, store_fault(box->store));
	if (store_is_copy(box->store))
		fail_msg("after %ld calls: taken for an older copy", calls);
	for (int i = 0; i < LIFE_KEYS; i++) {
		const struct life_fact *fact = &life->facts[i];
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
	box_run(box, "test \"$(ls keys | grep key)\" = store.key");
	(void)box_teardown(&state);
}

static inline struct box *
life_box(void)
{
	return box_new(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

/* Each failure is logged; thousands of them are of no use. */
static inline int
life_silence(void)
{
	int before = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	assert_true(dup2(null, STDERR_FILENO) >= 0);
	(void)close(null);
	return before;
}

static inline void
life_speak(int before)
{
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	(void)close(before);
}

/* A life in a process of its own, which calls `begin` first and `end` last.
 * Returns whether it was killed or `end` says yes. */
static inline bool
life_in_process(struct life *life, void (*begin)(void *context), void *context,
    bool (*end)(void))
{
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		(void)life_silence();
		life->report = ends[1];
		begin(context);
		life_live(life);
		_exit(end());
	}
	(void)close(ends[1]);
	while (read(ends[0], life->facts, sizeof(life->facts)) > 0)
		;
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	life_verify(life, 0);
	return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

#endif
