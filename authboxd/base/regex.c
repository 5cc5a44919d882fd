/*
 * Steps are counted by PCRE2's automatic callouts: one before each item of the
 * pattern and at its end, so that every way that a search tries is seen.
 * Between two of them no more is done than to walk once along the text, for
 * which long texts pay with dearer steps. PCRE2's own limit is no such budget:
 * it starts anew at each byte of the text.
 *
 * There is no just-in-time compiler: the daemon's unit forbids memory that is
 * both written and run.
 */
#include "base/regex.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define NESTING_MAX    32   /* of groups in a pattern */
#define HEAP_KIB_MAX   1024 /* for the ways back of one search */
#define BYTES_PER_STEP 256  /* what is walked along in the time of a callout */

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	uint32_t groups;
};

/* What a search has left; `cost` of one step. */
struct budget {
	size_t left, cost;
};

static bool
is_set_up(struct regex *regex)
{
	regex->limits = pcre2_match_context_create(NULL);
	return regex->limits &&
	       pcre2_set_heap_limit(regex->limits, HEAP_KIB_MAX) == 0 &&
	       pcre2_set_match_limit(regex->limits, REGEX_STEPS_MAX) == 0;
}

static pcre2_code *
compile(const char *pattern, int *ret_error, size_t *ret_offset)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code = NULL;

	*ret_error = PCRE2_ERROR_HEAP_FAILED;
	if (context && pcre2_set_parens_nest_limit(context, NESTING_MAX) == 0)
		code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
		    PCRE2_UTF | PCRE2_AUTO_CALLOUT | PCRE2_DOLLAR_ENDONLY |
			PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
		    ret_error, ret_offset, context);
	pcre2_compile_context_free(context);
	return code;
}

int
regex_parse(const char *pattern, struct regex **ret_regex,
    char ret_why[REGEX_WHY_BYTES_MAX])
{
	AUTO(regex) regex = calloc(1, sizeof(*regex));
	PCRE2_UCHAR message[128] = "it cannot be read";
	size_t offset = 0;
	int error;

	if (!regex || !is_set_up(regex))
		return -ENOMEM;
	if (strlen(pattern) > REGEX_PATTERN_BYTES_MAX) {
		(void)snprintf(ret_why, REGEX_WHY_BYTES_MAX,
		    "it is longer than %d bytes", REGEX_PATTERN_BYTES_MAX);
		return -EINVAL;
	}

	regex->code = compile(pattern, &error, &offset);
	if (!regex->code && error == PCRE2_ERROR_HEAP_FAILED)
		return -ENOMEM;
	if (!regex->code) {
		/* Without a message for the number, the words above remain. */
		(void)pcre2_get_error_message(error, message, sizeof(message));
		(void)snprintf(ret_why, REGEX_WHY_BYTES_MAX, "%s (at byte %zu)",
		    (const char *)message, offset + 1);
		return -EINVAL;
	}
	if (pcre2_pattern_info(
		regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->groups) != 0)
		return -EINVAL;

	*ret_regex = TAKE(regex);
	return 0;
}

/* What is not 0 here ends the search with that error. */
static int
take_step(pcre2_callout_block *at, void *data)
{
	struct budget *budget = data;

	(void)at;
	if (budget->left < budget->cost) {
		budget->left = 0;
		return PCRE2_ERROR_CALLOUT;
	}
	budget->left -= budget->cost;
	return 0;
}

static int
outcome_of(int result)
{
	if (result >= 0)
		return 1; /* 0 is "more groups than asked for" */
	if (result == PCRE2_ERROR_NOMATCH)
		return 0;
	if (result == PCRE2_ERROR_NOMEMORY)
		return -ENOMEM;
	if (result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21)
		return -EBADMSG;
	return -E2BIG;
}

/* Groups that the pattern lacks, or that took no part, stand for nothing. */
static void
copy_parts(const struct regex *regex, pcre2_match_data *data,
    struct regex_part *ret_parts, uint32_t count)
{
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(data);

	for (uint32_t i = 0; i < count; i++, found += 2) {
		ret_parts[i] = (struct regex_part){0};
		if (i <= regex->groups && found[0] != PCRE2_UNSET &&
		    found[1] >= found[0])
			ret_parts[i] =
			    (struct regex_part){found[0], found[1] - found[0]};
	}
}

/* Fills the first `count` parts. */
static int
search(const struct regex *regex, const char *text, uint32_t options,
    size_t *steps, struct regex_part *ret_parts, uint32_t count)
{
	size_t size = strnlen(text, REGEX_TEXT_BYTES_MAX + 1);
	struct budget budget = {*steps, 1 + size / BYTES_PER_STEP};
	pcre2_match_context *limits;
	pcre2_match_data *data;
	int result;

	if (size > REGEX_TEXT_BYTES_MAX || take_step(NULL, &budget) != 0)
		return -E2BIG;
	/* A copy, since the callout's data hangs from it. */
	limits = pcre2_match_context_copy(regex->limits);
	data = pcre2_match_data_create(count > 0 ? count : 1, NULL);
	result = PCRE2_ERROR_NOMEMORY;
	if (limits && data &&
	    pcre2_set_callout(limits, take_step, &budget) == 0)
		result = pcre2_match(regex->code, (PCRE2_SPTR)text, size, 0,
		    options, data, limits);
	*steps = budget.left;

	if (result >= 0)
		copy_parts(regex, data, ret_parts, count);
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	return outcome_of(result);
}

int
regex_match(const struct regex *regex, const char *text, size_t *steps)
{
	return search(regex, text, 0, steps, NULL, 0);
}

int
regex_match_whole(const struct regex *regex, const char *text, size_t *steps,
    struct regex_part *ret_part)
{
	struct regex_part parts[2];
	int r = search(
	    regex, text, PCRE2_ANCHORED | PCRE2_ENDANCHORED, steps, parts, 2);

	if (r > 0)
		*ret_part = parts[regex->groups > 0];
	return r;
}

int
regex_match_parts(const struct regex *regex, const char *text, size_t *steps,
    struct regex_part ret_parts[REGEX_PARTS_MAX])
{
	return search(regex, text, PCRE2_ANCHORED | PCRE2_ENDANCHORED, steps,
	    ret_parts, REGEX_PARTS_MAX);
}

size_t
regex_get_group_count(const struct regex *regex)
{
	return regex->groups;
}

void
regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->code);
	pcre2_match_context_free(regex->limits);
	free(regex);
}
