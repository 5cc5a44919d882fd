/* Who may use what, as resources say it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/loader.h"
#include "matcho/matcho.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define POLICY	  "resourceType: AccessPolicy\nid: p\n"

struct row {
	const char *yaml, *said;
};

static int
load(const char *text, struct config_report *report, struct config **ret_config)
{
	struct loader loader;
	int r;

	assert_int_equal(loader_init(&loader, report), 0);
	loader_read(&loader, "f.yaml", text, strlen(text), false);
	r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

/* How the first message begins, or after '~' what stands in it; NULL: there is
 * no message. */
static bool
is_said(const struct config_report *report, const char *said)
{
	if (!said || report->count == 0)
		return !said && report->count == 0;
	return said[0] == '~'
		   ? strstr(report->messages[0].text, said + 1) != NULL
		   : text_after(report->messages[0].text, said) != NULL;
}

static void
check_rows(const struct row *rows, size_t count, int result)
{
	for (size_t i = 0; i < count; i++) {
		struct config_report report = {0};
		struct config *config = NULL;
		int r = load(rows[i].yaml, &report, &config);

		if (r != result || !is_said(&report, rows[i].said))
			fail_msg("for\n%s\nexpected %s\nbut it said %s",
			    rows[i].yaml, rows[i].said ? rows[i].said : "none",
			    report.count ? report.messages[0].text : "none");
		config_report_done(&report);
		config_unref(config);
	}
}

static struct config *
load_good(const char *yaml)
{
	struct config_report report = {0};
	struct config *config = NULL;

	if (load(yaml, &report, &config) != 0)
		fail_msg("%s\nin\n%s",
		    report.count ? report.messages[0].text : "", yaml);
	config_report_done(&report);
	return config;
}

static bool
matches(const struct policy_node *node, const char *json)
{
	char path[MATCHO_PATH_BYTES_MAX];
	size_t steps = MATCHO_STEPS_MAX;
	AUTO_JSON request = NULL;

	assert_int_equal(json_parse(json, strlen(json), &request, NULL), 0);
	assert_non_null(node->matcho);
	return matcho_match(node->matcho, request, &steps, path) == 1;
}

static void
the_published_policies_load_each_on_its_own(void **state)
{
	struct config *config;
	const struct access_policy *policy;

	(void)state;
	config = load_good("resourceType: AccessPolicy\nengine: allow\n"
			   "link: [{resourceType: User, id: box-user-id}]\n");
	policy = &config->policies[0];
	assert_string_equal(policy->id, "f.yaml-1");
	assert_int_equal(policy->rule.engine, POLICY_ALLOW);
	assert_int_equal(policy->link_count, 1);
	assert_int_equal(policy->links[0].kind, POLICY_LINK_USER);
	assert_string_equal(policy->links[0].id, "box-user-id");
	assert_int_equal(policy->stage, POLICY_STAGE_ANY_TOKEN);
	assert_null(policy->role_name);
	config_unref(config);

	config = load_good(
	    "resourceType: AccessPolicy\nengine: matcho\n"
	    "matcho: {jwt: {iss: https://auth.example.com}, service: {$enum: "
	    "[sshd, sudo]}, user: {data: {department: cardiology}}}\n");
	policy = &config->policies[0];
	assert_int_equal(policy->rule.engine, POLICY_MATCHO);
	assert_int_equal(policy->link_count, 0);
	assert_true(matches(&policy->rule,
	    "{\"jwt\":{\"iss\":\"https://auth.example.com\"},\"service\":"
	    "\"sudo\",\"user\":{\"data\":{\"department\":\"cardiology\"}}}"));
	assert_false(matches(&policy->rule,
	    "{\"jwt\":{\"iss\":\"https://auth.example.com\"},\"service\":"
	    "\"su\",\"user\":{\"data\":{\"department\":\"cardiology\"}}}"));
	config_unref(config);
}

static void
policies_inside_a_policy_keep_their_order(void **state)
{
	struct config *config = load_good(
	    POLICY "description: |\n  Two\n  lines.\nengine: complex\n"
		   "stage: account\nroleName: operator\n"
		   "link:\n- {reference: Client/web}\n- {reference: User/eve}\n"
		   "and:\n"
		   "- {engine: matcho, matcho: {service: sudo}}\n"
		   "- engine: complex\n  or:\n"
		   "  - matcho: {host: a}\n"
		   "  - and: [{engine: allow}, {matcho: {tty: 1}}]\n"
		   "---\nresourceType: AccessPolicy\nid: a\nstage: login\n"
		   "matcho: {service: '1'}\n");
	const struct access_policy *policy = &config->policies[0];
	const struct policy_node *rule = &policy->rule, *inner;

	(void)state;
	assert_int_equal(config->policy_count, 2);
	assert_string_equal(config->policies[1].id, "a");
	assert_int_equal(config->policies[1].stage, POLICY_STAGE_LOGIN);
	assert_int_equal(config->policies[1].rule.engine, POLICY_MATCHO);
	assert_int_equal(policy->stage, POLICY_STAGE_ACCOUNT);
	assert_string_equal(policy->role_name, "operator");
	assert_string_equal(policy->description, "Two\nlines.\n");
	assert_int_equal(policy->links[0].kind, POLICY_LINK_CLIENT);
	assert_string_equal(policy->links[1].id, "eve");

	assert_int_equal(rule->engine, POLICY_COMPLEX);
	assert_int_equal(rule->all_count, 2);
	assert_int_equal(rule->any_count, 0);
	assert_int_equal(rule->all[0].engine, POLICY_MATCHO);
	assert_true(matches(&rule->all[0], "{\"service\":\"sudo\"}"));
	inner = &rule->all[1];
	assert_int_equal(inner->engine, POLICY_COMPLEX);
	assert_int_equal(inner->any_count, 2);
	assert_int_equal(inner->any[0].engine, POLICY_MATCHO);
	assert_int_equal(inner->any[1].engine, POLICY_COMPLEX);
	assert_int_equal(inner->any[1].all[0].engine, POLICY_ALLOW);
	assert_true(matches(&inner->any[1].all[1], "{\"tty\":1}"));
	assert_false(matches(&inner->any[1].all[1], "{\"tty\":\"1\"}"));
	config_unref(config);
}

static void
roles_are_read(void **state)
{
	struct config *config = load_good(
	    "resourceType: Role\nname: operator\n"
	    "user: {resourceType: User, id: eve}\ndescription: x\n"
	    "links: {organization: {id: o, resourceType: Organization}}\n"
	    "context: {level: 3}\n"
	    "---\nresourceType: Role\nid: r\nname: operator\n"
	    "user: {reference: User/adam}\n");
	const struct role *role = config->roles;
	int64_t level = 0;

	(void)state;
	assert_int_equal(config->role_count, 2);
	assert_string_equal(role[0].id, "f.yaml-1");
	assert_string_equal(role[0].name, "operator");
	assert_string_equal(role[0].user_id, "eve");
	assert_int_equal(json_find_int(role[0].context, "level", &level), 1);
	assert_int_equal(level, 3);
	assert_non_null(json_find(role[0].links, "organization"));
	assert_string_equal(role[1].user_id, "adam");
	assert_null(role[1].links);
	config_unref(config);
}

static void
a_policy_that_says_two_things_is_refused(void **state)
{
	static const struct row table[] = {
	    {POLICY, "f.yaml:1: AccessPolicy/p: engine: is missing; say allow, "
		     "matcho or complex"},
	    {POLICY "link: [{resourceType: User, id: eve}]\n",
		"~engine: is missing"},
	    {POLICY "engine: allow\nmatcho: {a: b}\n",
		"~engine: allow looks at nothing else"},
	    {POLICY "engine: allow\nor: [{matcho: {a: b}}]\n",
		"~engine: allow looks at nothing else"},
	    {POLICY "engine: matcho\n", "~matcho: is missing"},
	    {POLICY "engine: matcho\nmatcho: {a: b}\nand: [{engine: allow}]\n",
		"~engine: matcho does not look at and or or"},
	    {POLICY "engine: complex\n", "~and: is missing"},
	    {POLICY "engine: complex\nand: []\n", "~and: is missing"},
	    {POLICY "engine: complex\nmatcho: {a: b}\nor: [{engine: allow}]\n",
		"~engine: complex does not look at matcho"},
	    {POLICY "and: [{engine: allow}]\nor: [{engine: allow}]\n",
		"~and: and or exclude each other on one level"},
	    {POLICY "and:\n- engine: allow\n- {and: [{engine: allow}], "
		    "or: [{engine: allow}]}\n",
		"f.yaml:5: AccessPolicy/p: and[1].and: and or exclude each"},
	    {POLICY "or:\n- {}\n",
		"f.yaml:4: AccessPolicy/p: or[0].engine: is missing"},
	    {POLICY "engine: sql\nsql: {query: select 1}\n",
		"f.yaml:3: AccessPolicy/p: engine: sql is not supported by "
		"authbox"},
	    {POLICY "engine: json-schema\n",
		"~engine: json-schema is not supported by authbox"},
	    {POLICY "or: [{engine: allow}, {engine: sql}]\n",
		"~or[1].engine: sql is not supported"},
	    {POLICY "engine: allow\nschema: {type: object}\n",
		"~schema: must not stand here"},
	    {POLICY "engine: mtcho\n",
		"~must be one of allow|matcho|complex, not mtcho"},
	    {POLICY "engine: allow\ntype: rpc\n", "~type: must not stand"},
	    {POLICY "engine: allow\nstage: auth\n", "~login|account"},
	    {POLICY "engine: allow\nlink: []\n",
		"~link: must be a list of 1 to 256 references"},
	    {POLICY "engine: allow\nlink: {resourceType: User, id: e}\n",
		"~link: must be a list"},
	    {POLICY "engine: allow\nlink: [{resourceType: Operation, id: e}]\n",
		"f.yaml:4: AccessPolicy/p: link[0]: must be a reference to "
		"User|Client, not to Operation"},
	    {POLICY "engine: allow\nlink: [{id: e}]\n",
		"~link[0]: must be a reference to User|Client; give its"},
	    {POLICY "engine: allow\nlink: [{resourceType: Client, id: a b}]\n",
		"~link[0]: must have the id of a resource"},
	    {"resourceType: Role\nname: a\n", "~user: is missing"},
	    {"resourceType: Role\nuser: {id: eve}\n", "~name: is missing"},
	    {"resourceType: Role\nname: a\nuser: {reference: Client/e}\n",
		"~user: must be a reference to User, not to Client"},
	    {"resourceType: Role\nname: a\nuser: eve\n",
		"~user: must be a reference"},
	};

	(void)state;
	check_rows(table, LENGTH(table), -EINVAL);
}

static void
faults_of_patterns_are_told_with_their_line(void **state)
{
	static const struct row table[] = {
	    {POLICY "matcho: {}\n",
		"f.yaml:3: AccessPolicy/p: matcho: is empty and would fit "
		"every request"},
	    {POLICY "matcho: present?\n", "~matcho: must be a map"},
	    {POLICY "matcho: [a]\n", "~matcho: must be a map"},
	    {POLICY "matcho:\n  jwt:\n    iss: '#('\n",
		"f.yaml:5: AccessPolicy/p: matcho.jwt.iss: "},
	    {POLICY "matcho:\n  jwt: {iss: x}\n  service:\n    $enum: sshd\n",
		"f.yaml:6: AccessPolicy/p: matcho.service.$enum: "},
	    {POLICY "and:\n- matcho:\n    a: [b,\n      {$nope: 1}]\n",
		"f.yaml:6: AccessPolicy/p: and[0].matcho.a"},
	    /* What # begins is a remark, and would demand nothing. */
	    {POLICY "matcho:\n  service: sshd\n  jwt:\n    iss: #^https\n",
		"f.yaml:6: AccessPolicy/p: matcho.jwt.iss: has no value; a "
		"text that begins with # must stand in quotes"},
	    {POLICY "matcho: {a: [b, 010]}\n",
		"~matcho.a[1]: 010 is a number to some readers"},
	};

	(void)state;
	check_rows(table, LENGTH(table), -EINVAL);
}

/* `levels` of "and" around one "allow". */
static char *
nest(unsigned levels)
{
	char *yaml = NULL;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);

	assert_non_null(out);
	fputs(POLICY "and: [", out);
	for (unsigned i = 1; i < levels; i++)
		fputs("{and: [", out);
	fputs("{engine: allow}", out);
	for (unsigned i = 1; i < levels; i++)
		fputs("]}", out);
	fputs("]\n", out);
	assert_int_equal(fclose(out), 0);
	return yaml;
}

/* `count` policies, half of them in each of two lists. */
static char *
widen(unsigned count)
{
	char *yaml = NULL;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);

	assert_non_null(out);
	fputs(POLICY "and:\n", out);
	for (unsigned list = 0; list < 2; list++) {
		fputs("- or:\n", out);
		for (unsigned i = 0; i < count / 2; i++)
			fputs("  - engine: allow\n", out);
	}
	assert_int_equal(fclose(out), 0);
	return yaml;
}

static void
depth_and_number_of_policies_are_bounded(void **state)
{
	AUTO_TEXT deep = nest(POLICY_DEPTH_MAX);
	AUTO_TEXT deeper = nest(POLICY_DEPTH_MAX + 1);
	AUTO_TEXT many = widen(POLICY_NODES_MAX - 4);
	AUTO_TEXT more = widen(POLICY_NODES_MAX - 2);
	const struct row good[] = {{deep, NULL}, {many, NULL}};
	const struct row bad[] = {
	    {deeper, "f.yaml:1: AccessPolicy/p: has more than 6 levels"},
	    {more, "~is made of more than 256 policies"}};

	(void)state;
	check_rows(good, LENGTH(good), 0);
	check_rows(bad, LENGTH(bad), -EINVAL);
}

static void
what_is_likely_a_slip_is_noted(void **state)
{
	static const struct row table[] = {
	    {POLICY "engine: allow\n",
		"f.yaml:1: AccessPolicy/p: engine: lets everybody whose token "
		"is good use every service"},
	    {POLICY "engine: allow\nlink: [{reference: User/eve}]\n",
		"f.yaml:2: AccessPolicy/p: link: there is no User/eve"},
	    {POLICY "engine: allow\nlink: [{reference: Client/web}]\n",
		"f.yaml:2: AccessPolicy/p: link: there is no Client/web"},
	    {POLICY "engine: allow\nroleName: a\n",
		"f.yaml:2: AccessPolicy/p: roleName: there is no Role with"},
	    {"resourceType: Role\nid: r\nname: a\nuser: {id: eve}\n",
		"f.yaml:2: Role/r: user: there is no User/eve"},
	    {POLICY "engine: allow\nlink: [{reference: User/eve}]\n---\n"
		    "resourceType: User\nid: eve\n",
		NULL},
	    {POLICY "engine: allow\nroleName: a\n---\n"
		    "resourceType: User\nid: eve\n---\n"
		    "resourceType: Role\nname: a\nuser: {id: eve}\n",
		NULL},
	};

	(void)state;
	check_rows(table, LENGTH(table), 0);
}

static void
a_resource_without_an_id_is_named_after_its_place(void **state)
{
	static const struct {
		const char *file, *id;
	} table[] = {
	    {"/etc/authbox/access.yaml", "access.yaml-2"},
	    {"-a b.yaml", "_a_b.yaml-2"},
	    {"\xc3\xa9.yaml", "__.yaml-2"},
	    {"0123456789012345678901234567890123456789012345678901234567890123"
	     "4567890.yaml",
		"012345678901234567890123456789012345678901234567-2"},
	};
	static const struct row doubled[] = {
	    {"resourceType: AccessPolicy\nengine: allow\n---\n"
	     "resourceType: AccessPolicy\nid: f.yaml-1\nengine: allow\n",
		"~f.yaml:5: AccessPolicy/f.yaml-1: id: f.yaml-1 stands at "
		"f.yaml:1 already"},
	    {"resourceType: AccessPolicy\nid:\nengine: allow\n",
		"~id: has no value"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		static const char yaml[] =
		    "\nresourceType: AccessPolicy\nengine: allow\n";
		struct config_report report = {0};
		struct config *config = NULL;
		struct loader loader;

		assert_int_equal(loader_init(&loader, &report), 0);
		loader_read(
		    &loader, table[i].file, yaml, sizeof(yaml) - 1, false);
		assert_int_equal(loader_finish(&loader, &config), 0);
		assert_string_equal(config->policies[0].id, table[i].id);
		assert_true(id_is_valid(config->policies[0].id));
		loader_done(&loader);
		config_report_done(&report);
		config_unref(config);
	}
	/* The note about the first comes before the error. */
	for (size_t i = 0; i < LENGTH(doubled); i++) {
		struct config_report report = {0};
		struct config *config = NULL;
		bool said = false;

		assert_int_equal(
		    load(doubled[i].yaml, &report, &config), -EINVAL);
		for (size_t j = 0; j < report.count; j++)
			said |= strstr(report.messages[j].text,
				    doubled[i].said + 1) != NULL;
		assert_true(said);
		config_report_done(&report);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_policies_load_each_on_its_own),
	    cmocka_unit_test(policies_inside_a_policy_keep_their_order),
	    cmocka_unit_test(roles_are_read),
	    cmocka_unit_test(a_policy_that_says_two_things_is_refused),
	    cmocka_unit_test(faults_of_patterns_are_told_with_their_line),
	    cmocka_unit_test(depth_and_number_of_policies_are_bounded),
	    cmocka_unit_test(what_is_likely_a_slip_is_noted),
	    cmocka_unit_test(a_resource_without_an_id_is_named_after_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
