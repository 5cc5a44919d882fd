#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/listener.h"
#include "wire/peers.h"
#include "wire/stream.h"

#define WAIT_MS	    5000
#define THREADS_MAX 48

/* Who connects: the kernel would say that it is this process. */
static _Atomic uid_t peer_uid = 1000;
static _Atomic bool peer_is_unknown;

int
getsockopt(int fd, int level, int name, void *ret_value, socklen_t *size)
{
	if (level == SOL_SOCKET && name == SO_PEERCRED && peer_is_unknown) {
		errno = ENOTCONN;
		return -1;
	}
	if (level == SOL_SOCKET && name == SO_PEERCRED) {
		*(struct ucred *)ret_value = (struct ucred){.uid = peer_uid};
		return 0;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, ret_value, size);
}

struct fixture {
	char folder[32], path[64];
	struct peers *peers;
	struct listener *listener;
};

/* What a library may keep for each thread, and let go of when it ends. */
static pthread_key_t thread_key;
static _Atomic unsigned kept;

static void
let_go(void *value)
{
	(void)value;
	(void)usleep(20000); /* whoever does not wait for it is here first */
	kept--;
}

/* Echo bytes until the peer closes. */
static void
echo(const struct connection *connection)
{
	char byte;

	if (!pthread_getspecific(thread_key)) {
		kept++;
		(void)pthread_setspecific(thread_key, &thread_key);
	}
	while (stream_read(connection->fd, &byte, 1,
		   stream_now_ms() + 10 * WAIT_MS) == 0)
		(void)stream_write(
		    connection->fd, &byte, 1, stream_now_ms() + WAIT_MS);
}

static int
set_up_for(void **state, bool has_one_client)
{
	static const struct peers_limits limits = {64, 64, 64};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct listener_options options = {.name = "test",
	    .threads_max = THREADS_MAX,
	    .idle_max = 2,
	    .serve = echo,
	    .has_one_client = has_one_client};
	int fd;

	if (!fixture)
		return -1;
	peer_uid = 1000;
	peer_is_unknown = false;
	(void)strcpy(fixture->folder, "/tmp/test-listener-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	(void)snprintf(
	    fixture->path, sizeof(fixture->path), "%s/socket", fixture->folder);
	fixture->peers = peers_new(&limits);
	*state = fixture;
	if (listener_bind(fixture->path, 0666, &fd) < 0 ||
	    listener_new(fd, fixture->peers, &options, &fixture->listener) < 0)
		return -1;
	return listener_start(fixture->listener);
}

static int
set_up(void **state)
{
	return set_up_for(state, false);
}

static int
set_up_helper(void **state)
{
	return set_up_for(state, true);
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	listener_free(fixture->listener);
	peers_free(fixture->peers);
	(void)unlink(fixture->path);
	(void)rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static int
dial(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)strcpy(address.sun_path, fixture->path);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
assert_echo(int fd)
{
	char byte = 'x';

	assert_int_equal(
	    stream_write(fd, "a", 1, stream_now_ms() + WAIT_MS), 0);
	assert_int_equal(
	    stream_read(fd, &byte, 1, stream_now_ms() + WAIT_MS), 0);
	assert_int_equal(byte, 'a');
}

static void
many_connections_are_served_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct listener_stats stats;
	int fds[32];

	for (size_t i = 0; i < 32; i++)
		fds[i] = dial(fixture);
	for (size_t i = 32; i-- > 0;)
		assert_echo(fds[i]);
	listener_stats(fixture->listener, &stats);
	assert_int_equal(stats.connections, 32);
	assert_in_range(stats.threads, 33, THREADS_MAX);
	for (size_t i = 0; i < 32; i++)
		(void)close(fds[i]);
}

static void
a_peer_past_its_share_loses_its_connection_at_once(void **state)
{
	static const struct peers_limits one = {1, 1, 1};
	struct fixture *fixture = *state;
	int first, second;
	char byte;

	peers_set_limits(fixture->peers, &one);
	first = dial(fixture);
	assert_echo(first);
	second = dial(fixture);
	assert_int_equal(
	    stream_read(second, &byte, 1, stream_now_ms() + WAIT_MS),
	    -ECONNRESET);
	assert_echo(first);
	(void)close(first);
	(void)close(second);
}

static void
a_listener_at_its_most_threads_serves_the_rest_later(void **state)
{
	struct fixture *fixture = *state;
	int fds[50];

	peer_uid = 0;
	for (size_t i = 0; i < 50; i++)
		fds[i] = dial(fixture);
	for (size_t i = 0; i < 50; i++) {
		assert_echo(fds[i]);
		(void)close(fds[i]);
	}
}

static void
the_last_quarter_of_the_threads_is_roots(void **state)
{
	struct fixture *fixture = *state;
	int fds[THREADS_MAX];
	char byte;
	int refused;

	for (size_t i = 0; i < THREADS_MAX / 4 * 3; i++) {
		fds[i] = dial(fixture);
		assert_echo(fds[i]);
	}
	refused = dial(fixture);
	assert_int_equal(
	    stream_read(refused, &byte, 1, stream_now_ms() + WAIT_MS),
	    -ECONNRESET);
	(void)close(refused);

	peer_uid = 0;
	for (size_t i = THREADS_MAX / 4 * 3; i < THREADS_MAX; i++) {
		fds[i] = dial(fixture);
		assert_echo(fds[i]);
	}
	for (size_t i = 0; i < THREADS_MAX; i++)
		(void)close(fds[i]);
}

static void
a_helpers_one_client_has_all_threads_and_waits_for_more(void **state)
{
	struct fixture *fixture = *state;
	int fds[THREADS_MAX + 2];

	for (size_t i = 0; i < THREADS_MAX + 2; i++)
		fds[i] = dial(fixture);
	for (size_t i = 0; i < THREADS_MAX + 2; i++) {
		assert_echo(fds[i]);
		(void)close(fds[i]);
	}
}

static void
a_drain_cuts_who_does_not_end(void **state)
{
	struct fixture *fixture = *state;
	int fd = dial(fixture);
	char byte;

	assert_echo(fd);
	listener_drain(fixture->listener, stream_now_ms());
	assert_int_equal(
	    stream_read(fd, &byte, 1, stream_now_ms() + WAIT_MS), -ECONNRESET);
	(void)close(fd);
}

/* An error is not taken for uid 0, nor is somebody of another namespace for who
 * has the number there. */
static void
who_is_nobody_is_not_served(void **state)
{
	static const uid_t uids[] = {1000, 65534, (uid_t)-1};
	struct fixture *fixture = *state;
	char byte;

	for (size_t i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		int fd;

		peer_uid = uids[i];
		peer_is_unknown = i == 0;
		fd = dial(fixture);
		assert_int_equal(
		    stream_read(fd, &byte, 1, stream_now_ms() + WAIT_MS),
		    -ECONNRESET);
		(void)close(fd);
	}
}

static void
after_a_drain_nothing_of_a_thread_is_left(void **state)
{
	struct fixture *fixture = *state;
	int fds[8];

	for (size_t i = 0; i < 8; i++) {
		fds[i] = dial(fixture);
		assert_echo(fds[i]);
	}
	/* All but idle_max of them end by themselves. */
	for (size_t i = 0; i < 8; i++)
		(void)close(fds[i]);
	assert_true(kept > 0);
	listener_drain(fixture->listener, stream_now_ms());
	assert_int_equal(kept, 0);
}

static void
a_socket_is_made_with_its_mode_and_replaces_an_old_one(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;
	int fd;

	assert_int_equal(listener_bind(fixture->path, 0600, &fd), 0);
	assert_int_equal(stat(fixture->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	(void)close(fd);
}

#define WITH_LISTENER(test)                                                    \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LISTENER(many_connections_are_served_at_once),
	    WITH_LISTENER(a_peer_past_its_share_loses_its_connection_at_once),
	    WITH_LISTENER(a_listener_at_its_most_threads_serves_the_rest_later),
	    WITH_LISTENER(the_last_quarter_of_the_threads_is_roots),
	    cmocka_unit_test_setup_teardown(
		a_helpers_one_client_has_all_threads_and_waits_for_more,
		set_up_helper, tear_down),
	    WITH_LISTENER(a_drain_cuts_who_does_not_end),
	    WITH_LISTENER(who_is_nobody_is_not_served),
	    WITH_LISTENER(after_a_drain_nothing_of_a_thread_is_left),
	    WITH_LISTENER(
		a_socket_is_made_with_its_mode_and_replaces_an_old_one),
	};

	if (pthread_key_create(&thread_key, let_go) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
