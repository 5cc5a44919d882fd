/* The User resource that claims make: each row is toScim, claims and what comes
 * of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/text.h"
#include "users/profile.h"

#define ISSUER "https://a.example"
#define END    ",\"identifier\":[{\"system\":\"" ISSUER "\",\"value\":\"7781\"}]}"

static const struct row {
	const char *to_scim, *info, *profile;
} rows[] = {
    {NULL, "{\"sub\":\"7781\"}", "{\"data\":{\"sub\":\"7781\"}" END},
    {NULL, "{\"email\":\"a@b\",\"name\":\"Ann\",\"phone_number\":\"+1\"}",
	"{\"data\":{\"email\":\"a@b\",\"name\":\"Ann\",\"phone_number\":\"+1\"}"
	",\"email\":\"a@b\",\"phoneNumber\":\"+1\",\"displayName\":"
	"\"Ann\"" END},
    /* The documented example: two claims for one attribute, the last wins. */
    {"{\"default_email\":[\"email\"],\"first_name\":[\"name\",\"givenName\"],"
     "\"last_name\":[\"name\",\"givenName\"]}",
	"{\"default_email\":\"x@y\",\"first_name\":\"Ann\","
	"\"last_name\":\"Lee\"}",
	"{\"data\":{\"default_email\":\"x@y\",\"first_name\":\"Ann\","
	"\"last_name\":\"Lee\"},\"email\":\"x@y\","
	"\"name\":{\"givenName\":\"Lee\"}" END},
    /* What toScim says is stronger than what is usual. */
    {"{\"nick\":[\"displayName\"]}", "{\"name\":\"Ann\",\"nick\":\"an\"}",
	"{\"data\":{\"name\":\"Ann\",\"nick\":\"an\"},\"displayName\":"
	"\"an\"" END},
    {"{\"unit\":[\"data\",\"org\",\"unit\"],\"n\":[\"employeeNumber\"]}",
	"{\"unit\":\"x\",\"n\":7}",
	"{\"data\":{\"unit\":\"x\",\"n\":7,\"org\":{\"unit\":\"x\"}},"
	"\"employeeNumber\":7" END},
    /* What is no value, or no line, stays data alone. */
    {"{\"a\":[\"title\"]}", "{\"a\":[\"x\"],\"email\":[\"a@b\"]}",
	"{\"data\":{\"a\":[\"x\"],\"email\":[\"a@b\"]}" END},
    {NULL, "{\"name\":\"a\\nb\",\"email\":\"\"}",
	"{\"data\":{\"name\":\"a\\nb\",\"email\":\"\"}" END},
    /* Nothing that decides about logins is the provider's to say. */
    {"{\"a\":[\"id\"],\"b\":[\"inactive\"],\"c\":[\"allowSystem\"],"
     "\"d\":[\"identifier\"],\"e\":[\"roles\",\"x\"],\"f\":[\"twoFactor\"]}",
	"{\"a\":\"root\",\"b\":false,\"c\":true,\"d\":\"x\",\"e\":\"x\","
	"\"f\":\"x\"}",
	"{\"data\":{\"a\":\"root\",\"b\":false,\"c\":true,\"d\":\"x\","
	"\"e\":\"x\",\"f\":\"x\"}" END},
    /* A path through something that is no object leads nowhere. */
    {"{\"a\":[\"displayName\",\"x\"]}", "{\"name\":\"Ann\",\"a\":\"y\"}",
	"{\"data\":{\"name\":\"Ann\",\"a\":\"y\"},\"displayName\":\"Ann\"" END},
    {"{\"a\":[\"n\",\"n\",\"n\",\"n\",\"n\",\"n\"]}", "{\"a\":\"y\"}",
	"{\"data\":{\"a\":\"y\"}" END},
};

static void
claims_become_a_user(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_JSON to_scim =
		    rows[i].to_scim ? cJSON_Parse(rows[i].to_scim) : NULL;
		AUTO_JSON info = cJSON_Parse(rows[i].info);
		AUTO_JSON profile = NULL;
		AUTO(secret) text = NULL;

		assert_int_equal(
		    profile_build(to_scim, info, ISSUER, "7781", &profile), 0);
		text = json_print(profile);
		assert_string_equal(text->bytes, rows[i].profile);
	}
}

static int
build_text(const char *info_text, size_t size, cJSON **ret_profile)
{
	AUTO_JSON info = NULL;

	assert_int_equal(json_parse(info_text, size, &info, NULL), 0);
	return profile_build(NULL, info, ISSUER, "7781", ret_profile);
}

static void
claims_that_the_store_could_not_give_back_are_refused(void **state)
{
	char text[2 * PROFILE_BYTES_MAX];
	AUTO_JSON profile = NULL;
	AUTO_JSON list = cJSON_CreateArray();
	size_t size;

	(void)state;
	assert_int_equal(
	    profile_build(NULL, list, ISSUER, "1", &profile), -EBADMSG);
	assert_int_equal(
	    profile_build(NULL, NULL, ISSUER, "1", &profile), -EBADMSG);

	size = (size_t)snprintf(
	    text, sizeof(text), "{\"x\":\"%0*d\"}", PROFILE_BYTES_MAX, 0);
	assert_int_equal(build_text(text, size, &profile), -E2BIG);

	/* Eleven levels below the object are one too many. */
	(void)snprintf(
	    text, sizeof(text), "{\"x\":%s%s}", "[[[[[[[[[[", "]]]]]]]]]]");
	assert_int_equal(build_text(text, strlen(text), &profile), 0);
	cJSON_Delete(TAKE(profile));
	(void)snprintf(
	    text, sizeof(text), "{\"x\":%s%s}", "[[[[[[[[[[[", "]]]]]]]]]]]");
	assert_int_equal(build_text(text, strlen(text), &profile), -E2BIG);
	assert_null(profile);
}

/* The line of passwd(5) keeps its shape, whatever the provider says. */
static void
a_display_name_never_breaks_a_line_of_passwd(void **state)
{
	static const char *const bad[] = {"a:b", "a,b", "a\nb", ":0:0:", "\t"};
	AUTO_JSON profile = cJSON_CreateObject();

	(void)state;
	assert_null(profile_get_real_name(profile));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cJSON_DeleteItemFromObject(profile, "displayName");
		cJSON_AddStringToObject(profile, "displayName", bad[i]);
		assert_null(profile_get_real_name(profile));
	}
	cJSON_DeleteItemFromObject(profile, "displayName");
	cJSON_AddStringToObject(profile, "displayName", "Ann \303\204 Lee");
	assert_string_equal(profile_get_real_name(profile), "Ann \303\204 Lee");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(claims_become_a_user),
	    cmocka_unit_test(
		claims_that_the_store_could_not_give_back_are_refused),
	    cmocka_unit_test(a_display_name_never_breaks_a_line_of_passwd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
