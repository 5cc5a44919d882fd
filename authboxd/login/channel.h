/* The dialogue with a PAM module on its socket. */
#ifndef LOGIN_CHANNEL_H
#define LOGIN_CHANNEL_H

#include "authbox/verdict.h"
#include "wire/busy.h"
#include "login/dialogue.h"
#include "wire/pam_frame.h"

struct channel {
	int fd;
	struct busy *busy;
	struct busy_work *work; /* entered, except while a person is asked */
	unsigned asks;
	struct pam_frame frame; /* wiped by channel_done() */
};

/* The dialogue_ask of a channel; context is the struct channel. */
int channel_ask(void *context, const struct dialogue_question *question,
    struct dialogue_answer *ret_answer);

/* What DONE says. Texts may be NULL. */
struct channel_verdict {
	enum verdict verdict;
	const char *user, *reference;
	const char *text;
	bool is_error; /* the text is one */
};

int
channel_finish(struct channel *channel, const struct channel_verdict *verdict);

void channel_done(struct channel *channel);

#endif
