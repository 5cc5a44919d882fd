/*
 * What the holder of a token may try against the machine itself: claims made
 * to keep a policy busy, or to make it run out of stack. Work is counted in
 * steps, which are the same on every machine, and no test looks at a clock.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "matcho/matcho.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SMALL_STACK  (64 * 1024)

static struct matcho *
compile(const char *text)
{
	AUTO_JSON pattern = NULL;
	struct matcho *matcho = NULL;
	struct matcho_error error = {"", ""};

	assert_int_equal(json_parse(text, strlen(text), &pattern, NULL), 0);
	if (matcho_compile(pattern, &matcho, &error) != 0)
		fail_msg("%s: %s: %s", text, error.path, error.why);
	return matcho;
}

/* The result, once it is sure that no more was spent than was given. */
static int
match_within(const char *pattern, const cJSON *request, size_t given)
{
	AUTO(matcho) matcho = compile(pattern);
	char path[MATCHO_PATH_BYTES_MAX];
	size_t steps = given;
	int r = matcho_match(matcho, request, &steps, path);

	assert_true(steps <= given);
	return r;
}

static void
a_claim_makes_an_expression_go_back_and_forth(void **state)
{
	static const char *const patterns[] = {
	    "{\"a\": \"#^(a+)+$\"}",
	    "{\"a\": \"#(a{1,100}){1,100}$\"}",
	    "{\"a\": \"#^(([a-z])+.)+[A-Z]([a-z])+$\"}",
	    "{\"a\": {\"$not\": \"#^(a|aa)+$\"}}",
	    "{\"a\": {\"$one-of\": [\"#^(a+)+$\", \"present?\"]}}",
	};
	char text[4097];

	(void)state;
	memset(text, 'a', sizeof(text) - 2);
	text[sizeof(text) - 2] = '!';
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < COUNT(patterns); i++) {
		AUTO_JSON request = cJSON_CreateObject();

		cJSON_AddStringToObject(request, "a", text);
		/* Neither yes nor no: not even for what says "not". */
		assert_int_equal(
		    match_within(patterns[i], request, MATCHO_STEPS_MAX),
		    -E2BIG);
	}
}

/* Each text costs little, all together a lot. */
static void
a_claim_has_very_many_texts(void **state)
{
	static const char *const patterns[] = {
	    "{\"a\": {\"$contains\": \"#^(x|xx)+!\"}}",
	    "{\"a\": {\"$every\": \"#x\"}}",
	    "{\"a\": {\"$every\": {\"$enum\": [1,2,3,4,5,\"xxxxxxxxxx\"]}}}",
	    "{\"a\": {\"$every\": \"xxxxxxxxxx\", \"$length\": 60000}}",
	    "{\"a\": {\"$every\": {\"$enum\": \".a\"}}}",
	    "{\"a\": {\"$not\": {\"$contains\": {\"$not\": \".b\"}}}}",
	};
	AUTO_JSON request = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(request, "a");

	(void)state;
	cJSON_AddStringToObject(request, "b", "xxxxxxxxxx");
	for (size_t i = 0; i < 60000; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString("xxxxxxxxxx"));
	for (size_t i = 0; i < COUNT(patterns); i++) {
		int r = match_within(patterns[i], request, 100000);

		if (r != -E2BIG)
			fail_msg("%s: %d", patterns[i], r);
	}
}

/* Lists in lists multiply; the budget is for all of them. */
static void
a_claim_has_lists_in_lists(void **state)
{
	AUTO_JSON request = cJSON_CreateObject();
	cJSON *outer = cJSON_AddArrayToObject(request, "a");

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		cJSON *inner = cJSON_CreateArray();

		for (size_t j = 0; j < 400; j++)
			cJSON_AddItemToArray(inner, cJSON_CreateNumber(1));
		cJSON_AddItemToArray(outer, inner);
	}
	assert_int_equal(
	    match_within("{\"a\": {\"$contains\": {\"$contains\": 2}}}",
		request, 100000),
	    -E2BIG);
	assert_int_equal(match_within("{\"a\": {\"$every\": {\"$every\": 1}}}",
			     request, 100000),
	    -E2BIG);
	assert_int_equal(
	    match_within(
		"{\"a\": {\"$every\": {\"$length\": 400}}}", request, 100000),
	    -E2BIG);
}

/* Each name that a pattern looks for is sought among all that there are. */
static void
a_claim_has_very_many_members(void **state)
{
	AUTO_JSON request = cJSON_CreateObject();
	AUTO_JSON pattern = cJSON_CreateObject();
	AUTO(matcho) matcho = NULL;
	struct matcho_error error;
	char name[24], path[MATCHO_PATH_BYTES_MAX];
	size_t steps = 100000;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "b%zu", i);
		cJSON_AddNumberToObject(request, name, 1);
		(void)snprintf(name, sizeof(name), "a%zu", i);
		cJSON_AddStringToObject(pattern, name, "nil?");
	}
	assert_int_equal(matcho_compile(pattern, &matcho, &error), 0);
	assert_int_equal(matcho_match(matcho, request, &steps, path), -E2BIG);
}

struct run {
	const struct matcho *matcho;
	const cJSON *request;
	int result;
};

static void *
run_match(void *data)
{
	struct run *run = data;
	char path[MATCHO_PATH_BYTES_MAX];
	size_t steps = MATCHO_STEPS_MAX;

	run->result = matcho_match(run->matcho, run->request, &steps, path);
	return NULL;
}

/* In a thread that has next to no stack. */
static int
match_on_a_small_stack(const char *pattern, const cJSON *request)
{
	AUTO(matcho) matcho = compile(pattern);
	struct run run = {matcho, request, INT_MAX};
	pthread_attr_t attributes;
	pthread_t thread;

	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(
	    pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
	assert_int_equal(
	    pthread_create(&thread, &attributes, run_match, &run), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)pthread_attr_destroy(&attributes); /* cannot fail */
	return run.result;
}

static cJSON *
deep_list(size_t depth)
{
	cJSON *tree = cJSON_CreateNumber(1);

	while (depth-- > 0) {
		cJSON *outer = cJSON_CreateArray();

		cJSON_AddItemToArray(outer, tree);
		tree = outer;
	}
	return tree;
}

/* Strict JSON ends at 16 levels; here it is as if that had failed. */
static void
a_claim_is_very_deep(void **state)
{
	AUTO_JSON request = cJSON_CreateObject();

	(void)state;
	cJSON_AddItemToObject(request, "a", deep_list(5000));
	cJSON_AddItemToObject(request, "b", deep_list(5000));
	assert_int_equal(
	    match_on_a_small_stack("{\"a\": \".b\"}", request), -E2BIG);
	assert_int_equal(
	    match_on_a_small_stack("{\"a\": {\"$not\": \".b\"}}", request),
	    -E2BIG);
	assert_int_equal(
	    match_on_a_small_stack("{\"a\": \"present?\"}", request), 1);
	assert_int_equal(
	    match_on_a_small_stack("{\"a\": [[[[1]]]]}", request), 0);
}

static void
a_claim_makes_an_expression_go_deep(void **state)
{
	AUTO_JSON request = cJSON_CreateObject();
	static char text[REGEX_TEXT_BYTES_MAX + 1];
	int r;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	cJSON_AddStringToObject(request, "a", text);
	r = match_on_a_small_stack("{\"a\": \"#^(?:a|(b))*$\"}", request);
	assert_true(r == 1 || r == -E2BIG);
	r = match_on_a_small_stack("{\"a\": \"#^(a(?1)?b?)$\"}", request);
	assert_true(r == 1 || r == -E2BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_claim_makes_an_expression_go_back_and_forth),
	    cmocka_unit_test(a_claim_has_very_many_texts),
	    cmocka_unit_test(a_claim_has_lists_in_lists),
	    cmocka_unit_test(a_claim_has_very_many_members),
	    cmocka_unit_test(a_claim_is_very_deep),
	    cmocka_unit_test(a_claim_makes_an_expression_go_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
