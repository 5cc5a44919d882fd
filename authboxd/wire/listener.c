/*
 * All threads of a listener wait on one epoll instance, which wakes one of
 * them per connection. The listening socket itself is never shut down: it may
 * be systemd's, and the next instance of the daemon will accept on it.
 */
#include "wire/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/log.h"

#define STACK_BYTES   524288 /* NSS sources run on it */
#define BACKLOG	      512
#define FULL_PAUSE_MS 50 /* out of descriptors or memory: let some go */

/* A connection that is being served, on its thread's stack. */
struct served {
	int fd;
	struct served *next, **previous;
};

struct listener {
	int socket_fd, epoll_fd, stop_fd;
	struct peers *peers;
	struct listener_options options;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t ended; /* a thread ended */
	bool stopping, has_unjoined;
	pthread_t unjoined; /* the thread that ended last */
	unsigned threads, idle, connections;
	uint64_t accepted, refused;
	struct served *served;
};

static int listener_start_thread(struct listener *listener);

static void
pause_ms(long ms)
{
	struct timespec pause = {.tv_nsec = ms * 1000000};

	(void)nanosleep(&pause, NULL); /* a shorter pause does as well */
}

/* One connection wakes one thread; the next one waits for this. */
static void
listener_rearm(struct listener *listener)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLONESHOT, .data.fd = listener->socket_fd};

	/* Of what was added before: needs no memory. */
	(void)epoll_ctl(
	    listener->epoll_fd, EPOLL_CTL_MOD, listener->socket_fd, &event);
}

/* A connected socket, or -ECANCELED when the listener stops. */
static int
listener_accept(struct listener *listener)
{
	struct epoll_event event;
	int fd, r;

	for (;;) {
		if (epoll_wait(listener->epoll_fd, &event, 1, -1) < 0)
			continue; /* EINTR */
		if (event.data.fd == listener->stop_fd)
			return -ECANCELED;
		fd = accept4(listener->socket_fd, NULL, NULL, SOCK_CLOEXEC);
		r = fd < 0 ? -errno : 0;
		listener_rearm(listener);
		if (fd >= 0)
			return fd;
		if (r == -EMFILE || r == -ENFILE || r == -ENOMEM ||
		    r == -ENOBUFS) {
			log_error("%s: cannot accept: %s; waiting for "
				  "connections to end",
			    listener->options.name, strerror(-r));
			pause_ms(FULL_PAUSE_MS);
		}
	}
}

/* Serve one connection of a peer that has a place. */
static void
listener_serve(struct listener *listener, struct connection *connection)
{
	struct served served = {.fd = connection->fd};

	(void)pthread_mutex_lock(&listener->lock);
	served.next = listener->served;
	served.previous = &listener->served;
	if (served.next)
		served.next->previous = &served.next;
	listener->served = &served;
	listener->connections++;
	(void)pthread_mutex_unlock(&listener->lock);

	listener->options.serve(connection);

	(void)pthread_mutex_lock(&listener->lock);
	*served.previous = served.next;
	if (served.next)
		served.next->previous = served.previous;
	listener->connections--;
	(void)pthread_mutex_unlock(&listener->lock);
}

/* Who connected, read once from the kernel. An error or the overflow uid (a
 * peer in another user namespace) is nobody. */
static int
connection_identify(struct connection *connection)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) <
	    0)
		return -errno;
	if (peer.uid == (uid_t)-1 || peer.uid == 65534)
		return -EPERM;
	connection->uid = peer.uid;
	connection->pid = peer.pid;
	return 0;
}

/* The last threads are root's: also when those before it hang, as the look-up
 * of an account may. */
static bool
listener_has_thread_for(struct listener *listener, uid_t uid)
{
	unsigned taken;

	if (uid == 0 || listener->options.has_one_client)
		return true;
	(void)pthread_mutex_lock(&listener->lock);
	taken = listener->threads - listener->idle;
	(void)pthread_mutex_unlock(&listener->lock);
	return taken <= listener->options.threads_max / 4 * 3;
}

/* Find out in whose name, and serve if there is a place. */
static int
listener_admit(struct listener *listener, struct connection *connection)
{
	const struct listener_options *options = &listener->options;
	struct peers_account account = {.id = connection->uid};
	int r;

	if (!listener_has_thread_for(listener, connection->uid))
		return -EUSERS;
	if (options->account)
		account = options->account(options->context, connection->uid);
	r = peers_enter(listener->peers, &account);
	if (r < 0)
		return r;
	listener_serve(listener, connection);
	peers_leave(listener->peers, &account);
	return 0;
}

static void
listener_handle(struct listener *listener, int fd)
{
	struct connection connection = {
	    .fd = fd, .context = listener->options.context};
	int r;

	r = connection_identify(&connection);
	if (r == 0)
		r = listener_admit(listener, &connection);
	(void)close(fd); /* nothing is left to be told */

	(void)pthread_mutex_lock(&listener->lock);
	listener->accepted += r == 0;
	listener->refused += r < 0;
	(void)pthread_mutex_unlock(&listener->lock);
}

/* Before serving: leave an acceptor behind. */
static void
listener_leave_acceptor(struct listener *listener)
{
	(void)pthread_mutex_lock(&listener->lock);
	listener->idle--;
	if (listener->idle == 0 && !listener->stopping &&
	    listener->threads < listener->options.threads_max &&
	    listener_start_thread(listener) < 0)
		log_error("%s: cannot start a thread; connections wait",
		    listener->options.name);
	(void)pthread_mutex_unlock(&listener->lock);
}

/* After serving: true when this thread shall accept again. */
static bool
listener_return(struct listener *listener)
{
	bool stays;

	(void)pthread_mutex_lock(&listener->lock);
	stays =
	    !listener->stopping && listener->idle < listener->options.idle_max;
	listener->idle += stays;
	(void)pthread_mutex_unlock(&listener->lock);
	return stays;
}

/* Each thread joins the one that ended before it, so that whoever joins the
 * last one knows that all are gone, with what they kept for themselves. */
static void
listener_end_thread(struct listener *listener, bool was_idle)
{
	pthread_t previous;
	bool has_previous;

	(void)pthread_mutex_lock(&listener->lock);
	listener->idle -= was_idle;
	listener->threads--;
	previous = listener->unjoined;
	has_previous = listener->has_unjoined;
	listener->unjoined = pthread_self();
	listener->has_unjoined = true;
	(void)pthread_cond_broadcast(&listener->ended);
	(void)pthread_mutex_unlock(&listener->lock);
	if (has_previous)
		(void)pthread_join(previous, NULL);
}

static void *
listener_thread(void *argument)
{
	struct listener *listener = argument;
	bool idle = true;
	int fd;

	while (idle && (fd = listener_accept(listener)) >= 0) {
		listener_leave_acceptor(listener);
		listener_handle(listener, fd);
		idle = listener_return(listener);
	}

	listener_end_thread(listener, idle);
	return NULL;
}

/* With the lock held. The new thread counts as idle. */
static int
listener_start_thread(struct listener *listener)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int r;

	(void)pthread_attr_init(&attributes); /* cannot fail with glibc */
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	r = pthread_create(&thread, &attributes, listener_thread, listener);
	(void)pthread_attr_destroy(&attributes);
	if (r != 0)
		return -r;
	listener->threads++;
	listener->idle++;
	return 0;
}

static int
listener_watch(struct listener *listener, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(listener->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0
		   ? -errno
		   : 0;
}

int
listener_new(int socket_fd, struct peers *peers,
    const struct listener_options *options, struct listener **ret_listener)
{
	AUTO(listener) listener = calloc(1, sizeof(*listener));
	int flags = fcntl(socket_fd, F_GETFL);
	int r;

	if (!listener) {
		(void)close(socket_fd); /* it was handed over */
		return -ENOMEM;
	}
	listener->socket_fd = socket_fd;
	listener->peers = peers;
	listener->options = *options;
	(void)pthread_mutex_init(&listener->lock, NULL); /* cannot fail */
	(void)pthread_cond_init(&listener->ended, NULL);
	listener->stop_fd = eventfd(0, EFD_CLOEXEC);
	listener->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (flags < 0 || fcntl(socket_fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    listener->stop_fd < 0 || listener->epoll_fd < 0)
		return -errno;

	r = listener_watch(listener, socket_fd, EPOLLIN | EPOLLONESHOT);
	if (r == 0)
		r = listener_watch(listener, listener->stop_fd, EPOLLIN);
	if (r == 0)
		*ret_listener = TAKE(listener);
	return r;
}

int
listener_start(struct listener *listener)
{
	int r;

	(void)pthread_mutex_lock(&listener->lock);
	r = listener_start_thread(listener);
	(void)pthread_mutex_unlock(&listener->lock);
	return r;
}

void
listener_stop(struct listener *listener)
{
	(void)pthread_mutex_lock(&listener->lock);
	listener->stopping = true;
	(void)pthread_mutex_unlock(&listener->lock);
	(void)eventfd_write(listener->stop_fd, 1); /* never read: stays set */
}

void
listener_drain(struct listener *listener, int64_t deadline_ms)
{
	struct timespec deadline = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	bool joins;
	int r = 0;

	if (!listener)
		return;
	listener_stop(listener);
	(void)pthread_mutex_lock(&listener->lock);
	while (listener->threads > 0 && r == 0)
		r = pthread_cond_clockwait(&listener->ended, &listener->lock,
		    CLOCK_MONOTONIC, &deadline);
	for (struct served *s = listener->served; s; s = s->next)
		(void)shutdown(s->fd, SHUT_RDWR); /* it may have gone */
	while (listener->threads > 0)
		(void)pthread_cond_wait(&listener->ended, &listener->lock);
	joins = listener->has_unjoined;
	listener->has_unjoined = false;
	(void)pthread_mutex_unlock(&listener->lock);
	if (joins)
		(void)pthread_join(listener->unjoined, NULL);
}

void
listener_free(struct listener *listener)
{
	if (!listener)
		return;
	/* Also where no thread is left: the lock tells that, not the count. */
	listener_drain(listener, 0);
	(void)close(listener->socket_fd);
	if (listener->epoll_fd >= 0)
		(void)close(listener->epoll_fd);
	if (listener->stop_fd >= 0)
		(void)close(listener->stop_fd);
	(void)pthread_cond_destroy(&listener->ended);
	(void)pthread_mutex_destroy(&listener->lock);
	free(listener);
}

void
listener_stats(struct listener *listener, struct listener_stats *ret)
{
	(void)pthread_mutex_lock(&listener->lock);
	*ret = (struct listener_stats){listener->threads, listener->connections,
	    listener->accepted, listener->refused};
	(void)pthread_mutex_unlock(&listener->lock);
}

int
listener_bind(const char *path, mode_t mode, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	AUTO_FD fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	(void)strcpy(address.sun_path, path);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	/* Nobody can connect before the mode is what it shall be. */
	if (fchmod(fd, 0) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0 || chmod(path, mode) < 0)
		return -errno;

	*ret_fd = TAKE_FD(fd);
	return 0;
}
