/*
 * A store on a small file system of its own that is filled to the last byte:
 * whoever has logged in before still can, restarts included. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

#define USERS	200
#define THREADS 8
/* Far more than the log holds. */
#define LOGINS	6000

static int
setup(void **state)
{
	struct box *box;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	box = box_new("/tmp");
	if (mkdir(box->state, 0700) < 0 ||
	    mount("none", box->state, "tmpfs", 0, "size=8m") < 0)
		return -1;
	box_open(box);
	assert_null(store_fault(box->store));
	*state = box;
	return 0;
}

static int
teardown(void **state)
{
	struct box *box = *state;

	box_close(box);
	(void)umount2(box->state, MNT_DETACH);
	return box_teardown(state);
}

static void
fill_disk(const struct box *box)
{
	static const char zeros[4096];
	char path[128];
	AUTO_FD fd = -1;

	(void)snprintf(path, sizeof(path), "%s/filler", box->state);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (size_t size = sizeof(zeros); size > 0; size /= 2)
		while (write(fd, zeros, size) > 0)
			;
	assert_true(write(fd, zeros, 1) < 0);
	assert_int_equal(errno, ENOSPC);
}

static int
log_in(void *context, struct store_item items[], size_t count)
{
	(void)context;
	(void)count;
	if (!items[0].value)
		return -ENOENT;
	items[0].write = STORE_PUT;
	items[0].new_value =
	    secret_copy(items[0].value->bytes, items[0].value->size);
	items[0].new_value->bytes[0]++;
	return 0;
}

static int
enrol(void *context, struct store_item items[], size_t count)
{
	(void)context;
	(void)count;
	items[0].write = STORE_PUT;
	items[0].new_value = secret_new(900);
	return 0;
}

static int
update_user(struct store *store, int user, store_decide *decide)
{
	char name[32];
	const char *key = name;

	(void)snprintf(name, sizeof(name), "user/%05d", user);
	return store_update(store, &key, 1, decide, NULL);
}

static void
enrol_users(struct box *box, int first, int end)
{
	for (int i = first; i < end; i++)
		assert_int_equal(update_user(box->store, i, enrol), 0);
}

struct work {
	struct store *store;
	int number, failed; /* how many could not */
	pthread_t thread;
};

static void *
log_users_in(void *context)
{
	struct work *work = context;

	for (int i = 0; i < LOGINS / THREADS; i++)
		work->failed +=
		    update_user(work->store,
			(i * THREADS + work->number) % USERS, log_in) != 0;
	return NULL;
}

static void
assert_all_can_log_in(struct box *box)
{
	struct work works[THREADS];
	int failed = 0;

	for (int i = 0; i < THREADS; i++) {
		works[i] = (struct work){.store = box->store, .number = i};
		assert_int_equal(pthread_create(&works[i].thread, NULL,
				     log_users_in, &works[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(works[i].thread, NULL), 0);
		failed += works[i].failed;
	}
	assert_int_equal(failed, 0);
}

static void
logins_go_on_when_the_disk_is_full(void **state)
{
	struct box *box = *state;

	enrol_users(box, 0, USERS);
	box_reopen(box);
	fill_disk(box);
	assert_all_can_log_in(box);
}

/* Their records are in the log only, when the last byte is taken. */
static void
the_last_to_enrol_can_log_in_too(void **state)
{
	struct box *box = *state;

	enrol_users(box, 0, USERS);
	fill_disk(box);
	assert_all_can_log_in(box);
}

static void
a_restart_on_a_full_disk_locks_nobody_out(void **state)
{
	struct box *box = *state;

	enrol_users(box, 0, USERS);
	fill_disk(box);
	for (int i = 0; i < 5; i++) {
		box_reopen(box);
		assert_null(store_fault(box->store));
		assert_all_can_log_in(box);
	}
}

static void
a_crash_on_a_full_disk_locks_nobody_out(void **state)
{
	struct box *box = *state;

	enrol_users(box, 0, USERS);
	box_close(box);
	fill_disk(box);
	for (int i = 0; i < 5; i++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			box_open(box);
			assert_all_can_log_in(box);
			(void)kill(getpid(), SIGKILL);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	box_open(box);
	assert_null(store_fault(box->store));
	assert_all_can_log_in(box);
}

static void
who_comes_new_is_told_and_disturbs_nobody(void **state)
{
	struct box *box = *state;
	AUTO_TEXT report = NULL;
	int enrolled = USERS, r = 0;

	enrol_users(box, 0, USERS);
	fill_disk(box);
	while (r == 0) {
		r = update_user(box->store, enrolled, enrol);
		enrolled += r == 0;
		assert_true(enrolled < 5000);
	}
	assert_int_equal(r, -ENOSPC);
	assert_non_null(strstr(store_fault(box->store), "is full"));
	/* Space was kept for more than a few. */
	assert_true(enrolled > USERS + 100);
	assert_all_can_log_in(box);
	box_reopen(box);
	assert_int_equal(update_user(box->store, enrolled - 1, log_in), 0);
	assert_all_can_log_in(box);

	box_run(box, "rm state/filler");
	enrol_users(box, enrolled, enrolled + 300);
	assert_null(store_fault(box->store));
	assert_int_equal(store_check(box->store, &report), 0);
}

struct glutton {
	const struct box *box;
	_Atomic bool stop;
	pthread_t thread;
};

/* Takes each byte that becomes free. */
static void *
gorge(void *context)
{
	static const char zeros[4096];
	struct glutton *glutton = context;
	char path[128];
	AUTO_FD fd = -1;

	(void)snprintf(path, sizeof(path), "%s/glutton", glutton->box->state);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	while (!glutton->stop)
		(void)!write(fd, zeros, sizeof(zeros));
	return NULL;
}

static void
a_restart_beside_others_who_take_each_free_byte(void **state)
{
	struct box *box = *state;
	struct glutton glutton = {.box = box};

	enrol_users(box, 0, USERS);
	fill_disk(box);
	assert_int_equal(
	    pthread_create(&glutton.thread, NULL, gorge, &glutton), 0);
	for (int i = 0; i < 30; i++) {
		box_reopen(box);
		assert_null(store_fault(box->store));
		assert_int_equal(update_user(box->store, i, log_in), 0);
	}
	glutton.stop = true;
	assert_int_equal(pthread_join(glutton.thread, NULL), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(logins_go_on_when_the_disk_is_full),
	    TEST(the_last_to_enrol_can_log_in_too),
	    TEST(a_restart_on_a_full_disk_locks_nobody_out),
	    TEST(a_crash_on_a_full_disk_locks_nobody_out),
	    TEST(who_comes_new_is_told_and_disturbs_nobody),
	    TEST(a_restart_beside_others_who_take_each_free_byte),
	};

	if (geteuid() != 0) {
		printf("1..1\nok 1 - full_disk # SKIP needs root\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
