/*
 * From the text of a pattern to its tree. Whatever could make a pattern mean
 * something else than its writer thought is refused here, with the place: an
 * unknown operator or test, operators beside ordinary keys, a list where one
 * pattern is wanted.
 */
#include "matcho/matcho.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matcho/node.h"

#define INTEGER_MAX 4294967295.0 /* of $length and $within */

struct compile {
	struct matcho *matcho;
	struct matcho_error *error;
	unsigned depth;
};

static int compile_pattern(
    struct compile *c, const cJSON *pattern, struct matcho_node *node);

__attribute__((format(printf, 3, 4))) static int
refuse(struct compile *c, const struct matcho_node *node, const char *why, ...)
{
	va_list arguments;

	node_put_path(node, c->error->path);
	va_start(arguments, why);
	(void)vsnprintf(c->error->why, sizeof(c->error->why), why, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int
copy_text(const char *text, char **ret_copy)
{
	*ret_copy = strdup(text);
	return *ret_copy ? 0 : -ENOMEM;
}

/* `count` nodes below a node; `key` may be NULL. */
static int
add_children(struct compile *c, struct matcho_node *node, size_t count)
{
	if (count > MATCHO_NODES_MAX - c->matcho->node_count)
		return refuse(c, node, "the pattern has more than %d values",
		    MATCHO_NODES_MAX);
	c->matcho->node_count += count;

	node->children = calloc(count ? count : 1, sizeof(*node->children));
	if (!node->children)
		return -ENOMEM;
	node->child_count = count;
	for (size_t i = 0; i < count; i++)
		node->children[i].up = node;
	return 0;
}

/* Children for the elements of a list, with their positions as keys. */
static int
add_elements(struct compile *c, const cJSON *list, struct matcho_node *node)
{
	char position[24];
	int r;

	r = add_children(c, node, (size_t)cJSON_GetArraySize(list));
	for (size_t i = 0; r == 0 && i < node->child_count; i++) {
		(void)snprintf(position, sizeof(position), "%zu", i);
		r = copy_text(position, &node->children[i].key);
	}
	return r;
}

static int
compile_path(struct compile *c, const char *text, struct matcho_node *node)
{
	size_t count = 0;

	for (const char *at = text; *at; at++)
		count += *at == '.';
	if (count > MATCHO_DEPTH_MAX)
		return refuse(c, node, "the path has more than %d keys",
		    MATCHO_DEPTH_MAX);
	node->keys = calloc(count, sizeof(*node->keys));
	if (!node->keys)
		return -ENOMEM;

	while (*text == '.') {
		size_t size = strcspn(++text, ".");

		if (size == 0)
			return refuse(c, node,
			    "after each . of a path stands a key, as in "
			    ".user.id; for a text that begins with a dot "
			    "write {$enum: [TEXT]}");
		node->keys[node->key_count] = strndup(text, size);
		if (!node->keys[node->key_count])
			return -ENOMEM;
		node->key_count++;
		text += size;
	}
	node->kind = NODE_PATH;
	return 0;
}

static int
compile_regex(struct compile *c, const char *text, struct matcho_node *node)
{
	char why[REGEX_WHY_BYTES_MAX] = "";
	int r;

	if (!*text)
		return refuse(c, node,
		    "# alone is an empty expression, which every text matches; "
		    "write present? if that is meant");
	r = regex_parse(text, &node->regex, why);
	if (r == -EINVAL)
		return refuse(c, node, "no regular expression: %s", why);
	node->kind = NODE_REGEX;
	return r;
}

/* Looks like "present?": small letters and hyphens, then a question mark. */
static bool
looks_like_test(const char *text)
{
	size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	return size > 0 && streq(text + size, "?");
}

static int
compile_text(struct compile *c, const char *text, struct matcho_node *node)
{
	if (*text == '#')
		return compile_regex(c, text + 1, node);
	if (*text == '.')
		return compile_path(c, text, node);

	node->truth = true;
	node->kind = NODE_PRESENT;
	if (streq(text, "present?"))
		return 0;
	node->truth = false;
	if (streq(text, "nil?"))
		return 0;
	node->kind = NODE_NOT_BLANK;
	if (streq(text, "not-blank?"))
		return 0;
	if (looks_like_test(text))
		return refuse(c, node,
		    "unknown test; there are present?, nil? and not-blank?; "
		    "for this very text write {$enum: [\"%.40s\"]}",
		    text);

	node->kind = NODE_TEXT;
	return copy_text(text, &node->text);
}

/* A value that stands for itself, whatever it begins with. */
static int
compile_value(struct compile *c, const cJSON *value, struct matcho_node *node)
{
	if (cJSON_IsString(value)) {
		node->kind = NODE_TEXT;
		return copy_text(value->valuestring, &node->text);
	}
	if (cJSON_IsNumber(value)) {
		node->kind = NODE_NUMBER;
		node->number = value->valuedouble;
		return 0;
	}
	if (cJSON_IsBool(value)) {
		node->kind = NODE_TRUTH;
		node->truth = cJSON_IsTrue(value);
		return 0;
	}
	return refuse(c, node, "must be a text, a number, true or false");
}

/* A list that is not empty, or (where `may_be_path`) a path to one. */
static int
check_list(struct compile *c, const cJSON *list, bool may_be_path,
    const struct matcho_node *node)
{
	if (cJSON_IsArray(list) && list->child)
		return 0;
	return refuse(c, node, "must be a list that is not empty%s",
	    may_be_path ? ", or a path to one" : "");
}

static bool
is_path(const cJSON *value)
{
	return cJSON_IsString(value) && value->valuestring[0] == '.';
}

static int
compile_among(struct compile *c, const cJSON *path, struct matcho_node *node)
{
	int r = compile_path(c, path->valuestring, node);

	node->kind = NODE_AMONG;
	return r;
}

static int
compile_enum(struct compile *c, const cJSON *list, struct matcho_node *node)
{
	const cJSON *value;
	size_t i = 0;
	int r;

	if (is_path(list))
		return compile_among(c, list, node);
	r = check_list(c, list, true, node);
	if (r == 0)
		r = add_elements(c, list, node);
	if (r < 0)
		return r;

	node->kind = NODE_ANY;
	cJSON_ArrayForEach (value, list) {
		r = compile_value(c, value, &node->children[i++]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A pattern for each element. */
static int
compile_elements(struct compile *c, const cJSON *list, struct matcho_node *node)
{
	const cJSON *element;
	size_t i = 0;
	int r = add_elements(c, list, node);

	if (r < 0)
		return r;
	cJSON_ArrayForEach (element, list) {
		r = compile_pattern(c, element, &node->children[i++]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
compile_one_of(struct compile *c, const cJSON *list, struct matcho_node *node)
{
	int r;

	if (is_path(list))
		return compile_among(c, list, node);
	r = check_list(c, list, true, node);
	node->kind = NODE_ANY;
	return r < 0 ? r : compile_elements(c, list, node);
}

static int
compile_present_all(
    struct compile *c, const cJSON *list, struct matcho_node *node)
{
	int r = check_list(c, list, false, node);

	node->kind = NODE_PRESENT_ALL;
	return r < 0 ? r : compile_elements(c, list, node);
}

/* The operators whose value is one pattern. */
static int
compile_inner(struct compile *c, const cJSON *pattern, struct matcho_node *node)
{
	int r = add_children(c, node, 1);

	return r < 0 ? r : compile_pattern(c, pattern, &node->children[0]);
}

static int
compile_integer(struct compile *c, const cJSON *value, struct matcho_node *node)
{
	if (!cJSON_IsNumber(value) || value->valuedouble < 0 ||
	    value->valuedouble > INTEGER_MAX ||
	    value->valuedouble != floor(value->valuedouble))
		return refuse(c, node, "must be a whole number");
	node->number = value->valuedouble;
	return 0;
}

static const struct operator
{
	const char *name;
	enum node_kind kind; /* before `compile`, which may change it */
	int (*compile)(
	    struct compile * c, const cJSON *value, struct matcho_node *node);
}
operators[] = {
    {"$enum", NODE_ANY, compile_enum},
    {"$one-of", NODE_ANY, compile_one_of},
    {"$contains", NODE_CONTAINS, compile_inner},
    {"$every", NODE_EVERY, compile_inner},
    {"$not", NODE_NOT, compile_inner},
    {"$present-all", NODE_PRESENT_ALL, compile_present_all},
    {"$length", NODE_LENGTH, compile_integer},
    {"$reference", NODE_REFERENCE, compile_inner},
    {"$within", NODE_WITHIN, compile_integer},
};

static int
compile_operator(
    struct compile *c, const cJSON *value, struct matcho_node *node)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!streq(node->key, operators[i].name))
			continue;
		node->kind = operators[i].kind;
		return operators[i].compile(c, value, node);
	}
	return refuse(c, node,
	    "unknown operator; there are $enum, $one-of, $contains, $every, "
	    "$not, $present-all, $length, $reference and $within");
}

/* An object is either ordinary or all operators, of which $one-of stands
 * alone, as in the followed language: beside it, a key would read as if it
 * belonged to each choice. */
static int
check_keys(struct compile *c, const cJSON *object, struct matcho_node *node)
{
	const cJSON *member;
	size_t count = 0, operator_count = 0;
	bool has_one_of = false;

	cJSON_ArrayForEach (member, object) {
		count++;
		operator_count += member->string[0] == '$';
		has_one_of |= streq(member->string, "$one-of");
	}
	if (operator_count > 0 && operator_count < count)
		return refuse(c, node,
		    "operators ($...) do not stand beside ordinary keys; put "
		    "the keys into each choice, or use $one-of over both");
	if (has_one_of && count > 1)
		return refuse(c, node, "$one-of stands alone");
	node->kind = operator_count > 0 ? NODE_ALL : NODE_OBJECT;
	return 0;
}

static int
compile_object(struct compile *c, const cJSON *object, struct matcho_node *node)
{
	const cJSON *member;
	size_t i = 0;
	int r = check_keys(c, object, node);

	if (r == 0)
		r = add_children(c, node, (size_t)cJSON_GetArraySize(object));
	if (r < 0)
		return r;
	cJSON_ArrayForEach (member, object) {
		struct matcho_node *child = &node->children[i++];

		r = copy_text(member->string, &child->key);
		if (r == 0 && node->kind == NODE_ALL)
			r = compile_operator(c, member, child);
		else if (r == 0)
			r = compile_pattern(c, member, child);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
compile_pattern(
    struct compile *c, const cJSON *pattern, struct matcho_node *node)
{
	int r;

	if (++c->depth > MATCHO_DEPTH_MAX)
		return refuse(c, node,
		    "the pattern is more than %d levels deep",
		    MATCHO_DEPTH_MAX);
	node->kind = NODE_LIST;
	if (cJSON_IsObject(pattern))
		r = compile_object(c, pattern, node);
	else if (cJSON_IsArray(pattern))
		r = compile_elements(c, pattern, node);
	else if (cJSON_IsString(pattern))
		r = compile_text(c, pattern->valuestring, node);
	else if (cJSON_IsNull(pattern)) {
		node->kind = NODE_PRESENT;
		r = 0;
	} else
		r = compile_value(c, pattern, node);
	c->depth--;
	return r;
}

int
matcho_compile(const cJSON *pattern, struct matcho **ret_matcho,
    struct matcho_error *ret_error)
{
	AUTO(matcho) matcho = calloc(1, sizeof(*matcho));
	struct compile c = {.matcho = matcho, .error = ret_error};
	int r;

	if (!matcho)
		return -ENOMEM;
	if (!cJSON_IsObject(pattern) || !pattern->child)
		return refuse(&c, &matcho->top,
		    "must be a map with keys; a policy that lets everybody in "
		    "says engine: allow");
	r = compile_pattern(&c, pattern, &matcho->top);
	if (r < 0)
		return r;

	*ret_matcho = TAKE(matcho);
	return 0;
}
