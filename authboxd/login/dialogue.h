/*
 * The conversation with the person, as one function pointer: on a socket it
 * sends ASK and waits for ANSWER; in a unit test a script answers.
 */
#ifndef LOGIN_DIALOGUE_H
#define LOGIN_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"

struct dialogue_text {
	const char *text;
	bool is_error;
};

struct dialogue_question {
	const struct dialogue_text *texts; /* shown before the prompt */
	size_t text_count;
	const char *prompt;
	bool echo;
	unsigned split_digits; /* combined: 0 or how many to split off */
};

struct dialogue_answer {
	struct secret *text; /* owned by whoever asked; may be empty */
	bool is_decoy;	     /* no person answered: no guess */
	bool is_cut;	     /* exactly as long as ssh lets it be */
};

/* 0: answered; -ECANCELED: the conversation failed; -ETIMEDOUT: the prompt is
 * too old; -ECONNRESET: the program went away; other errnos as from
 * wire/pam_frame.h. */
typedef int
dialogue_ask(void *context, const struct dialogue_question *question,
    struct dialogue_answer *ret_answer);

struct dialogue {
	dialogue_ask *ask;
	void *context;
};

void dialogue_answer_done(struct dialogue_answer *answer);

#endif
