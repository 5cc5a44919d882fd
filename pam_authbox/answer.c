#include "pam_authbox/answer.h"

#include <string.h>

#include "authbox/pam_protocol.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
ends_in_digits(const char *text, size_t size, unsigned digits)
{
	if (size < digits)
		return false;
	for (size_t i = size - digits; i < size; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

void
answer_read(const char *typed, unsigned split_digits, struct answer *ret_answer)
{
	size_t size = typed ? strlen(typed) : 0;

	if (!typed || *typed == '\b' || size > ANSWER_BYTES_MAX ||
	    !ends_in_digits(typed, size, split_digits)) {
		*ret_answer = (struct answer){PAM_ANSWER_DECOY, "", size};
		return;
	}

	*ret_answer = (struct answer){
	    .flags = size == ANSWER_CUT_BYTES ? PAM_ANSWER_CUT : 0,
	    .text = typed + (split_digits ? size - split_digits : 0),
	    .rest_bytes = size - split_digits,
	};
}

bool
answer_is_code(const char *first_pass)
{
	size_t digits = 0;

	for (; *first_pass; first_pass++)
		if (is_digit(*first_pass))
			digits++;
		else if (*first_pass != ' ')
			return false;
	return digits >= ANSWER_DIGITS_MIN && digits <= ANSWER_DIGITS_MAX;
}

bool
answer_ends_in_code(const char *first_pass)
{
	return ends_in_digits(
	    first_pass, strlen(first_pass), ANSWER_DIGITS_MIN);
}

void
answer_drop_blanks(char *code)
{
	char *to = code;

	for (const char *from = code; *from; from++)
		if (*from != ' ')
			*to++ = *from;
	/* Nothing of it may stay behind the end, where no wipe looks. */
	while (*to)
		*to++ = '\0';
}
