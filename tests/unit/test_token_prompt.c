#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "login/token_prompt.h"

/* Answers one after the other; NULL cancels. "@N" stands for N times 'a', and
 * with "\\" behind it goes on. */
struct script {
	const char *const *answers;
	size_t asked;
	bool is_cut;
	char prompts[4096];
};

static int
script_ask(void *context, const struct dialogue_question *question,
    struct dialogue_answer *ret_answer)
{
	struct script *script = context;
	const char *answer = script->answers[script->asked];
	size_t used = strlen(script->prompts), size = 0;

	(void)snprintf(script->prompts + used, sizeof(script->prompts) - used,
	    "%s|", question->prompt);
	if (!answer)
		return -ECANCELED;
	script->asked++;
	if (sscanf(answer, "@%zu", &size) == 1) {
		bool goes_on = answer[strlen(answer) - 1] == '\\';

		ret_answer->text = secret_new(size + goes_on);
		memset(ret_answer->text->bytes, 'a' + (int)(script->asked % 26),
		    size);
		if (goes_on)
			ret_answer->text->bytes[size] = '\\';
	} else {
		ret_answer->text = secret_copy(answer, strlen(answer));
	}
	ret_answer->is_cut = script->is_cut && ret_answer->text->size == 1023;
	return 0;
}

static int
read_token(struct script *script, struct secret **ret_token, bool *ret_is_cut,
    const char **ret_why)
{
	struct dialogue dialogue = {script_ask, script};
	struct token_prompt prompt = {.dialogue = &dialogue};

	return token_prompt_read(&prompt, ret_token, ret_is_cut, ret_why);
}

static const struct {
	const char *answers[4];
	const char *token; /* NULL: none */
	const char *why;
	const char *prompts;
} cases[] = {
    {{"abx_1"}, "abx_1", NULL, "Access token: |"},
    {{" abx_1\t"}, "abx_1", NULL, "Access token: |"},
    {{"ab\\", "cd\\", "ef"}, "abcdef", NULL,
	"Access token: |Access token, part 2: |Access token, part 3: |"},
    {{"ab\\", "cd\\", "cd\\"}, NULL, "token-too-long",
	"Access token: |Access token, part 2: |Access token, part 3: |"},
    {{"password\\", "password\\"}, NULL, "token-too-long",
	"Access token: |Access token, part 2: |"},
    {{""}, NULL, "no-answer", "Access token: |"},
    {{"  "}, NULL, "no-answer", "Access token: |"},
    {{"\\", ""}, NULL, "no-answer", "Access token: |Access token, part 2: |"},
    {{"@16384"}, "", NULL, "Access token: |"},
    {{"@16385"}, NULL, "token-too-long", "Access token: |"},
    {{"@9000\\", "@9000"}, NULL, "token-too-long",
	"Access token: |Access token, part 2: |"},
};

static void
a_token_is_read_in_parts_within_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script = {.answers = cases[i].answers};
		AUTO(secret) token = NULL;
		const char *why = NULL;
		bool is_cut = true;
		int r = read_token(&script, &token, &is_cut, &why);

		assert_int_equal(r, cases[i].token != NULL);
		assert_true(r == 0 || !is_cut);
		if (cases[i].token && *cases[i].token)
			assert_string_equal(token->bytes, cases[i].token);
		if (cases[i].why)
			assert_string_equal(why, cases[i].why);
		assert_string_equal(script.prompts, cases[i].prompts);
	}
}

static void
a_token_of_too_many_parts_is_none(void **state)
{
	static const char *const answers[] = {[0 ... TOKEN_PARTS_MAX] = "@9\\"};
	struct script script = {.answers = answers};
	AUTO(secret) token = NULL;
	const char *why = NULL;
	bool is_cut;

	(void)state;
	assert_int_equal(read_token(&script, &token, &is_cut, &why), 0);
	assert_string_equal(why, "token-too-long");
	assert_int_equal(script.asked, TOKEN_PARTS_MAX);
}

static void
a_token_that_ssh_may_have_cut_is_told(void **state)
{
	static const char *const answers[] = {"@1023", NULL};
	struct script script = {.answers = answers, .is_cut = true};
	AUTO(secret) token = NULL;
	const char *why = NULL;
	bool is_cut = false;

	/* It may also be whole: PostgreSQL and nginx cut nothing. */
	(void)state;
	assert_int_equal(read_token(&script, &token, &is_cut, &why), 1);
	assert_int_equal(token->size, 1023);
	assert_true(is_cut);
}

static void
a_part_that_goes_on_was_not_cut(void **state)
{
	static const char *const answers[] = {"@1022\\", "@9", NULL};
	struct script script = {.answers = answers, .is_cut = true};
	AUTO(secret) token = NULL;
	const char *why = NULL;
	bool is_cut = true;

	(void)state;
	assert_int_equal(read_token(&script, &token, &is_cut, &why), 1);
	assert_int_equal(token->size, 1031);
	assert_false(is_cut);
}

static void
a_cancelled_part_cancels_the_token(void **state)
{
	static const char *const answers[] = {"ab\\", NULL};
	struct script script = {.answers = answers};
	AUTO(secret) token = NULL;
	const char *why = NULL;
	bool is_cut;

	(void)state;
	assert_int_equal(
	    read_token(&script, &token, &is_cut, &why), -ECANCELED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_is_read_in_parts_within_bounds),
	    cmocka_unit_test(a_token_of_too_many_parts_is_none),
	    cmocka_unit_test(a_token_that_ssh_may_have_cut_is_told),
	    cmocka_unit_test(a_part_that_goes_on_was_not_cut),
	    cmocka_unit_test(a_cancelled_part_cancels_the_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
