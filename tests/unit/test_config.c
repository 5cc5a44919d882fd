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

	assert_int_equal(
	    config_get_auth_config(config, "app", &app, &why), -ENOENT);
	assert_non_null(strstr(why, "none at all"));
	free(why);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(config_reads_the_published_examples),
	    cmocka_unit_test(config_of_nothing_has_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
