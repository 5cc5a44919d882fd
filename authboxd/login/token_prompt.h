/*
 * Reading a token through prompts that are too short for it.
 *
 * ssh cuts an answer at 1023 bytes without a word, sudo refuses 512. So an
 * answer that ends in a backslash is continued at the next prompt, within
 * bounds. An equal part twice ends it: sshd's password method gives the same
 * answer to every prompt.
 */
#ifndef LOGIN_TOKEN_PROMPT_H
#define LOGIN_TOKEN_PROMPT_H

#include "login/dialogue.h"

#define TOKEN_PARTS_MAX 40
#define TOKEN_BYTES_MAX 16384

struct token_prompt {
	struct dialogue *dialogue;
	const char *prompt; /* NULL: "Access token: " */
	const char *title;  /* shown before the first prompt; may be NULL */
	const char *note;   /* the same, why the last one was not taken */
	bool echo;
};

/* 1: *ret_token is the caller's, blanks at both ends dropped, and *ret_is_cut
 * says that ssh may have cut it, which a token of that very length may also be
 * without; 0: there is none, and *ret_why says why, a code of audit_reasons[]:
 * "no-answer", "token-too-long"; < 0 as dialogue_ask. */
int token_prompt_read(const struct token_prompt *prompt,
    struct secret **ret_token, bool *ret_is_cut, const char **ret_why);

#endif
