/*
 * Plays pam_authbox.so on a connected socket: BEGIN, answers, and what DONE
 * said. To be included after <cmocka.h>, or without it by plain programs.
 */
#ifndef TESTS_HARNESS_PAM_PEER_H
#define TESTS_HARNESS_PAM_PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authbox/verdict.h"
#include "login/login_request.h"
#include "wire/pam_frame.h"
#include "wire/stream.h"

#define PAM_PEER_MS	  30000
#define PAM_PEER_TEXT_MAX 8192

struct pam_peer {
	int fd;
	struct pam_frame frame;
	/* What the connection came to: */
	int verdict; /* enum verdict; < 0: negative errno, no DONE came */
	char user[USER_NAME_BYTES_MAX + 1];
	char reference[PAM_REFERENCE_BYTES + 1];
	unsigned asked;
	char shown[PAM_PEER_TEXT_MAX]; /* texts and prompts, a line each */
};

/* The answer to the question that was just appended to peer->shown; NULL: the
 * person gives up. */
typedef const char *pam_peer_answer(void *context, const struct pam_peer *peer);

static inline int
pam_peer_begin(struct pam_peer *peer, const struct login_request *request)
{
	const struct {
		enum pam_field field;
		const char *text;
	} texts[] = {
	    {PAM_FIELD_FACTOR, request->factor},
	    {PAM_FIELD_SERVICE, request->service},
	    {PAM_FIELD_USER, request->user},
	    {PAM_FIELD_CONFIG, request->config},
	    {PAM_FIELD_RHOST, request->rhost},
	    {PAM_FIELD_TTY, request->tty},
	    {PAM_FIELD_PROMPT, request->prompt},
	    {PAM_FIELD_REFERENCE, request->reference},
	};
	struct pam_frame *frame = &peer->frame;
	int r;

	pam_frame_start(frame, PAM_FRAME_BEGIN);
	r = pam_frame_put_u8(frame, PAM_FIELD_STAGE, (uint8_t)request->stage);
	for (size_t i = 0; r == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		r = pam_frame_put_text(frame, texts[i].field, texts[i].text);
	if (r == 0)
		r = pam_frame_put_u32(frame, PAM_FIELD_FLAGS, request->flags);
	if (r == 0)
		r = pam_frame_put_u8(
		    frame, PAM_FIELD_TRIES, (uint8_t)request->tries);
	return r == 0 ? pam_frame_send(
			    peer->fd, frame, stream_now_ms() + PAM_PEER_MS)
		      : r;
}

static inline void
pam_peer_read(struct pam_peer *peer)
{
	struct pam_frame_item item;
	size_t offset = 0, used;
	uint64_t seen = 0;
	uint8_t number = 0;

	while (pam_frame_next(&peer->frame, &offset, &seen, &item) > 0) {
		used = strlen(peer->shown);
		if (item.field == PAM_FIELD_VERDICT &&
		    pam_frame_item_u8(&item, &number) == 0)
			peer->verdict = number;
		else if (item.field == PAM_FIELD_USER)
			(void)pam_frame_item_text(
			    &item, peer->user, sizeof(peer->user));
		else if (item.field == PAM_FIELD_REFERENCE)
			(void)pam_frame_item_text(
			    &item, peer->reference, sizeof(peer->reference));
		else if (item.field == PAM_FIELD_INFO ||
			 item.field == PAM_FIELD_ERROR ||
			 item.field == PAM_FIELD_PROMPT)
			(void)snprintf(peer->shown + used,
			    sizeof(peer->shown) - used, "%.*s\n",
			    (int)item.size, (const char *)item.bytes);
	}
}

/* The next frame that is not WORKING. 1: a question; 0: the end, see
 * peer->verdict. */
static inline int
pam_peer_wait(struct pam_peer *peer)
{
	int r;

	do
		r = pam_frame_receive(peer->fd, &peer->frame,
		    stream_now_ms() + PAM_PEER_MS, PAM_PEER_MS);
	while (r == 0 && peer->frame.type == PAM_FRAME_WORKING);
	peer->verdict = r < 0 ? r : -EPROTO;
	if (r < 0)
		return 0;
	pam_peer_read(peer);
	peer->asked += peer->frame.type == PAM_FRAME_ASK;
	return peer->frame.type == PAM_FRAME_ASK;
}

static inline int
pam_peer_send_answer(struct pam_peer *peer, const char *answer)
{
	struct pam_frame *frame = &peer->frame;
	int r;

	pam_frame_start(frame, PAM_FRAME_ANSWER);
	r = answer ? pam_frame_put_text(frame, PAM_FIELD_ANSWER, answer)
		   : pam_frame_put_u32(
			 frame, PAM_FIELD_ANSWER_FLAGS, PAM_ANSWER_CANCEL);
	return r == 0 ? pam_frame_send(
			    peer->fd, frame, stream_now_ms() + PAM_PEER_MS)
		      : r;
}

/* A whole stage. Returns peer->verdict. */
static inline int
pam_peer_play(struct pam_peer *peer, const struct login_request *request,
    pam_peer_answer *answer, void *context)
{
	int r;

	peer->verdict = r = pam_peer_begin(peer, request);
	while (r == 0 && pam_peer_wait(peer) > 0) {
		const char *text = answer ? answer(context, peer) : NULL;

		r = pam_peer_send_answer(peer, text);
		/* A daemon that gave up has sent its verdict before. */
		if (r == -EPIPE)
			r = 0;
	}
	return peer->verdict;
}

/* Whom the module would let pass: nobody else gets PAM_SUCCESS or PAM_IGNORE
 * out of it. */
static inline bool
pam_peer_is_let_in(int verdict)
{
	return verdict == VERDICT_ALLOW || verdict == VERDICT_UNMANAGED ||
	       verdict == VERDICT_EXEMPT;
}

#endif
