/*
 * What becomes of an answer before it goes to authboxd: which part of it is
 * sent, and which is left for the module behind us. Pure.
 *
 * sshd answers for a user it does not know with junk that begins with a
 * backspace, and in password mode with the Unix password, whatever was asked.
 */
#ifndef PAM_AUTHBOX_ANSWER_H
#define PAM_AUTHBOX_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_BYTES_MAX  16384 /* a token; more is nobody's answer */
#define ANSWER_CUT_BYTES  1023	/* where ssh(1) cuts, without a word */
#define ANSWER_DIGITS_MIN 6	/* of a code, for ANSWER_ENDS_IN_CODE */
#define ANSWER_DIGITS_MAX 8

struct answer {
	uint32_t flags;	   /* of enum pam_answer_flag */
	const char *text;  /* what to send, lent; "" with PAM_ANSWER_DECOY */
	size_t rest_bytes; /* with `split_digits`: how much of what was typed
			    * is the password in front of the code */
};

/* Judge an answer; NULL: nobody was asked. `split_digits` 0: all of it is for
 * authboxd; otherwise it is a password and that many digits, of which the
 * digits alone are sent; one that does not end so is a decoy and counts as a
 * password as a whole, so that the password module gives its own opinion on it.
 */
void answer_read(
    const char *typed, unsigned split_digits, struct answer *ret_answer);

/* The stored first pass may be a code: only digits and blanks. */
bool answer_is_code(const char *first_pass);

/* It may be a password with a code behind it. */
bool answer_ends_in_code(const char *first_pass);

/* Take the blanks out of a code in place. */
void answer_drop_blanks(char *code);

#endif
