/* What a configuration says, and what is said about a wrong one. */
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

static const char published[] =
    "twoFactor:\n"
    "  webhook:\n"
    "    headers:\n"
    "      Authorization: Basic "
    "dHdvLWZhY3Rvci13ZWJob29rOnR3by1mYWN0b3Itd2ViaG9vaw==\n"
    "    endpoint: 'http://devbox:8080/webhook/two-factor-confirmation'\n"
    "  issuerName: Demo\n"
    "  validPastTokensCount: 5\n"
    "insecure: true\n"
    "id: app\n"
    "resourceType: AuthConfig\n"
    "---\n"
    "auth:\n"
    "  implicit:\n"
    "    redirect_uri: 'http://localhost:3000/auth'\n"
    "first_party: true\n"
    "grant_types:\n"
    "  - implicit\n"
    "id: web\n"
    "resourceType: Client\n"
    "---\n"
    "provider:\n"
    "  console:\n"
    "    type: console\n"
    "  default: console\n"
    "id: provider\n"
    "resourceType: AidboxConfig\n";

/* Load one text as f.yaml; the caller has the report. */
static int
load(const char *text, size_t size, struct config **ret_config,
    struct config_report *report)
{
	struct loader loader;
	int r;

	assert_int_equal(loader_init(&loader, report), 0);
	loader_read(&loader, "f.yaml", text, size, false);
	r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

static void
print_report(const struct config_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		print_message("  %s\n", report->messages[i].text);
}

static struct config *
load_good(const char *text)
{
	struct config_report report = {0};
	struct config *config = NULL;
	int r = load(text, strlen(text), &config, &report);

	if (r < 0)
		print_report(&report);
	assert_int_equal(r, 0);
	config_report_done(&report);
	return config;
}

static void
config_reads_the_published_examples(void **state)
{
	struct config *config = load_good(published);
	const struct auth_config *app;
	char *why = NULL;

	(void)state;
	assert_int_equal(config_get_auth_config(config, NULL, &app, &why), 0);
	assert_string_equal(app->id, "app");
	assert_string_equal(app->two_factor.issuer_name, "Demo");
	assert_int_equal(app->two_factor.past_codes, 5);
	assert_int_equal(app->two_factor.future_codes, 1);
	assert_int_equal(app->two_factor.digits, 6);
	assert_int_equal(app->two_factor.period_s, 30);
	assert_int_equal(app->two_factor.webhook.timeout_ms, 5000);
	assert_int_equal(app->two_factor.webhook.header_count, 1);
	assert_string_equal(
	    app->two_factor.webhook.headers[0].name, "Authorization");
	assert_int_equal(config->client_count, 1);
	assert_string_equal(config->clients[0].id, "web");
	assert_int_equal(config->clients[0].connections, 128);
	assert_int_equal(config->notices, NOTICE_CONSOLE);
	config_unref(config);
}

static void
config_of_nothing_has_the_defaults(void **state)
{
	struct config *config = load_good("");
	const struct auth_config *app;
	char *why = NULL;

	(void)state;
	assert_int_equal(config_get_auth_config(config, "", &app, &why), 0);
	assert_int_equal(app->two_factor.past_codes, 1);
	assert_non_null(app->two_factor.issuer_name);
	assert_int_equal(app->two_factor.enrolment, ENROLMENT_OFF);
	assert_int_equal(config->settings.connections_max, 2048);
	assert_int_equal(config->settings.connections_per_uid, 16);
	assert_int_equal(config->settings.creations_per_minute, 60);
	assert_int_equal(config->settings.creations_per_day, 1000);

	assert_int_equal(
	    config_get_auth_config(config, "app", &app, &why), -ENOENT);
	assert_non_null(strstr(why, "none at all"));
	free(why);
	config_unref(config);
}

static void
config_reads_every_field(void **state)
{
	static const char yaml[] =
	    "resourceType: AuthConfig\nid: app\ntheme: {title: Hello}\n"
	    "twoFactor:\n  validPastTokensCount: 0\n"
	    "  validFutureTokensCount: 10\n  digits: 8\n  period: 60\n"
	    "  algorithm: SHA512\n  enrolment: require\n"
	    "  graceUntil: 2027-01-31\n  remember: 8h\n"
	    "  webhook: {endpoint: 'https://a/', timeout: 100}\n"
	    "  exempt:\n  - group: robots\n    network: 2001:db8::/32\n"
	    "    service: sshd\n    until: 2099-01-31T08:00:00+01:00\n"
	    "  - {network: 10.0.0.1}\n"
	    "---\nresourceType: Client\nid: db\nsecret: hunter2\n"
	    "peers: [postgres, pg]\nservices: [postgresql]\n"
	    "connections: 5\n"
	    "---\nresourceType: User\nid: eve\nemail: eve@example.org\n"
	    "phoneNumber: +1 555 0100\ndisplayName: Eve É\ninactive: true\n"
	    "allowSystem: true\ntwoFactor: {transport: sms}\n"
	    "---\nresourceType: AidboxConfig\nid: p\nprovider:\n"
	    "  default: b\n  a: {type: console}\n  b: {type: webhook}\n"
	    "---\nresourceType: Settings\nid: s\n"
	    "http: {proxy: 'http://proxy:3128', ca: /etc/ca.pem}\n"
	    "limits: {connections: 100, connectionsPerUid: 7, "
	    "creationsPerMinute: 5, creationsPerDay: 8}\n"
	    "session: {freshLogin: 60}\n"
	    "log: {debug: true}\n";
	struct config *config = load_good(yaml);
	const struct two_factor *tf = &config->auth_configs[0].two_factor;
	const struct client *db = config_find_client_by_peer(config, "pg");
	const struct declared_user *eve = config_find_user(config, "eve");

	(void)state;
	assert_string_equal(config->auth_configs[0].theme_title, "Hello");
	assert_int_equal(tf->past_codes, 0);
	assert_int_equal(tf->future_codes, 10);
	assert_int_equal(tf->digits, 8);
	assert_int_equal(tf->period_s, 60);
	assert_int_equal(tf->algorithm, OTP_SHA512);
	assert_int_equal(tf->enrolment, ENROLMENT_REQUIRE);
	assert_int_equal(tf->grace_until_unix_s, 1801353600);
	assert_int_equal(tf->remember_s, 28800);
	assert_int_equal(tf->webhook.timeout_ms, 100);
	assert_int_equal(tf->exempt_count, 2);
	assert_string_equal(tf->exempts[0].group, "robots");
	assert_string_equal(tf->exempts[0].network, "2001:db8::/32");
	assert_string_equal(tf->exempts[0].service, "sshd");
	assert_int_equal(tf->exempts[0].until_unix_s, 4073526000);
	assert_null(tf->exempts[1].group);
	assert_int_equal(tf->exempts[1].until_unix_s, 0);

	assert_string_equal(db->id, "db");
	assert_string_equal(db->secret->bytes, "hunter2");
	assert_string_equal(db->services[0], "postgresql");
	assert_null(db->services[1]);
	assert_int_equal(db->connections, 5);
	assert_null(config_find_client_by_peer(config, "p"));

	assert_string_equal(eve->email, "eve@example.org");
	assert_string_equal(eve->phone_number, "+1 555 0100");
	assert_string_equal(eve->display_name, "Eve É");
	assert_true(eve->inactive && eve->allow_system);
	assert_string_equal(eve->two_factor_transport, "sms");

	assert_int_equal(config->notices, NOTICE_WEBHOOK);
	assert_string_equal(config->settings.http_proxy, "http://proxy:3128");
	assert_string_equal(config->settings.http_ca, "/etc/ca.pem");
	assert_int_equal(config->settings.connections_max, 100);
	assert_int_equal(config->settings.connections_per_uid, 7);
	assert_int_equal(config->settings.creations_per_minute, 5);
	assert_int_equal(config->settings.creations_per_day, 8);
	assert_true(config->settings.log_debug);
	config_unref(config);
}

static void
config_of_several_auth_configs_wants_to_know_which(void **state)
{
	struct config *config =
	    load_good("resourceType: AuthConfig\nid: app\n---\n"
		      "resourceType: AuthConfig\nid: admin\n");
	const struct auth_config *found = NULL;
	char *why = NULL;

	(void)state;
	assert_int_equal(
	    config_get_auth_config(config, "", &found, &why), -ENOENT);
	assert_string_equal(why,
	    "there are several AuthConfigs (app, admin); say which, as in "
	    "config=app");
	free(why);
	assert_int_equal(
	    config_get_auth_config(config, "admin", &found, &why), 0);
	assert_string_equal(found->id, "admin");
	assert_int_equal(
	    config_get_auth_config(config, "\033[2J", &found, &why), -ENOENT);
	assert_string_equal(
	    why, "no AuthConfig has the id ?[2J; there are: app, admin");
	free(why);
	config_unref(config);
}

static void
config_with_one_auth_config_does_not_guess_another(void **state)
{
	struct config *config =
	    load_good("resourceType: AuthConfig\nid: app\n");
	const struct auth_config *found = NULL;
	char *why = NULL;

	(void)state;
	assert_int_equal(
	    config_get_auth_config(config, "ap", &found, &why), -ENOENT);
	assert_null(found);
	free(why);
	config_unref(config);
}

static void
config_finds_each_of_many_users(void **state)
{
	char *yaml = NULL, id[16];
	size_t size;
	FILE *out = open_memstream(&yaml, &size);
	struct config *config;

	(void)state;
	assert_non_null(out);
	for (unsigned i = 0; i < 1000; i++)
		fprintf(
		    out, "---\nresourceType: User\nid: u%u\n", i * 7919 % 1000);
	assert_int_equal(fclose(out), 0);
	config = load_good(yaml);
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(id, sizeof(id), "u%u", i);
		assert_string_equal(config_find_user(config, id)->id, id);
	}
	assert_null(config_find_user(config, "u"));
	assert_null(config_find_user(config, "u1000"));
	config_unref(config);
	free(yaml);
}

static void
config_lives_until_its_last_reference(void **state)
{
	struct config *config =
	    load_good("resourceType: AuthConfig\nid: app\n");
	struct config *other = config_ref(config);

	(void)state;
	config_unref(config);
	assert_string_equal(other->auth_configs[0].id, "app");
	config_unref(other);
	config_unref(NULL);
}

static void
config_generations_grow(void **state)
{
	struct config *first = load_good(""), *second = load_good("");

	(void)state;
	assert_true(second->generation > first->generation);
	config_unref(first);
	config_unref(second);
}

#define ENV_A "BOX_SECURITY_INTROSPECTION_CREATE_USER"
#define ENV_B "BOX_FEATURES_AUTHENTICATION_INTROSPECTION_CREATE__USER"

static void
the_environment_sets_one_switch(void **state)
{
	static const struct {
		const char *a, *b;
		const char *setting; /* "", "true", "false" */
		bool good, on;
	} table[] = {
	    {NULL, NULL, "", true, false},
	    {NULL, NULL, "true", true, true},
	    {"true", NULL, "", true, true},
	    {NULL, "1", "", true, true},
	    {"0", NULL, "true", true, false},
	    {"true", "1", "false", true, true},
	    {"true", "false", "", false, false},
	    {"yes", NULL, "", false, false},
	    {"", NULL, "", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct config_report report = {0};
		struct config *config = NULL;
		char yaml[256] = "";
		int r;

		if (table[i].setting[0])
			(void)snprintf(yaml, sizeof(yaml),
			    "resourceType: Settings\nid: s\nsecurity:\n"
			    "  introspection-create-user: %s\n",
			    table[i].setting);
		if (table[i].a)
			assert_int_equal(setenv(ENV_A, table[i].a, 1), 0);
		if (table[i].b)
			assert_int_equal(setenv(ENV_B, table[i].b, 1), 0);
		r = load(yaml, strlen(yaml), &config, &report);
		assert_int_equal(r, table[i].good ? 0 : -EINVAL);
		if (r == 0)
			assert_int_equal(
			    config->settings.introspection_create_user,
			    table[i].on);
		config_report_done(&report);
		config_unref(config);
		assert_int_equal(unsetenv(ENV_A), 0);
		assert_int_equal(unsetenv(ENV_B), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(config_reads_the_published_examples),
	    cmocka_unit_test(config_of_nothing_has_the_defaults),
	    cmocka_unit_test(config_reads_every_field),
	    cmocka_unit_test(
		config_of_several_auth_configs_wants_to_know_which),
	    cmocka_unit_test(
		config_with_one_auth_config_does_not_guess_another),
	    cmocka_unit_test(config_finds_each_of_many_users),
	    cmocka_unit_test(config_lives_until_its_last_reference),
	    cmocka_unit_test(config_generations_grow),
	    cmocka_unit_test(the_environment_sets_one_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
