/* io.authbox.Daemon: state, counters, configuration. */
#include "tests/unit/api_host.h"

static void
write_config(const char *yaml)
{
	char path[96];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/etc/a.yaml", host->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fprintf(file, "%s\n", yaml) > 0);
	assert_int_equal(fclose(file), 0);
}

static const char *
first_of(const char *name)
{
	const cJSON *first =
	    cJSON_GetArrayItem(json_find(host->reply.parameters, name), 0);

	return first ? first->valuestring : "";
}

static void
anybody_sees_that_it_runs(void **state)
{
	(void)state;
	assert_call("", HOST_NOBODY, "Daemon.Status", "{}");
	assert_string_equal(host_text("version"), AUTHBOX_VERSION);
	assert_int_equal(host_number("started"), HOST_NOW - 60);
	assert_true(host_number("generation") > 0);
	assert_null(host_text("store"));
	assert_null(host_text("config"));
}

static void
a_clock_that_went_back_is_told(void **state)
{
	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_null(host_text("clock"));
	host->now_unix_s -= 3600;
	assert_call("", HOST_ROOT, "Daemon.Status", "{}");
	assert_non_null(strstr(host_text("clock"), "accept-clock"));
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_non_null(strstr(host_text("clock"), "root sees why"));
}

static void
root_alone_sees_who_does_not_answer(void **state)
{
	const cJSON *troubles;

	(void)state;
	host_configure("{resourceType: TokenIntrospector, id: far, type: jwt, "
		       "jwks_uri: 'https://idp.example/keys', jwt: {iss: "
		       "'https://idp.example', aud: here}}");
	assert_call("", HOST_ROOT, "Daemon.Status", "{}");
	assert_non_null(strstr(host_text("fetch"), "authbox-fetch"));
	assert_null(host_text("userdb")); /* none is needed */
	troubles = json_find(host->reply.parameters, "troubles");
	assert_int_equal(cJSON_GetArraySize(troubles), 0);

	/* {"alg":"ES256"}.{"iss":"https://idp.example"} */
	assert_call("Unavailable", HOST_ROOT, "Token.Introspect",
	    "{'token': 'eyJhbGciOiJFUzI1NiJ9."
	    "eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.AAAA'}");
	assert_call("", HOST_ROOT, "Daemon.Status", "{}");
	troubles = json_find(host->reply.parameters, "troubles");
	assert_int_equal(cJSON_GetArraySize(troubles), 1);
	assert_non_null(strstr(
	    json_find(cJSON_GetArrayItem(troubles, 0), "text")->valuestring,
	    "TokenIntrospector/far: https://idp.example/keys gave no "
	    "answer: "));

	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_null(json_find(host->reply.parameters, "troubles"));
	assert_null(host_text("fetch"));
}

static void
a_reload_brings_what_is_right_into_force(void **state)
{
	int64_t before;

	(void)state;
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	before = host_number("generation");
	write_config("{id: app, resourceType: AuthConfig, twoFactor: "
		     "{issuerName: New}}");
	assert_call("", HOST_ROOT, "Daemon.Reload", "{}");
	assert_true(host_number("generation") > before);
	assert_true(cJSON_IsArray(json_find(host->reply.parameters, "notes")));
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_non_null(strstr(host_text("uri"), "issuer=New"));
}

static void
a_wrong_configuration_changes_nothing_and_says_why(void **state)
{
	(void)state;
	host_configure("{id: app, resourceType: AuthConfig, twoFactor: "
		       "{issuerName: Old}}");
	write_config("{id: app, resourceType: AuthConfig, twoFactor: "
		     "{issuerNam: New}}");
	assert_call("", HOST_ROOT, "Daemon.ConfigCheck", "{}");
	assert_non_null(strstr(first_of("errors"), "issuerName"));
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_null(host_text("config"));

	assert_call("InvalidConfig", HOST_ROOT, "Daemon.Reload", "{}");
	assert_non_null(strstr(first_of("messages"), "a.yaml:1"));
	assert_non_null(strstr(first_of("messages"), "issuerName"));
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_non_null(strstr(host_text("uri"), "issuer=Old"));

	assert_call("", HOST_ROOT, "Daemon.Status", "{}");
	assert_non_null(strstr(host_text("config"), "issuerName"));
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_null(strstr(host_text("config"), "issuerName"));
	assert_non_null(strstr(host_text("config"), "root sees why"));
}

static void
without_any_configuration_changes_are_unavailable(void **state)
{
	(void)state;
	config_unref(TAKE(host->daemon.config));
	assert_call("Unavailable", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_string_equal(host_text("reason"), "config_invalid");
	assert_audit(1, "requested 5 config-invalid alice");
	assert_call("", HOST_ALICE, "TwoFactor.Status", "{}");
	assert_call("", HOST_BOB, "Daemon.Status", "{}");
	assert_int_equal(host_number("generation"), 0);
}

static void
a_good_configuration_has_no_errors(void **state)
{
	(void)state;
	assert_call("", HOST_ROOT, "Daemon.ConfigCheck", "{}");
	assert_int_equal(
	    cJSON_GetArraySize(json_find(host->reply.parameters, "errors")), 0);
}

static void
kinds_are_explained_to_anybody(void **state)
{
	(void)state;
	assert_call("", HOST_BOB, "Daemon.ConfigExplain", "{}");
	assert_non_null(strstr(host_text("text"), "AuthConfig"));
	assert_call(
	    "", HOST_BOB, "Daemon.ConfigExplain", "{'kind': 'AuthConfig'}");
	assert_non_null(strstr(host_text("text"), "validPastTokensCount"));
	assert_call("", HOST_BOB, "Daemon.ConfigExplain",
	    "{'kind': 'AuthConfig', 'json': true}");
	assert_int_equal(host_text("text")[0], '[');
	assert_call("Daemon.UnknownKind", HOST_BOB, "Daemon.ConfigExplain",
	    "{'kind': 'Nothing'}");
}

static void
counters_are_numbers(void **state)
{
	const cJSON *counters, *counter;

	(void)state;
	assert_call("", HOST_ALICE, "TwoFactor.Request", "{}");
	assert_call("", HOST_ROOT, "Daemon.Stats", "{}");
	counters = json_find(host->reply.parameters, "counters");
	assert_true(cJSON_GetArraySize(counters) >= 10);
	cJSON_ArrayForEach (counter, counters)
		assert_true(cJSON_IsNumber(counter));
	counter = json_find(counters, "store.updates");
	assert_non_null(counter);
	assert_true(counter->valuedouble >= 1);
	counter = json_find(counters, "webhook.sent");
	assert_non_null(counter);
	assert_true(counter->valuedouble == 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(anybody_sees_that_it_runs),
	    HOST_TEST(a_clock_that_went_back_is_told),
	    HOST_TEST(root_alone_sees_who_does_not_answer),
	    HOST_TEST(a_reload_brings_what_is_right_into_force),
	    HOST_TEST(a_wrong_configuration_changes_nothing_and_says_why),
	    HOST_TEST(without_any_configuration_changes_are_unavailable),
	    HOST_TEST(a_good_configuration_has_no_errors),
	    HOST_TEST(kinds_are_explained_to_anybody),
	    HOST_TEST(counters_are_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
