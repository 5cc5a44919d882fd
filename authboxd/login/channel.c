#include "login/channel.h"

#include <errno.h>
#include <string.h>

#include "wire/stream.h"

#define SEND_MS 2000
#define REST_MS 2000 /* a frame that has begun must end */

void
dialogue_answer_done(struct dialogue_answer *answer)
{
	secret_free(answer->text);
	answer->text = NULL;
}

static int
put_question(struct pam_frame *frame, const struct dialogue_question *question)
{
	int r = 0;

	pam_frame_start(frame, PAM_FRAME_ASK);
	for (size_t i = 0; i < question->text_count && r == 0; i++)
		r = pam_frame_put_text(frame,
		    question->texts[i].is_error ? PAM_FIELD_ERROR
						: PAM_FIELD_INFO,
		    question->texts[i].text);
	if (r == 0)
		r = pam_frame_put_text(
		    frame, PAM_FIELD_PROMPT, question->prompt);
	if (r == 0)
		r = pam_frame_put_u8(frame, PAM_FIELD_ECHO, question->echo);
	if (r == 0 && question->split_digits > 0)
		r = pam_frame_put_u8(frame, PAM_FIELD_SPLIT_DIGITS,
		    (uint8_t)question->split_digits);
	return r;
}

static int
get_answer(const struct pam_frame *frame, struct dialogue_answer *ret_answer)
{
	AUTO(secret) text = NULL;
	struct pam_frame_item item;
	uint32_t flags = 0;
	size_t offset = 0;
	uint64_t seen = 0;
	int r;

	if (frame->type != PAM_FRAME_ANSWER)
		return -EBADMSG;
	while ((r = pam_frame_next(frame, &offset, &seen, &item)) > 0) {
		if (item.field == PAM_FIELD_ANSWER_FLAGS)
			r = pam_frame_item_u32(&item, &flags);
		else if (!(text = secret_copy(item.bytes, item.size)))
			r = -ENOMEM;
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (flags & PAM_ANSWER_CANCEL)
		return -ECANCELED;
	if (!text && !(text = secret_new(0)))
		return -ENOMEM;

	/* A NUL inside would end the text early for whoever reads it as one. */
	ret_answer->is_decoy =
	    (flags & PAM_ANSWER_DECOY) || strlen(text->bytes) != text->size;
	ret_answer->is_cut = flags & PAM_ANSWER_CUT;
	ret_answer->text = TAKE(text);
	return 0;
}

static int
exchange(struct channel *channel, struct dialogue_answer *ret_answer)
{
	int r;

	r = pam_frame_send(
	    channel->fd, &channel->frame, stream_now_ms() + SEND_MS);
	if (r == 0)
		r = pam_frame_receive(channel->fd, &channel->frame,
		    stream_now_ms() + PAM_PROMPT_CAP_MS, REST_MS);
	if (r == 0)
		r = get_answer(&channel->frame, ret_answer);
	if (r == -EBADMSG || r == -EPROTONOSUPPORT)
		r = -EPROTO;
	secret_wipe(channel->frame.bytes, sizeof(channel->frame.bytes));
	return r;
}

int
channel_ask(void *context, const struct dialogue_question *question,
    struct dialogue_answer *ret_answer)
{
	struct channel *channel = context;
	int r;

	if (++channel->asks > PAM_ASKS_MAX)
		return -EPROTO;
	r = put_question(&channel->frame, question);
	if (r < 0)
		return r;

	/* While a person thinks, nobody works. */
	busy_leave(channel->busy, channel->work);
	r = exchange(channel, ret_answer);
	busy_enter(channel->busy, channel->work);
	return r;
}

int
channel_finish(struct channel *channel, const struct channel_verdict *verdict)
{
	struct pam_frame *frame = &channel->frame;
	int r;

	pam_frame_start(frame, PAM_FRAME_DONE);
	r = pam_frame_put_u8(
	    frame, PAM_FIELD_VERDICT, (uint8_t)verdict->verdict);
	if (r == 0)
		r = pam_frame_put_text(frame, PAM_FIELD_USER, verdict->user);
	if (r == 0)
		r = pam_frame_put_text(
		    frame, PAM_FIELD_REFERENCE, verdict->reference);
	if (r == 0 && verdict->text)
		r = pam_frame_put_text(frame,
		    verdict->is_error ? PAM_FIELD_ERROR : PAM_FIELD_INFO,
		    verdict->text);
	if (r == 0)
		r = pam_frame_send(
		    channel->fd, frame, stream_now_ms() + SEND_MS);
	return r;
}

void
channel_done(struct channel *channel)
{
	secret_wipe(&channel->frame, sizeof(channel->frame));
}
