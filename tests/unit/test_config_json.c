/* What values of any form become, where JSON is compared with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/loader.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* What User.data becomes as compact JSON; NULL: it was refused, and *ret_said
 * (malloc()ed) says why. */
static char *
convert(const char *value, char **ret_said)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;
	char yaml[512], *json = NULL;

	(void)snprintf(yaml, sizeof(yaml),
	    "resourceType: User\nid: eve\ndata:\n  v: %s\n", value);
	assert_int_equal(loader_init(&loader, &report), 0);
	loader_read(&loader, "f.yaml", yaml, strlen(yaml), false);
	if (loader_finish(&loader, &config) == 0)
		json = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(
		    config->users[0].data, "v"));
	*ret_said = report.count ? strdup(report.messages[0].text) : NULL;
	loader_done(&loader);
	config_report_done(&report);
	config_unref(config);
	return json;
}

static void
values_are_those_of_the_core_schema(void **state)
{
	static const struct {
		const char *yaml, *json;
	} table[] = {
	    {"a text", "\"a text\""},
	    {"'true'", "\"true\""},
	    {"\"12\"", "\"12\""},
	    {"|\n    12", "\"12\\n\""},
	    {"true", "true"},
	    {"False", "false"},
	    {"TRUE", "true"},
	    {"tRUE", "\"tRUE\""},
	    {"yes", "\"yes\""},
	    {"off", "\"off\""},
	    {"null", "null"},
	    {"~", "null"},
	    {"", "null"},
	    {"nil", "\"nil\""},
	    {"0", "0"},
	    {"-0", "-0"},
	    {"+12", "12"},
	    {"-12", "-12"},
	    {"0o17", "15"},
	    {"0x1F", "31"},
	    {"0x", "\"0x\""},
	    {"0o8", "\"0o8\""},
	    {"1.5", "1.5"},
	    {".5", "0.5"},
	    {"1.", "1"},
	    {"1e3", "1000"},
	    {"-1.5E-1", "-0.15"},
	    {".", "\".\""},
	    {"1e", "\"1e\""},
	    {"e1", "\"e1\""},
	    {"1_000", "\"1_000\""},
	    {"1:30", "\"1:30\""},
	    {"1.2.3", "\"1.2.3\""},
	    {"2027-01-31", "\"2027-01-31\""},
	    {"10.0.0.0/8", "\"10.0.0.0/8\""},
	    {"999999999999999", "999999999999999"},
	    {"[]", "[]"},
	    {"{}", "{}"},
	    {"[a, 1, {b: [true, '1']}]", "[\"a\",1,{\"b\":[true,\"1\"]}]"},
	    {"{\"json\": [1, \"2\", null]}", "{\"json\":[1,\"2\",null]}"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		AUTO_TEXT said = NULL;
		AUTO_TEXT json = convert(table[i].yaml, &said);

		if (!json || strcmp(json, table[i].json) != 0)
			fail_msg("%s: %s (%s)", table[i].yaml,
			    json ? json : "refused", said ? said : "");
	}
}

static void
numbers_that_would_change_are_refused(void **state)
{
	static const struct {
		const char *yaml, *said;
	} table[] = {
	    {"010", "f.yaml:4: User/eve: data.v: 010 is a number to some "
		    "readers of YAML and another number to others"},
	    {"-007", "leading zero"},
	    {"9007199254740993000", "is no number that JSON can hold exactly"},
	    {"0xFFFFFFFFFFFFFFFFFF", "hold exactly"},
	    {"1e400", "hold exactly"},
	    {".inf", "hold exactly"},
	    {"-.INF", "hold exactly"},
	    {".nan", "hold exactly; put it in quotes if it is a text"},
	    {"[a, {b: 08}]", "f.yaml:4: User/eve: data.v[1].b: 08 is"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		AUTO_TEXT said = NULL;
		AUTO_TEXT json = convert(table[i].yaml, &said);

		if (json || !said || !strstr(said, table[i].said))
			fail_msg("%s: %s (%s)", table[i].yaml,
			    json ? json : "refused", said ? said : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_those_of_the_core_schema),
	    cmocka_unit_test(numbers_that_would_change_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
