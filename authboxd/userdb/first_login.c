#include "userdb/first_login.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "userdb/lookup.h"
#include "userdb/peer.h"
#include "wire/listener.h"

#define VISITS_MAX 256
#define REQUEST_MS 1000 /* for the request to come */
#define ANSWER_MS  1000 /* for an answer that is not in memory */
#define AGAIN_MS   100	/* until the finder is asked again */
#define FIXED_FDS  3	/* that are polled besides the visits */

/* A connection: its request comes, or its answer is being looked for. */
struct visit {
	int fd;
	int64_t deadline_ms;
	bool is_waiting; /* for the finder */
	int64_t again_ms;
	struct lookup lookup;
	size_t size;
	char request[LOOKUP_BYTES_MAX];
};

struct first_login {
	struct userdb *userdb;
	const char *socket_path;
	int socket_fd; /* -1: none */
	int done_fd;   /* the finder's */
	struct finder *finder;
	struct visit *visits[VISITS_MAX];
	size_t count;
};

int
first_login_new(struct userdb *userdb, const char *socket_path,
    struct first_login **ret_first_login)
{
	AUTO(first_login) first_login = calloc(1, sizeof(*first_login));
	int r;

	if (!first_login)
		return -ENOMEM;
	first_login->userdb = userdb;
	first_login->socket_path = socket_path;
	first_login->socket_fd = -1;
	first_login->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (first_login->done_fd < 0)
		return -errno;
	r = finder_new(userdb, first_login->done_fd, &first_login->finder);
	if (r == 0)
		*ret_first_login = TAKE(first_login);
	return r;
}

static void
visit_end(struct first_login *first_login, size_t i)
{
	struct visit *visit = first_login->visits[i];

	first_login->visits[i] = first_login->visits[--first_login->count];
	(void)close(visit->fd); /* what was to be said was said */
	free(visit);
}

static void
close_socket(struct first_login *first_login)
{
	if (first_login->socket_fd < 0)
		return;
	(void)unlink(first_login->socket_path); /* or it is gone already */
	(void)close(first_login->socket_fd);
	first_login->socket_fd = -1;
}

void
first_login_free(struct first_login *first_login)
{
	if (!first_login)
		return;
	close_socket(first_login);
	while (first_login->count > 0)
		visit_end(first_login, first_login->count - 1);
	finder_free(first_login->finder);
	if (first_login->done_fd >= 0)
		(void)close(first_login->done_fd); /* nothing to be told */
	free(first_login);
}

int
first_login_adjust(struct first_login *first_login)
{
	struct config *config = userdb_ref_config(first_login->userdb);
	bool wanted = config && config->provisioning->first_login;
	int fd, r;

	config_unref(config);
	if (!wanted)
		close_socket(first_login);
	if (!wanted || first_login->socket_fd >= 0)
		return 0;
	r = listener_bind(first_login->socket_path, 0600, &fd);
	if (r < 0) {
		log_error("cannot make %s: %s", first_login->socket_path,
		    strerror(-r));
		return r;
	}
	first_login->socket_fd = fd;
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* ---- answers ---- */

/* A short text into an empty buffer: it goes at once or never. */
static void
send_answer(const struct visit *visit, const char *text, size_t size)
{
	(void)send(visit->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
answer_nothing(const struct visit *visit)
{
	char text[LOOKUP_BYTES_MAX];

	send_answer(
	    visit, text, lookup_print_nothing(visit->lookup.kind, text));
}

static void
answer_record(const struct first_login *first_login, const struct visit *visit,
    const char *name, uint32_t uid)
{
	struct config *config = userdb_ref_config(first_login->userdb);
	char text[LOOKUP_BYTES_MAX];
	size_t size = 0;

	if (config && config->provisioning->first_login &&
	    !config_provisioning_find_fault(config->provisioning, name))
		size = lookup_print_record(
		    &visit->lookup, config->provisioning, name, uid, text);
	config_unref(config);
	if (size > 0)
		send_answer(visit, text, size);
	else
		answer_nothing(visit);
}

/* The name may be given to a user who is not there yet. */
static bool
is_candidate(const struct first_login *first_login, const char *name)
{
	struct config *config = userdb_ref_config(first_login->userdb);
	bool is = config && config->provisioning->first_login &&
		  !config_provisioning_find_fault(config->provisioning, name);

	config_unref(config);
	return is && roll_find_name(first_login->userdb->roll, name, NULL) == 0;
}

/* true: an answer was sent, from memory. false: the name must be looked into.
 */
static bool
answer_name(struct first_login *first_login, const struct visit *visit)
{
	struct userdb *userdb = first_login->userdb;
	const char *name = visit->lookup.name;
	struct roll_claim claim;
	uint32_t uid = 0;
	int r;

	if (!is_candidate(first_login, name)) {
		answer_nothing(visit);
		return true;
	}
	r = told_find_name(userdb->told, name, clock_monotonic_ms(), &uid);
	if (r < 0 || (r > 0 && roll_find_claim(userdb->roll, uid, &claim)))
		return false;
	if (r > 0)
		answer_record(first_login, visit, name, uid);
	else
		answer_nothing(visit);
	return true;
}

static void
answer_id(struct first_login *first_login, const struct visit *visit)
{
	struct userdb *userdb = first_login->userdb;
	char name[UNIX_NAME_BYTES_MAX + 1];
	struct roll_claim claim;

	if (told_find_uid(
		userdb->told, visit->lookup.id, clock_monotonic_ms(), name) &&
	    !roll_find_claim(userdb->roll, visit->lookup.id, &claim))
		answer_record(first_login, visit, name, visit->lookup.id);
	else
		answer_nothing(visit);
}

/* ---- requests ---- */

/* false: the visit goes on. */
static bool
answer(struct first_login *first_login, struct visit *visit)
{
	switch (visit->lookup.kind) {
	case LOOKUP_USER_BY_NAME:
	case LOOKUP_GROUP_BY_NAME:
		if (answer_name(first_login, visit))
			return true;
		if (userdb_look_up(first_login->userdb, visit->lookup.name) &&
		    answer_name(first_login, visit))
			return true;
		visit->is_waiting =
		    finder_ask(first_login->finder, visit->lookup.name);
		visit->deadline_ms = clock_monotonic_ms() + ANSWER_MS;
		visit->again_ms = clock_monotonic_ms() + AGAIN_MS;
		if (!visit->is_waiting)
			answer_nothing(visit);
		return !visit->is_waiting;
	case LOOKUP_USER_BY_ID:
	case LOOKUP_GROUP_BY_ID:
		answer_id(first_login, visit);
		return true;
	case LOOKUP_NOTHING:
	case LOOKUP_ALL:
	case LOOKUP_FOREIGN:
	case LOOKUP_UNKNOWN:
	default:
		answer_nothing(visit);
		return true;
	}
}

/* Read what came. false: the visit goes on. */
static bool
receive(struct first_login *first_login, struct visit *visit)
{
	ssize_t n = recv(visit->fd, visit->request + visit->size,
	    sizeof(visit->request) - visit->size, MSG_DONTWAIT);
	const char *end;

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	visit->size += (size_t)n;
	end = memchr(visit->request, '\0', visit->size);
	if (!end)
		return n == 0 || visit->size == sizeof(visit->request);
	if (lookup_parse(visit->request, (size_t)(end - visit->request),
		&visit->lookup) < 0)
		return true;
	/* Looked at last: the rest of root's programs pay for no more. */
	if (visit->lookup.kind != LOOKUP_FOREIGN && !peer_is_sshd(visit->fd))
		visit->lookup.kind = LOOKUP_NOTHING;
	return answer(first_login, visit);
}

static void
greet(struct first_login *first_login)
{
	int fd = accept4(
	    first_login->socket_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct visit *visit;

	if (fd < 0)
		return;
	visit = malloc(sizeof(*visit));
	if (!visit) {
		(void)close(fd); /* the peer takes it for "nobody" */
		return;
	}
	visit->fd = fd;
	visit->deadline_ms = clock_monotonic_ms() + REQUEST_MS;
	visit->is_waiting = false;
	visit->lookup = (struct lookup){0};
	visit->size = 0;
	first_login->visits[first_login->count++] = visit;
	/* The request is mostly there already. */
	if (receive(first_login, visit))
		visit_end(first_login, first_login->count - 1);
}

/* Some names were looked into: who waited for them? From the end, since a visit
 * that ends is replaced by the last one. */
static void
answer_waiting(struct first_login *first_login)
{
	eventfd_t count;

	(void)eventfd_read(first_login->done_fd, &count);
	for (size_t i = first_login->count; i-- > 0;)
		if (first_login->visits[i]->is_waiting &&
		    answer_name(first_login, first_login->visits[i]))
			visit_end(first_login, i);
}

/* What was found of one name may have been pushed out by what was found of
 * another before it could be told. */
static void
ask_again(struct first_login *first_login, struct visit *visit, int64_t now_ms)
{
	if (!visit->is_waiting || visit->again_ms > now_ms)
		return;
	(void)finder_ask(first_login->finder, visit->lookup.name);
	visit->again_ms = now_ms + AGAIN_MS;
}

static void
end_late(struct first_login *first_login, int64_t now_ms)
{
	for (size_t i = first_login->count; i-- > 0;) {
		struct visit *visit = first_login->visits[i];

		ask_again(first_login, visit, now_ms);
		if (visit->deadline_ms > now_ms)
			continue;
		if (visit->is_waiting)
			answer_nothing(visit);
		visit_end(first_login, i);
	}
}

/* ---- the loop ---- */

static int
set_out(const struct first_login *first_login, int other_fd, int64_t until_ms,
    struct pollfd fds[], int *ret_wait_ms)
{
	bool has_room = first_login->count < VISITS_MAX;
	int64_t wait_ms;

	/* A negative descriptor is passed over. */
	fds[0] = (struct pollfd){other_fd, POLLIN, 0};
	fds[1] = (struct pollfd){first_login->done_fd, POLLIN, 0};
	fds[2] =
	    (struct pollfd){has_room ? first_login->socket_fd : -1, POLLIN, 0};
	for (size_t i = 0; i < first_login->count; i++) {
		const struct visit *visit = first_login->visits[i];

		/* One that waits is heard no more, but seen to leave. */
		fds[FIXED_FDS + i] = (struct pollfd){
		    visit->fd, visit->is_waiting ? 0 : POLLIN, 0};
		if (visit->deadline_ms < until_ms)
			until_ms = visit->deadline_ms;
		if (visit->is_waiting && visit->again_ms < until_ms)
			until_ms = visit->again_ms;
	}
	wait_ms = until_ms - clock_monotonic_ms();
	*ret_wait_ms = wait_ms > 0 ? (int)wait_ms : 0;
	return (int)(FIXED_FDS + first_login->count);
}

/* From the end again, and only those that were polled. */
static void
serve_visits(struct first_login *first_login, const struct pollfd fds[])
{
	for (size_t i = first_login->count; i-- > 0;) {
		struct visit *visit = first_login->visits[i];

		if (fds[i].revents == 0)
			continue;
		if (visit->is_waiting || receive(first_login, visit))
			visit_end(first_login, i);
	}
}

int
first_login_run(struct first_login *first_login, int other_fd, int wait_ms)
{
	struct pollfd fds[FIXED_FDS + VISITS_MAX];
	int64_t until_ms = clock_monotonic_ms() + wait_ms;
	int n, left_ms;

	do {
		n = set_out(first_login, other_fd, until_ms, fds, &left_ms);
		n = poll(fds, (nfds_t)n, left_ms);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			serve_visits(first_login, fds + FIXED_FDS);
			if (fds[1].revents)
				answer_waiting(first_login);
			if (fds[2].revents)
				greet(first_login);
			if (fds[0].revents)
				return 1;
		}
		end_late(first_login, clock_monotonic_ms());
	} while (clock_monotonic_ms() < until_ms);
	return 0;
}
