/*
 * Ask a request about a pattern. There are three answers (Kleene's logic: "and"
 * is the least of them, "or" the greatest), so that $not makes no "yes" out of
 * "nobody can say". Each look costs a step; when there are none left all ends,
 * without an answer.
 */
#include "matcho/matcho.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "matcho/node.h"
#include "matcho/value.h"

#define AHEAD_S_MAX 60 /* by which another's clock may be ahead */

enum answer {
	NO = 0,
	UNKNOWN = 1,
	YES = 2,
};

struct match {
	struct value_look look;
	const struct matcho_node *said_no; /* the last one that counts */
};

static enum answer
ask(struct match *m, const struct matcho_node *node, const cJSON *value);

static enum answer
answer_of(bool truth)
{
	return truth ? YES : NO;
}

static enum answer
both(enum answer a, enum answer b)
{
	return a < b ? a : b;
}

static enum answer
either(enum answer a, enum answer b)
{
	return a > b ? a : b;
}

static enum answer
ask_text(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	(void)m;
	return answer_of(
	    cJSON_IsString(value) && streq(value->valuestring, node->text));
}

static enum answer
ask_number(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	(void)m;
	return answer_of(
	    cJSON_IsNumber(value) && value->valuedouble == node->number);
}

static enum answer
ask_truth(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	(void)m;
	return answer_of(
	    cJSON_IsBool(value) && cJSON_IsTrue(value) == node->truth);
}

static enum answer
ask_present(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	(void)m;
	return answer_of(value_is_nil(value) != node->truth);
}

static enum answer
ask_not_blank(
    struct match *m, const struct matcho_node *node, const cJSON *value)
{
	(void)m;
	(void)node;
	return answer_of(
	    cJSON_IsString(value) &&
	    value->valuestring[strspn(value->valuestring, " \t\r\n\v\f")] !=
		'\0');
}

static enum answer
ask_regex(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	int r;

	if (!cJSON_IsString(value))
		return NO;
	if (strnlen(value->valuestring, REGEX_TEXT_BYTES_MAX + 1) >
	    REGEX_TEXT_BYTES_MAX)
		return UNKNOWN;
	r = regex_match(node->regex, value->valuestring, m->look.steps);
	if (r == -EBADMSG)
		return UNKNOWN;
	if (r < 0)
		m->look.failure = r;
	return answer_of(r > 0);
}

static enum answer
ask_path(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	const cJSON *there =
	    value_follow(&m->look, node->keys, node->key_count);

	if (!there)
		return UNKNOWN;
	return answer_of(value && value_is_equal(&m->look, value, there));
}

static enum answer
ask_among(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	const cJSON *there =
	    value_follow(&m->look, node->keys, node->key_count);
	const cJSON *element;

	if (!there)
		return UNKNOWN;
	if (value_is_nil(value) || !cJSON_IsArray(there))
		return NO;
	cJSON_ArrayForEach (element, there)
		if (value_is_equal(&m->look, value, element))
			return YES;
	return NO;
}

static enum answer
ask_object(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	enum answer answer = answer_of(cJSON_IsObject(value));

	for (size_t i = 0; i < node->child_count && answer != NO; i++) {
		const struct matcho_node *child = &node->children[i];
		const cJSON *member = value_find(&m->look, value, child->key);

		answer = both(answer, ask(m, child, member));
	}
	return answer;
}

static enum answer
ask_list(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	enum answer answer = answer_of(cJSON_IsArray(value));
	const cJSON *element = answer == YES ? value->child : NULL;

	for (size_t i = 0; i < node->child_count && answer != NO; i++) {
		answer = both(answer, ask(m, &node->children[i], element));
		element = element ? element->next : NULL;
	}
	return answer;
}

static enum answer
ask_all(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	enum answer answer = YES;

	for (size_t i = 0; i < node->child_count && answer != NO; i++)
		answer = both(answer, ask(m, &node->children[i], value));
	return answer;
}

static enum answer
ask_any(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	enum answer answer = NO;

	for (size_t i = 0; i < node->child_count && answer != YES; i++)
		answer = either(answer, ask(m, &node->children[i], value));
	return answer;
}

/* Whether some element is as `pattern` says. */
static enum answer
ask_elements(
    struct match *m, const struct matcho_node *pattern, const cJSON *value)
{
	const cJSON *element;
	enum answer answer = NO;

	if (!cJSON_IsArray(value))
		return NO;
	cJSON_ArrayForEach (element, value) {
		answer = either(answer, ask(m, pattern, element));
		if (answer == YES || m->look.failure)
			break;
	}
	return answer;
}

static enum answer
ask_contains(
    struct match *m, const struct matcho_node *node, const cJSON *value)
{
	return ask_elements(m, &node->children[0], value);
}

static enum answer
ask_present_all(
    struct match *m, const struct matcho_node *node, const cJSON *value)
{
	enum answer answer = YES;

	for (size_t i = 0; i < node->child_count && answer != NO; i++)
		answer =
		    both(answer, ask_elements(m, &node->children[i], value));
	return answer;
}

static enum answer
ask_every(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	const cJSON *element;
	enum answer answer = YES;

	if (!cJSON_IsArray(value))
		return NO;
	cJSON_ArrayForEach (element, value) {
		answer = both(answer, ask(m, &node->children[0], element));
		if (answer == NO || m->look.failure)
			break;
	}
	return answer;
}

static enum answer
ask_not(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	return YES - ask(m, &node->children[0], value);
}

static enum answer
ask_length(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	const cJSON *element;
	size_t count = 0;

	if (!cJSON_IsArray(value))
		return NO;
	cJSON_ArrayForEach (element, value) {
		if (!value_spend(&m->look, 1))
			return UNKNOWN;
		count++;
	}
	return answer_of((double)count == node->number);
}

static enum answer
ask_reference(
    struct match *m, const struct matcho_node *node, const cJSON *value)
{
	char type[VALUE_TYPE_BYTES_MAX + 1], id[VALUE_ID_BYTES_MAX + 1];
	char type_key[] = "resourceType", id_key[] = "id";
	cJSON id_member = {
	    .type = cJSON_String, .string = id_key, .valuestring = id};
	cJSON type_member = {.next = &id_member,
	    .type = cJSON_String,
	    .string = type_key,
	    .valuestring = type};
	cJSON parts = {.type = cJSON_Object, .child = &type_member};
	const cJSON *text = cJSON_IsObject(value)
				? value_find(&m->look, value, "reference")
				: value;

	/* An object without a text may have the two parts already. */
	if (cJSON_IsObject(value) && !text)
		return ask(m, &node->children[0], value);
	if (!cJSON_IsString(text) ||
	    !value_split_reference(text->valuestring, type, id))
		return NO;
	return ask(m, &node->children[0], &parts);
}

static enum answer
ask_within(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	const cJSON *now = value_find(
	    &m->look, value_find(&m->look, m->look.request, "time"), "unix");

	if (!cJSON_IsNumber(now))
		return UNKNOWN;
	return answer_of(cJSON_IsNumber(value) &&
			 isfinite(value->valuedouble) &&
			 value->valuedouble <= now->valuedouble + AHEAD_S_MAX &&
			 now->valuedouble - value->valuedouble <= node->number);
}

static enum answer (*const asks[NODE_KIND_COUNT])(
    struct match *m, const struct matcho_node *node, const cJSON *value) = {
    [NODE_TEXT] = ask_text,
    [NODE_NUMBER] = ask_number,
    [NODE_TRUTH] = ask_truth,
    [NODE_PRESENT] = ask_present,
    [NODE_NOT_BLANK] = ask_not_blank,
    [NODE_REGEX] = ask_regex,
    [NODE_PATH] = ask_path,
    [NODE_AMONG] = ask_among,
    [NODE_OBJECT] = ask_object,
    [NODE_LIST] = ask_list,
    [NODE_ALL] = ask_all,
    [NODE_ANY] = ask_any,
    [NODE_CONTAINS] = ask_contains,
    [NODE_EVERY] = ask_every,
    [NODE_NOT] = ask_not,
    [NODE_PRESENT_ALL] = ask_present_all,
    [NODE_LENGTH] = ask_length,
    [NODE_REFERENCE] = ask_reference,
    [NODE_WITHIN] = ask_within,
};

static bool
is_choice(const struct matcho_node *node)
{
	return node->kind == NODE_ANY || node->kind == NODE_CONTAINS ||
	       node->kind == NODE_NOT || node->kind == NODE_PRESENT_ALL;
}

/* `value` may be NULL: absent. A leaf that says no is the place to report,
 * and so is an operator that heard several, of which none tells why. */
static enum answer
ask(struct match *m, const struct matcho_node *node, const cJSON *value)
{
	const struct matcho_node *before = TAKE(m->said_no);
	enum answer answer;

	if (!value_spend(&m->look, 1))
		return UNKNOWN;
	answer = asks[node->kind](m, node, value);
	if (answer == YES)
		m->said_no = before;
	else if (!m->said_no || is_choice(node))
		m->said_no = node;
	return answer;
}

int
matcho_match(const struct matcho *matcho, const cJSON *request, size_t *steps,
    char ret_path[MATCHO_PATH_BYTES_MAX])
{
	struct match m = {.look = {request, steps, 0}};
	enum answer answer = ask(&m, &matcho->top, request);

	if (m.look.failure)
		return m.look.failure;
	if (answer == YES)
		return 1;
	node_put_path(m.said_no, ret_path);
	return 0;
}

/* Keys further down are taken for members too, which does no harm. */
static bool
node_mentions(const struct matcho_node *node, const char *member)
{
	if (streq_null(node->key, member) ||
	    (node->key_count > 0 && streq(node->keys[0], member)))
		return true;
	for (size_t i = 0; i < node->child_count; i++)
		if (node_mentions(&node->children[i], member))
			return true;
	return false;
}

bool
matcho_mentions(const struct matcho *matcho, const char *member)
{
	return node_mentions(&matcho->top, member);
}

void
matcho_free(struct matcho *matcho)
{
	if (!matcho)
		return;
	node_done(&matcho->top);
	free(matcho);
}
