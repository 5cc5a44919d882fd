#include "wire/busy.h"

#include <pthread.h>
#include <sys/socket.h>

#include "wire/pam_frame.h"
#include "wire/stream.h"

struct busy {
	pthread_mutex_t lock; /* of the list and of what is in it */
	struct busy_work *first;
};

struct busy *
busy_new(void)
{
	struct busy *busy = calloc(1, sizeof(*busy));

	if (busy)
		(void)pthread_mutex_init(&busy->lock, NULL); /* cannot fail */
	return busy;
}

void
busy_free(struct busy *busy)
{
	if (!busy)
		return;
	(void)pthread_mutex_destroy(&busy->lock); /* nobody holds it */
	free(busy);
}

void
busy_work_init(struct busy_work *work, int fd, int64_t cap_ms)
{
	*work = (struct busy_work){.fd = fd, .left_ms = cap_ms};
}

void
busy_enter(struct busy *busy, struct busy_work *work)
{
	work->since_ms = work->told_ms = stream_now_ms();
	work->deadline_ms = work->since_ms + work->left_ms;
	if (!busy)
		return;

	(void)pthread_mutex_lock(&busy->lock);
	work->next = busy->first;
	work->previous = &busy->first;
	if (work->next)
		work->next->previous = &work->next;
	busy->first = work;
	(void)pthread_mutex_unlock(&busy->lock);
}

void
busy_leave(struct busy *busy, struct busy_work *work)
{
	work->left_ms = work->deadline_ms - stream_now_ms();
	if (!busy)
		return;
	(void)pthread_mutex_lock(&busy->lock);
	*work->previous = work->next;
	if (work->next)
		work->next->previous = work->previous;
	(void)pthread_mutex_unlock(&busy->lock);
}

void
busy_renew(struct busy *busy, struct busy_work *work, int64_t cap_ms)
{
	int64_t deadline_ms = stream_now_ms() + cap_ms;

	if (busy)
		(void)pthread_mutex_lock(&busy->lock);
	work->deadline_ms = deadline_ms;
	if (busy)
		(void)pthread_mutex_unlock(&busy->lock);
}

bool
busy_work_is_late(const struct busy_work *work)
{
	return stream_now_ms() >= work->deadline_ms;
}

/* A peer that does not read loses its WORKING frames, nothing else: eight
 * bytes fit into the socket's buffer or not at all. */
static void
busy_work_tell(struct busy_work *work, int64_t now_ms)
{
	static const uint8_t working[PAM_HEADER_BYTES] = {
	    0, 0, 0, 0, PAM_FRAME_WORKING, PAM_PROTOCOL_VERSION, 0, 0};

	if (work->fd < 0 || now_ms - work->told_ms < PAM_WORKING_MS)
		return;
	(void)send(
	    work->fd, working, sizeof(working), MSG_DONTWAIT | MSG_NOSIGNAL);
	work->told_ms = now_ms;
}

bool
busy_tick(struct busy *busy)
{
	int64_t now_ms = stream_now_ms();
	bool well = true;

	(void)pthread_mutex_lock(&busy->lock);
	for (struct busy_work *work = busy->first; work; work = work->next) {
		busy_work_tell(work, now_ms);
		if (now_ms > work->deadline_ms + BUSY_STUCK_MS)
			well = false;
	}
	(void)pthread_mutex_unlock(&busy->lock);
	return well;
}
