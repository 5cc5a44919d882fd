/* At which provider a device login begins, and what is said where none can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/loader.h"

#define ENABLED                                                                \
	"resourceType: AuthConfig\nid: app\ndeviceLogin: {enabled: true}\n"
#define PROVIDER(id, more)                                                     \
	"---\nresourceType: IdentityProvider\nid: " id "\n" more
#define JWT(id)                                                                \
	"---\nresourceType: TokenIntrospector\nid: " id "\ntype: jwt\n"        \
	"namesUsers: true\n"                                                   \
	"jwt: {iss: 'https://" id "', aud: ssh, secret: 0123456789abcdef012"   \
	"3456789abcdef}\nidentity_provider: {reference: IdentityProvider/" id  \
	"}\n"
#define OPAQUE(id)                                                             \
	"---\nresourceType: TokenIntrospector\nid: " id "\ntype: opaque\n"     \
	"namesUsers: true\njwt: {aud: ssh}\n"                                  \
	"introspection_endpoint: {url: 'https://" id "'}\n"                    \
	"identity_provider: {reference: IdentityProvider/" id "}\n"
#define CLIENT	 "client: {id: host1}\n"
#define ENDPOINT "device_authorization_endpoint: https://p/device\n"

static struct config *
load(const char *text, struct config_report *report)
{
	struct loader loader;
	struct config *config = NULL;

	assert_int_equal(loader_init(&loader, report), 0);
	loader_read(&loader, "f.yaml", text, strlen(text), false);
	if (loader_finish(&loader, &config) < 0)
		fail_msg("%s\nin\n%s", report->messages[0].text, text);
	loader_done(&loader);
	return config;
}

static bool
has_note(const struct config_report *report, const char *part)
{
	for (size_t i = 0; i < report->count; i++)
		if (strstr(report->messages[i].text, part))
			return true;
	return false;
}

static const struct {
	const char *yaml, *wanted;
	const char *why; /* NULL: a */
	bool noted;	 /* that enabling it does nothing */
} cases[] = {
    {ENABLED JWT("a") PROVIDER("a", CLIENT ENDPOINT), NULL, NULL, false},
    {ENABLED JWT("a") PROVIDER("a", CLIENT ENDPOINT), "a", NULL, false},
    {ENABLED JWT("a") PROVIDER("a", CLIENT ENDPOINT), "b",
	"introspector-unknown", false},
    {ENABLED JWT("a") PROVIDER("a", CLIENT "issuer: https://a\n"), "", NULL,
	false},
    /* It needs a name there, and a place to ask. */
    {ENABLED JWT("a") PROVIDER("a", ENDPOINT), NULL, "device-no-provider",
	true},
    {ENABLED JWT("a") PROVIDER("a", CLIENT), NULL, "device-no-provider", true},
    {ENABLED JWT("a") PROVIDER("a", CLIENT ENDPOINT "active: false\n"), NULL,
	"device-no-provider", true},
    {ENABLED JWT("a") PROVIDER("a", CLIENT ENDPOINT "active: false\n"), "a",
	"introspector-inactive", true},
    {ENABLED OPAQUE("a") PROVIDER("a", CLIENT ENDPOINT), "a",
	"device-no-provider", true},
    {ENABLED, NULL, "device-no-provider", true},
    {"resourceType: AuthConfig\nid: app\n", NULL, "device-no-provider", false},
    /* Of several, the PAM line says which; unless one alone can. */
    {ENABLED JWT("a") JWT("b") PROVIDER("a", CLIENT ENDPOINT)
	    PROVIDER("b", CLIENT ENDPOINT),
	NULL, "introspector-ambiguous", false},
    {ENABLED JWT("a") JWT("b") PROVIDER("a", CLIENT ENDPOINT)
	    PROVIDER("b", CLIENT ENDPOINT),
	"a", NULL, false},
    {ENABLED JWT("a") JWT("b") PROVIDER("a", CLIENT ENDPOINT)
	    PROVIDER("b", CLIENT),
	NULL, NULL, false},
};

static void
a_device_login_begins_at_the_one_that_can(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct token_introspector *found = NULL;
		struct config_report report = {0};
		struct config *config = load(cases[i].yaml, &report);
		const char *why = NULL;
		int r =
		    config_choose_device(config, cases[i].wanted, &found, &why);

		if (r != !cases[i].why ||
		    (r ? !streq(found->id, "a") : !streq(why, cases[i].why)) ||
		    has_note(&report, "deviceLogin.enabled: has no effect") !=
			cases[i].noted)
			fail_msg("%s: %d %s", cases[i].yaml, r, why ? why : "");
		config_report_done(&report);
		config_unref(config);
	}
}

static void
it_is_off_and_shows_a_code_in_half_blocks_by_default(void **state)
{
	struct config_report report = {0};
	struct config *config =
	    load("resourceType: AuthConfig\nid: app\n", &report);

	(void)state;
	assert_false(config->auth_configs[0].device.enabled);
	assert_false(config->built_in.device.enabled);
	assert_false(config->auth_configs[0].device.complete_uri);
	assert_int_equal(config->auth_configs[0].device.qr, DEVICE_QR_UTF8);
	config_report_done(&report);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_device_login_begins_at_the_one_that_can),
	    cmocka_unit_test(
		it_is_off_and_shows_a_code_in_half_blocks_by_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
