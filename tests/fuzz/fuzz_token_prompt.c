/*
 * A person, or whatever answers for one, at the prompt for a token: answers
 * that lines part, the first byte of each saying whether it is a decoy or as
 * long as ssh lets it be. What comes out is what was typed, put together, and
 * the questions have an end.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "login/token_prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct person {
	const char *left; /* of what will be typed */
	size_t size;
	unsigned asked;
	bool is_sound; /* no decoy, and no answer of nothing */
	bool last_may_be_cut;
	bool goes_on;	      /* the last answer did */
	struct secret *typed; /* all answers without their backslashes */
	size_t used;
};

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
keep(struct person *person, const char *text, size_t size)
{
	person->goes_on = size > 0 && text[size - 1] == '\\';
	size -= person->goes_on;
	if (person->used + size <= person->typed->size) {
		memcpy(person->typed->bytes + person->used, text, size);
		person->used += size;
	}
}

static int
answer(void *context, const struct dialogue_question *question,
    struct dialogue_answer *ret_answer)
{
	struct person *person = context;
	const char *end;
	size_t size;

	demand(person->asked == 0 || person->goes_on);
	demand(question->text_count <= 2 && *question->prompt);
	person->asked++;
	if (person->size == 0)
		return -ECANCELED;
	end = memchr(person->left, '\n', person->size);
	size = end ? (size_t)(end - person->left) : person->size;
	if (size > 0) {
		ret_answer->is_decoy = person->left[0] == 'd';
		ret_answer->is_cut = person->left[0] == 'c';
		ret_answer->text = secret_copy(person->left + 1, size - 1);
	} else {
		ret_answer->text = secret_new(0);
	}
	demand(ret_answer->text);
	if (ret_answer->is_decoy || ret_answer->text->size == 0)
		person->is_sound = false;
	person->last_may_be_cut = ret_answer->is_cut;
	keep(person, ret_answer->text->bytes, ret_answer->text->size);
	person->left += size + (end != NULL);
	person->size -= size + (end != NULL);
	return 0;
}

static void
check_token(
    const struct person *person, const struct secret *token, bool is_cut)
{
	size_t offset = 0;

	demand(person->is_sound && !person->goes_on);
	demand(token->size > 0 && token->size <= TOKEN_BYTES_MAX);
	demand(is_cut == person->last_may_be_cut);
	while (strchr(" \t\r\n", person->typed->bytes[offset]) &&
	       person->typed->bytes[offset])
		offset++;
	demand(offset + token->size <= person->used);
	demand(memcmp(person->typed->bytes + offset, token->bytes,
		   token->size) == 0);
	for (offset += token->size; offset < person->used; offset++)
		demand(strchr(" \t\r\n", person->typed->bytes[offset]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct person person = {.left = (const char *)data,
	    .size = size,
	    .is_sound = true,
	    .typed = secret_new(size + 1)};
	struct dialogue dialogue = {answer, &person};
	struct token_prompt prompt = {.dialogue = &dialogue, .note = "no"};
	AUTO(secret) token = NULL;
	const char *why = NULL;
	bool is_cut;
	int r;

	demand(person.typed);
	r = token_prompt_read(&prompt, &token, &is_cut, &why);
	demand(person.asked >= 1 && person.asked <= TOKEN_PARTS_MAX);
	if (r == 1)
		check_token(&person, token, is_cut);
	else if (r == 0)
		demand(why && !token);
	else
		demand(r == -ECANCELED && !token);
	secret_free(person.typed);
	return 0;
}
