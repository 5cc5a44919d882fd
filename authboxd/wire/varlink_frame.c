/*
 * The buffer grows by copying and wiping, never by realloc(), because frames
 * hold codes and keys.
 */
#include "wire/varlink_frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "wire/stream.h"

#define BUFFER_BYTES_FIRST 4096

void
varlink_frame_buffer_done(struct varlink_frame_buffer *buffer)
{
	if (buffer->bytes)
		secret_wipe(buffer->bytes, buffer->capacity);
	free(buffer->bytes);
	*buffer = (struct varlink_frame_buffer){0};
}

/* Make room for at least one byte more. */
static int
buffer_make_room(struct varlink_frame_buffer *buffer)
{
	size_t kept = buffer->end - buffer->start, capacity = buffer->capacity;
	bool waits = buffer->waits;
	char *bytes;

	if (buffer->end < capacity)
		return 0;
	if (kept == VARLINK_FRAME_BYTES_MAX)
		return -EMSGSIZE;
	/* Moving less than half keeps a long pipeline of short frames cheap. */
	if (kept >= capacity / 2)
		capacity = capacity ? capacity * 2 : BUFFER_BYTES_FIRST;
	if (capacity > VARLINK_FRAME_BYTES_MAX)
		capacity = VARLINK_FRAME_BYTES_MAX;

	bytes = malloc(capacity);
	if (!bytes)
		return -ENOMEM;
	if (kept > 0)
		memcpy(bytes, buffer->bytes + buffer->start, kept);
	varlink_frame_buffer_done(buffer);
	*buffer = (struct varlink_frame_buffer){
	    .bytes = bytes, .capacity = capacity, .end = kept, .waits = waits};
	return 0;
}

/* Put what the socket has behind what is there. Plain recv: the kernel drops
 * descriptors that a peer passes. */
static int
buffer_fill(struct varlink_frame_buffer *buffer, int fd, int64_t deadline_ms,
    bool waits)
{
	ssize_t n;
	int r;

	r = buffer_make_room(buffer);
	if (r < 0)
		return r;
	do {
		n = recv(fd, buffer->bytes + buffer->end,
		    buffer->capacity - buffer->end, waits ? 0 : MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			if (waits)
				return -ETIMEDOUT;
			r = stream_wait(fd, deadline_ms);
			if (r < 0)
				return r;
			errno = EINTR;
		}
	} while (n < 0 && errno == EINTR);

	if (n < 0)
		return -errno;
	if (n == 0)
		return -ECONNRESET;
	buffer->end += (size_t)n;
	return 0;
}

static int
parse_object(const char *text, size_t size, cJSON **ret_object)
{
	AUTO_JSON tree = NULL;
	int r;

	r = json_parse(text, size, &tree, NULL);
	if (r < 0)
		return r;
	if (!cJSON_IsObject(tree))
		return -EBADMSG;
	*ret_object = TAKE(tree);
	return 0;
}

void
varlink_frame_buffer_wait(
    struct varlink_frame_buffer *buffer, int fd, int64_t wait_ms)
{
	const struct timeval patience = {
	    .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};

	buffer->waits = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			    sizeof(patience)) == 0;
}

int
varlink_frame_receive(int fd, struct varlink_frame_buffer *buffer,
    int64_t deadline_ms, int64_t rest_ms, cJSON **ret_object)
{
	size_t searched = 0, size;
	char *frame, *nul = NULL;
	int r;

	if (buffer->start == buffer->end) {
		buffer->start = buffer->end = 0;
		r = buffer_fill(buffer, fd, deadline_ms, buffer->waits);
		if (r < 0)
			return r;
	}
	deadline_ms = stream_now_ms() + rest_ms;
	for (;;) {
		frame = buffer->bytes + buffer->start;
		size = buffer->end - buffer->start;
		nul = memchr(frame + searched, '\0', size - searched);
		if (nul)
			break;
		searched = size;
		r = buffer_fill(buffer, fd, deadline_ms, false);
		if (r < 0)
			return r;
	}

	size = (size_t)(nul - frame);
	r = parse_object(frame, size, ret_object);
	secret_wipe(frame, size);
	buffer->start += size + 1;
	return r;
}

int
varlink_frame_send(int fd, const cJSON *object, int64_t deadline_ms)
{
	AUTO(secret) text = json_print(object);

	if (!text)
		return -ENOMEM;
	if (text->size + 1 > VARLINK_FRAME_BYTES_MAX)
		return -EMSGSIZE;
	return stream_write(fd, text->bytes, text->size + 1, deadline_ms);
}
