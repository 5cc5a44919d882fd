#include "pam_authbox/exchange.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "pam_authbox/ask.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "pam_authbox/server.h"
#include "pam_authbox/texts.h"
#include "wire/stream.h"

#define FRAMES_MAX    256  /* received in one stage */
#define FRAME_REST_MS 2000 /* for the rest of a frame that has begun */

struct exchange {
	int fd;
	int64_t budget_ms; /* of waiting for authboxd; people are not timed */
	unsigned asks;
	struct pam_frame frame; /* the one that is read or written now */
};

static void
exchange_free(struct exchange *x)
{
	if (!x)
		return;
	if (x->fd >= 0)
		(void)close(x->fd); /* nothing is left to be told */
	explicit_bzero(x, sizeof(*x));
	free(x);
}
CLEANUP_DEFINE(exchange)

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
receive(struct exchange *x)
{
	int64_t start_ms = stream_now_ms();
	int r;

	r = pam_frame_receive(x->fd, &x->frame,
	    start_ms + least(PAM_SILENCE_MS, x->budget_ms),
	    least(FRAME_REST_MS, x->budget_ms));
	x->budget_ms -= stream_now_ms() - start_ms;
	return r;
}

static int
transmit(struct exchange *x)
{
	int64_t start_ms = stream_now_ms();
	int r;

	r = pam_frame_send(
	    x->fd, &x->frame, start_ms + least(PAM_SILENCE_MS, x->budget_ms));
	x->budget_ms -= stream_now_ms() - start_ms;
	/* A server that has lost patience sends its verdict unasked and
	 * closes: the verdict is still there to be read. */
	return r == -EPIPE ? 0 : r;
}

static int
read_user(const struct pam_frame_item *item, const char *user, bool *ret_is_it)
{
	size_t size = strlen(user) + 1;
	AUTO_TEXT named = malloc(size);

	if (!named)
		return -ENOMEM;
	/* What does not fit or holds a NUL is somebody else's name. */
	*ret_is_it =
	    pam_frame_item_text(item, named, size) == 0 && streq(named, user);
	return 0;
}

static int
read_done_item(const struct request *request, const struct pam_frame_item *item,
    struct exchange_done *done)
{
	int r;

	switch (item->field) {
	case PAM_FIELD_VERDICT:
		return pam_frame_item_u8(item, &done->verdict);
	case PAM_FIELD_USER:
		return read_user(item, request->user, &done->is_for_user);
	case PAM_FIELD_REFERENCE:
		r = pam_frame_item_text(
		    item, done->reference, sizeof(done->reference));
		return r < 0 || strspn(done->reference, "0123456789abcdef") !=
				    PAM_REFERENCE_BYTES
			   ? -EBADMSG
			   : 0;
	default:
		return 0; /* a text, shown later */
	}
}

static int
read_done(const struct request *request, const struct pam_frame *frame,
    struct exchange_done *ret_done)
{
	struct exchange_done done = {0};
	struct pam_frame_item item;
	uint64_t seen = 0;
	size_t offset = 0;
	int r;

	do {
		r = pam_frame_next(frame, &offset, &seen, &item);
		if (r == 0)
			break;
		if (r > 0)
			r = read_done_item(request, &item, &done);
		if (r < 0)
			return r;
	} while (true);

	if (!(seen & UINT64_C(1) << PAM_FIELD_VERDICT))
		return -EBADMSG;
	/* The verdict stands whether or not the host can show the texts. */
	(void)texts_tell(request, frame);
	*ret_done = done;
	return 0;
}

static int
ask(struct exchange *x, const struct request *request)
{
	int r;

	/* Only auth has a person in front of it; and nobody is kept there for
	 * ever. */
	if (request->stage != PAM_STAGE_AUTH || x->asks == PAM_ASKS_MAX)
		return -EPROTO;
	x->asks++;
	r = ask_answer(request, x->asks == 1, &x->frame);
	if (r == 0)
		return transmit(x);
	if (r == -ECANCELED)
		(void)transmit(x); /* a courtesy to the audit record */
	return r;
}

/* Take one frame. 1: it was the verdict. */
static int
take_frame(struct exchange *x, const struct request *request,
    struct exchange_done *ret_done)
{
	int r;

	r = receive(x);
	if (r < 0)
		return r;
	switch (x->frame.type) {
	case PAM_FRAME_WORKING:
		return x->frame.size == 0 ? 0 : -EBADMSG;
	case PAM_FRAME_ASK:
		return ask(x, request);
	case PAM_FRAME_DONE:
		r = read_done(request, &x->frame, ret_done);
		return r == 0 ? 1 : r;
	default:
		return -EPROTO;
	}
}

static int
converse(struct exchange *x, const struct request *request,
    struct exchange_done *ret_done)
{
	int r;

	r = request_put(request, &x->frame);
	if (r == 0)
		r = transmit(x);
	for (unsigned i = 0; r == 0 && i < FRAMES_MAX; i++)
		r = take_frame(x, request, ret_done);
	return r == 0 ? -EPROTO : r;
}

int
exchange_run(const struct request *request, struct exchange_done *ret_done)
{
	const char *path = request->options->socket_path;
	AUTO(exchange) x = calloc(1, sizeof(*x));
	int r;

	if (!x) {
		pam_syslog(request->pamh, LOG_ERR, "out of memory");
		return -ENOMEM;
	}
	x->fd = -1;
	x->budget_ms = request->factor->cap_ms;
	r = server_connect(request->pamh, path, &x->fd);
	if (r < 0)
		return r;

	r = converse(x, request, ret_done);
	if (r < 0 && r != -ECANCELED) {
		errno = -r;
		pam_syslog(request->pamh, LOG_ERR,
		    "no verdict from authboxd at %s: %m; see its log", path);
	}
	return r < 0 ? r : 0;
}
