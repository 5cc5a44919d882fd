/* AccessPolicy on its own: that it says one thing, and within bounds. */
#include "config/check.h"

#include <stdio.h>

#include "config/tables.h"

/* Where an engine is not said, it is plain from what stands there; but nobody
 * allows everything by leaving something out. */
static void
infer_engine(struct policy_node *node)
{
	if (node->engine != POLICY_NONE)
		return;
	if (node->matcho)
		node->engine = POLICY_MATCHO;
	else if (node->all_count > 0 || node->any_count > 0)
		node->engine = POLICY_COMPLEX;
}

/* The field that is wrong and what is wrong with it; NULL: nothing. */
static const char *
find_fault(const struct policy_node *node, const char **ret_field)
{
	bool has_lists = node->all_count > 0 || node->any_count > 0;

	*ret_field = "engine";
	switch (node->engine) {
	case POLICY_NONE:
		return "is missing; say allow, matcho or complex";
	case POLICY_ALLOW:
		if (node->matcho || has_lists)
			return "allow looks at nothing else that stands here; "
			       "say matcho or complex, or remove the rest";
		break;
	case POLICY_MATCHO:
		if (has_lists)
			return "matcho does not look at and or or; say "
			       "complex, with the pattern as one of them";
		*ret_field = "matcho";
		if (!node->matcho)
			return "is missing; say what the request must be like";
		break;
	case POLICY_COMPLEX:
		if (node->matcho)
			return "complex does not look at matcho; put the "
			       "pattern into and or or, as {matcho: ...}";
		*ret_field = "and";
		if (!has_lists)
			return "is missing; complex needs and or or, with at "
			       "least one policy in it";
		if (node->all_count > 0 && node->any_count > 0)
			return "and or exclude each other on one level; put "
			       "one into the other, as {or: [...]}";
		break;
	}
	return NULL;
}

static bool
check_node(struct report *report, unsigned line, const char *shown,
    struct policy_node *node)
{
	char path[FIELD_PATH_BYTES_MAX];
	const char *field, *fault;

	infer_engine(node);
	fault = find_fault(node, &field);
	if (!fault)
		return true;
	(void)snprintf(path, sizeof(path), "%.200s%s%s", shown,
	    shown[0] != '\0' ? "." : "", field);
	report_error(report, line, path, "%s", fault);
	return false;
}

void
check_policy_node(
    struct report *report, unsigned line, const char *shown, void *object)
{
	(void)check_node(report, line, shown, object);
}

/* How deep a rule is, with the number of its nodes added to `*count`. The
 * recursion is as deep as the tree that it was read from, which is bounded. */
static unsigned
measure(const struct policy_node *node, size_t *count)
{
	unsigned deepest = 0, depth;

	++*count;
	for (size_t i = 0; i < node->all_count + node->any_count; i++) {
		depth = measure(i < node->all_count
				    ? &node->all[i]
				    : &node->any[i - node->all_count],
		    count);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

void
check_access_policy(
    struct report *report, unsigned line, const char *shown, void *object)
{
	struct access_policy *policy = object;
	size_t count = 0;

	if (!check_node(report, line, shown, &policy->rule))
		return;
	/* The lowest level is no and/or itself. */
	if (measure(&policy->rule, &count) > POLICY_DEPTH_MAX + 1)
		report_error(report, line, NULL,
		    "has more than %d levels of and/or; make it flatter",
		    POLICY_DEPTH_MAX);
	if (count > POLICY_NODES_MAX)
		report_error(report, line, NULL,
		    "is made of more than %d policies; split it",
		    POLICY_NODES_MAX);
	if (policy->rule.engine == POLICY_ALLOW && policy->link_count == 0 &&
	    !policy->role_name)
		report_note(report, line, "engine",
		    "lets everybody whose token is good use every service; "
		    "give it a link or a roleName, or use matcho");
}
