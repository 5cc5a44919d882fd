#include "login/token_prompt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TEXTS_MAX 2

/* The token as far as it was typed. */
struct parts {
	struct secret *token; /* TOKEN_BYTES_MAX, `used` of them */
	size_t used;
	struct secret *last;
	unsigned count;
	bool is_cut; /* the last one may be; one that goes on never is */
};

static void
parts_done(struct parts *parts)
{
	secret_free(parts->token);
	secret_free(parts->last);
}

static int
parts_ask(const struct parts *parts, const struct token_prompt *prompt,
    struct dialogue_answer *ret_answer)
{
	struct dialogue_text texts[TEXTS_MAX];
	struct dialogue_question question = {
	    .texts = texts,
	    .prompt = prompt->prompt ? prompt->prompt : "Access token: ",
	    .echo = prompt->echo,
	};
	char next[48];

	if (parts->count > 0) {
		(void)snprintf(next, sizeof(next),
		    "Access token, part %u: ", parts->count + 1);
		question.prompt = next;
	}
	if (parts->count == 0 && prompt->title)
		texts[question.text_count++] =
		    (struct dialogue_text){prompt->title, false};
	if (parts->count == 0 && prompt->note)
		texts[question.text_count++] =
		    (struct dialogue_text){prompt->note, true};
	return prompt->dialogue->ask(
	    prompt->dialogue->context, &question, ret_answer);
}

static bool
is_repeated(const struct parts *parts, const struct secret *answer)
{
	return parts->last && parts->last->size == answer->size &&
	       secret_equal(parts->last->bytes, answer->bytes, answer->size);
}

/* Why this answer ends the reading without a token, NULL: it does not. */
static const char *
parts_fault(const struct parts *parts, const struct dialogue_answer *answer)
{
	if (answer->is_decoy || answer->text->size == 0)
		return "no-answer";
	if (is_repeated(parts, answer->text) ||
	    parts->used + answer->text->size > TOKEN_BYTES_MAX)
		return "token-too-long";
	return NULL;
}

/* Append an answer. True: it ends in a backslash, another part follows. */
static bool
parts_append(struct parts *parts, struct dialogue_answer *answer)
{
	size_t size = answer->text->size;
	bool goes_on = answer->text->bytes[size - 1] == '\\';

	memcpy(parts->token->bytes + parts->used, answer->text->bytes, size);
	parts->used += size - goes_on;
	parts->count++;
	parts->is_cut = answer->is_cut && !goes_on;
	secret_free(parts->last);
	parts->last = answer->text;
	answer->text = NULL;
	return goes_on;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What was read, without the blanks that come with copying. */
static struct secret *
parts_finish(const struct parts *parts)
{
	const char *token = parts->token->bytes;
	size_t first = 0, size = parts->used;

	while (first < size && is_blank(token[first]))
		first++;
	while (size > first && is_blank(token[size - 1]))
		size--;
	return secret_copy(token + first, size - first);
}

static int
parts_read(struct parts *parts, const struct token_prompt *prompt,
    const char **ret_why)
{
	bool goes_on = true;
	int r;

	while (goes_on) {
		__attribute__((cleanup(
		    dialogue_answer_done))) struct dialogue_answer answer = {0};

		if (parts->count == TOKEN_PARTS_MAX) {
			*ret_why = "token-too-long";
			return 0;
		}
		r = parts_ask(parts, prompt, &answer);
		if (r < 0)
			return r;
		*ret_why = parts_fault(parts, &answer);
		if (*ret_why)
			return 0;
		goes_on = parts_append(parts, &answer);
	}
	return 1;
}

int
token_prompt_read(const struct token_prompt *prompt, struct secret **ret_token,
    bool *ret_is_cut, const char **ret_why)
{
	__attribute__((cleanup(parts_done))) struct parts parts = {
	    .token = secret_new(TOKEN_BYTES_MAX)};
	struct secret *token;
	int r;

	if (!parts.token)
		return -ENOMEM;
	r = parts_read(&parts, prompt, ret_why);
	if (r <= 0)
		return r;
	token = parts_finish(&parts);
	if (!token)
		return -ENOMEM;
	if (token->size == 0) {
		secret_free(token);
		*ret_why = "no-answer";
		return 0;
	}
	*ret_token = token;
	*ret_is_cut = parts.is_cut;
	return 1;
}
