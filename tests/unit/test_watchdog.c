/*
 * Who hangs is noticed: a login, a call, a commit; and who only takes long is
 * not taken for one.
 */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include <cmocka.h>

#include "daemon.h"
#include "tests/harness/store_box.h"
#include "wire/busy.h"
#include "wire/varlink.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* Nothing here is waited for: the monotonic clock is set ahead. */
static _Atomic int64_t ahead_ms;

int
clock_gettime(clockid_t id, struct timespec *ret_time)
{
	if (syscall(SYS_clock_gettime, id, ret_time) != 0)
		return -1;
	if (id == CLOCK_MONOTONIC)
		ret_time->tv_sec += ahead_ms / 1000;
	return 0;
}

struct scene {
	struct daemon daemon;
	struct box *box;
	pthread_t thread;
	sem_t began, goes_on;
};

static struct scene scene;

/* Whoever does, does it here until end() is called. */
static void
hang(void)
{
	(void)sem_post(&scene.began);
	while (sem_wait(&scene.goes_on) < 0)
		;
}

static int
set_up(void **state)
{
	void *box = NULL;

	scene = (struct scene){0};
	(void)sem_init(&scene.began, 0, 0);
	(void)sem_init(&scene.goes_on, 0, 0);
	ahead_ms = 0;
	scene.daemon.busy = busy_new();
	if (!scene.daemon.busy || box_setup(&box) < 0)
		return -1;
	scene.box = box;
	scene.daemon.store = scene.box->store;
	*state = box;
	return 0;
}

static int
tear_down(void **state)
{
	busy_free(scene.daemon.busy);
	return box_teardown(state);
}

static bool
is_well_after(int64_t ms)
{
	ahead_ms += ms;
	return daemon_tick(&scene.daemon);
}

static void
begin(void *(*work)(void *context))
{
	assert_int_equal(pthread_create(&scene.thread, NULL, work, NULL), 0);
	while (sem_wait(&scene.began) < 0)
		;
}

static void
end(void)
{
	(void)sem_post(&scene.goes_on);
	assert_int_equal(pthread_join(scene.thread, NULL), 0);
}

/* ---- a login ---- */

static void
a_login_that_hangs_is_noticed(void **state)
{
	struct busy_work work;

	(void)state;
	busy_work_init(&work, -1, 9000);
	busy_enter(scene.daemon.busy, &work);
	assert_true(is_well_after(9000 + BUSY_STUCK_MS - 2000));
	assert_false(is_well_after(4000));
	busy_leave(scene.daemon.busy, &work);
	assert_true(is_well_after(0));
}

static void
a_person_who_takes_long_is_not(void **state)
{
	struct busy_work work;

	(void)state;
	busy_work_init(&work, -1, 9000);
	busy_enter(scene.daemon.busy, &work);
	busy_leave(scene.daemon.busy, &work); /* asked */
	assert_true(is_well_after(290000));
	busy_enter(scene.daemon.busy, &work);
	assert_true(is_well_after(8000));
	busy_leave(scene.daemon.busy, &work);
}

/* ---- a call ---- */

static int
run_hang(struct varlink_call *call)
{
	(void)call;
	hang();
	return 0;
}

static int
run_long(struct varlink_call *call)
{
	varlink_allow(call, HOUR_MS);
	hang();
	return 0;
}

/* A part, and then nothing. */
static int
run_part(struct varlink_call *call)
{
	ahead_ms += VARLINK_CALL_MS;
	(void)varlink_reply_part(call, cJSON_CreateObject());
	hang();
	return 0;
}

static const struct varlink_method methods[] = {
    {"io.test.Hang", VARLINK_ANYONE, NULL, run_hang, false},
    {"io.test.Long", VARLINK_ANYONE, NULL, run_long, false},
    {"io.test.Part", VARLINK_ANYONE, NULL, run_part, true},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};

static const struct varlink_interface interfaces[] = {
    {"io.test", "interface io.test\n", methods},
    {NULL, NULL, NULL},
};

static int
nobody_is_self(void *daemon, uid_t peer_uid, const char *user)
{
	(void)daemon;
	(void)peer_uid;
	(void)user;
	return 0;
}

static void *
serve(void *context)
{
	int *fd = context;

	varlink_serve(*fd, 1000, interfaces, nobody_is_self, scene.daemon.busy,
	    &scene.daemon);
	return NULL;
}

/* A call is sent, and hangs. */
static void
begin_call(const char *text, int fds[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(
	    write(fds[0], text, strlen(text) + 1), (ssize_t)strlen(text) + 1);
	assert_int_equal(
	    pthread_create(&scene.thread, NULL, serve, &fds[1]), 0);
	while (sem_wait(&scene.began) < 0)
		;
}

static void
end_call(int fds[2])
{
	(void)close(fds[0]);
	end();
	(void)close(fds[1]);
	assert_true(is_well_after(0));
}

static void
a_call_that_hangs_is_noticed(void **state)
{
	int fds[2];

	(void)state;
	begin_call("{\"method\":\"io.test.Hang\"}", fds);
	assert_true(is_well_after(VARLINK_CALL_MS + BUSY_STUCK_MS - 2000));
	assert_false(is_well_after(4000));
	end_call(fds);
}

static void
a_call_that_may_take_long_is_not(void **state)
{
	int fds[2];

	(void)state;
	begin_call("{\"method\":\"io.test.Long\"}", fds);
	assert_true(is_well_after(HOUR_MS));
	assert_false(is_well_after(BUSY_STUCK_MS + 2000));
	end_call(fds);
}

static void
a_call_has_its_time_for_each_part_that_it_sends(void **state)
{
	int fds[2];

	(void)state;
	begin_call("{\"method\":\"io.test.Part\",\"more\":true}", fds);
	assert_true(is_well_after(VARLINK_CALL_MS + BUSY_STUCK_MS - 2000));
	assert_false(is_well_after(4000));
	end_call(fds);
}

/* ---- a commit ---- */

static int
decide_and_hang(void *context, struct store_item items[], size_t count)
{
	(void)context;
	(void)items;
	(void)count;
	hang();
	return 0;
}

static void *
commit(void *context)
{
	static const char *const keys[] = {"user/anna"};

	(void)context;
	(void)store_update(scene.daemon.store, keys, 1, decide_and_hang, NULL);
	return NULL;
}

static void
a_commit_that_hangs_is_noticed(void **state)
{
	(void)state;
	begin(commit);
	assert_true(is_well_after(18000));
	assert_false(is_well_after(4000));
	end();
	assert_true(is_well_after(0));
	assert_true(is_well_after(HOUR_MS));
}

/* ---- a store that cannot be used ---- */

static void
a_store_with_a_fault_does_not_hang(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "mv keys/store.key keys/gone");
	box_open(box);
	scene.daemon.store = box->store;
	assert_non_null(store_fault(box->store));
	assert_true(is_well_after(HOUR_MS));
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_SCENE(a_login_that_hangs_is_noticed),
	    IN_SCENE(a_person_who_takes_long_is_not),
	    IN_SCENE(a_call_that_hangs_is_noticed),
	    IN_SCENE(a_call_that_may_take_long_is_not),
	    IN_SCENE(a_call_has_its_time_for_each_part_that_it_sends),
	    IN_SCENE(a_commit_that_hangs_is_noticed),
	    IN_SCENE(a_store_with_a_fault_does_not_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
