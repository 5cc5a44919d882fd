/* Each wrong configuration is told where, what, and what to do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/loader.h"

/* `said` is how the report's text, all messages joined by '\n', must begin;
 * one that begins with '~' must be found anywhere in it. */
struct wrong {
	const char *yaml, *said;
};

static int
load(const char *text, size_t size, struct config_report *report,
    struct config **ret_config)
{
	struct loader loader;
	int r;

	assert_int_equal(loader_init(&loader, report), 0);
	loader_read(&loader, "f.yaml", text, size, false);
	r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

static char *
join(const struct config_report *report)
{
	char *text = strdup("");

	for (size_t i = 0; text && i < report->count; i++) {
		char *longer;

		assert_true(asprintf(&longer, "%s%s%s", text, i ? "\n" : "",
				report->messages[i].text) >= 0);
		free(text);
		text = longer;
	}
	assert_non_null(text);
	return text;
}

static void
check_said(const struct wrong *wrong, const struct config_report *report)
{
	AUTO_TEXT text = join(report);
	bool good = wrong->said[0] == '~'
			? strstr(text, wrong->said + 1) != NULL
			: strncmp(text, wrong->said, strlen(wrong->said)) == 0;

	if (!good)
		fail_msg("for\n%s\nexpected\n%s\nbut it said\n%s", wrong->yaml,
		    wrong->said, text);
}

static void
check_refused(const struct wrong *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct config_report report = {0};
		struct config *config = NULL;

		if (load(table[i].yaml, strlen(table[i].yaml), &report,
			&config) != -EINVAL)
			fail_msg("not refused: %s", table[i].yaml);
		assert_null(config);
		assert_true(report.error_count > 0);
		check_said(&table[i], &report);
		config_report_done(&report);
	}
}

static void
check_noted(const struct wrong *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct config_report report = {0};
		struct config *config = NULL;

		if (load(table[i].yaml, strlen(table[i].yaml), &report,
			&config) != 0)
			fail_msg("refused: %s: %s", table[i].yaml,
			    report.count ? report.messages[0].text : "");
		assert_int_equal(report.error_count, 0);
		check_said(&table[i], &report);
		config_report_done(&report);
		config_unref(config);
	}
}

#define LENGTH(a)  (sizeof(a) / sizeof((a)[0]))
#define AUTHCONFIG "resourceType: AuthConfig\nid: app\n"
#define TWOFACTOR  AUTHCONFIG "twoFactor:\n  "

static void
an_unknown_field_is_answered_with_the_nearest_known_one(void **state)
{
	static const struct wrong table[] = {
	    {TWOFACTOR "validPastTokenCount: 5\n",
		"f.yaml:4: AuthConfig/app: twoFactor.validPastTokenCount: "
		"unknown field; did you mean twoFactor.validPastTokensCount?"},
	    {AUTHCONFIG "twofactor: {}\n",
		"f.yaml:3: AuthConfig/app: twofactor: unknown field; did you "
		"mean twoFactor?"},
	    {AUTHCONFIG "issuerName: Demo\n",
		"f.yaml:3: AuthConfig/app: issuerName: unknown field; did you "
		"mean twoFactor.issuerName?"},
	    {TWOFACTOR "webhook: {url: 'https://a/'}\n",
		"f.yaml:4: AuthConfig/app: twoFactor.webhook.url: unknown "
		"field; \"authboxctl config explain AuthConfig\" lists"},
	    {TWOFACTOR "exempt: [{grop: wheel}]\n",
		"f.yaml:4: AuthConfig/app: twoFactor.exempt[0].grop: unknown "
		"field; did you mean group?"},
	    {AUTHCONFIG "twoFactor.digits: 6\n",
		"f.yaml:3: AuthConfig/app: twoFactor.digits: unknown field"},
	    {"resourceType: User\nid: eve\nactive: false\n",
		"f.yaml:3: User/eve: active: unknown field; did you mean "
		"inactive?"},
	    {"resourceType: AuthConfg\nid: app\n",
		"f.yaml:1: resourceType: AuthConfg: unknown kind; did you "
		"mean AuthConfig?"},
	    {"resourceType: Patient\nid: p\n",
		"f.yaml:1: resourceType: Patient: unknown kind; \"authboxctl "
		"config explain\" lists"},
	    {"id: p\nresourceType: provider.*\n", "~unknown kind"},
	    {"resourceType: AidboxConfig\nid: p\nprovider:\n  '*': "
	     "{type: console}\n",
		"~provider.*: unknown field"},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
what_another_program_reads_stands_in_its_file(void **state)
{
	static const struct wrong table[] = {
	    {"id: p\nresourceType: Provisioning\n",
		"f.yaml:2: resourceType: a Provisioning must stand in the file "
		"userdb.yaml, which authbox-userdb reads; move it there"},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
kind_and_id_must_be_there_once(void **state)
{
	static const struct wrong table[] = {
	    {"id: app\n", "f.yaml:1: no resourceType; say what"},
	    {"\n\nresourceType:\n", "f.yaml:3: no resourceType"},
	    {"resourceType: [AuthConfig]\n", "f.yaml:1: no resourceType"},
	    {"resourceType: AuthConfig\n",
		"f.yaml:1: AuthConfig: id: is missing; give it one"},
	    {"resourceType: AuthConfig\nid:\n",
		"f.yaml:2: AuthConfig: id: has no value"},
	    {"resourceType: AuthConfig\nid: a b\n",
		"f.yaml:2: AuthConfig/a b: id: must be 1 to 64 of the"},
	    {"resourceType: AuthConfig\nid: {}\n", "~id: must be 1 to 64"},
	    {AUTHCONFIG "---\n" AUTHCONFIG,
		"f.yaml:5: AuthConfig/app: id: app stands at f.yaml:2 "
		"already; give each AuthConfig its own id"},
	    {AUTHCONFIG "id: web\n", "f.yaml:3: id: stands here twice"},
	    {"resourceType: Settings\nid: a\n---\n"
	     "resourceType: Settings\nid: b\n",
		"f.yaml:5: Settings/b: there can be one Settings only, and "
		"one stands at f.yaml:2; put both into one"},
	    {"resourceType: User\nid: 1000\n", "~id: must be a Unix user name"},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
values_of_a_wrong_type_or_range_are_refused(void **state)
{
	static const struct wrong table[] = {
	    {TWOFACTOR "validPastTokensCount: 11\n",
		"f.yaml:4: AuthConfig/app: twoFactor.validPastTokensCount: "
		"must be a whole number from 0 to 10, not 11"},
	    {TWOFACTOR "validPastTokensCount: '5'\n", "~10, not \"5\""},
	    {TWOFACTOR "validPastTokensCount: -1\n", "~not -1"},
	    {TWOFACTOR "validPastTokensCount: 1.0\n", "~not 1.0"},
	    {TWOFACTOR "validPastTokensCount: 0x5\n", "~not 0x5"},
	    {TWOFACTOR "validPastTokensCount: 010\n", "~not 010"},
	    {TWOFACTOR "validPastTokensCount: [5]\n", "~not a list"},
	    {TWOFACTOR "validPastTokensCount: 99999999999999999999\n",
		"~must be a whole number"},
	    {TWOFACTOR "validPastTokensCount:\n",
		"~has no value; give one or remove the line"},
	    {TWOFACTOR "digits: 5\n", "~from 6 to 8, not 5"},
	    {TWOFACTOR "period: 45\n", "~must be one of 30|60, not 45"},
	    {TWOFACTOR "algorithm: MD5\n",
		"~must be one of SHA1|SHA256|SHA512, not MD5"},
	    {TWOFACTOR "enrolment: true\n",
		"~must be one of off|offer|require, not true"},
	    {TWOFACTOR "issuerName: 'a:b'\n", "~without a colon, not \"a:b\""},
	    {TWOFACTOR "issuerName: \"a\\nb\"\n", "~not \"a?b\""},
	    {TWOFACTOR "graceUntil: 2027-02-30\n", "~must be a date like"},
	    {TWOFACTOR "remember: 8\n", "~must be a number with a unit"},
	    {TWOFACTOR "remember: 366d\n", "~at most 365d, not 366d"},
	    {TWOFACTOR "webhook: {timeout: 99}\n", "~from 100 to 30000"},
	    {TWOFACTOR "webhook: https://a/\n",
		"f.yaml:4: AuthConfig/app: twoFactor.webhook: must be a map"},
	    {TWOFACTOR "exempt: {group: a}\n", "~must be a list of objects"},
	    {TWOFACTOR "exempt: [wheel]\n", "~exempt[0]: must be a map"},
	    {AUTHCONFIG "insecure: yes\n", "~must be true or false, not yes"},
	    {"resourceType: Client\nid: c\npeers: nginx\n",
		"~peers: must be a list of user names, at most 64, not nginx"},
	    {"resourceType: Client\nid: c\npeers: [a, a]\nservices: [x]\n",
		"~peers[1]: stands in the list twice"},
	    {"resourceType: Client\nid: c\npeers: [a, b/c]\n",
		"~peers[1]: must be a Unix user name"},
	    {"resourceType: Client\nid: c\nconnections: 0\n", "~from 1 to"},
	    {"resourceType: Settings\nid: s\nhttp: {ca: ca.pem}\n",
		"~must be an absolute path (one that begins with /), not"},
	    {"resourceType: Settings\nid: s\nlimits: {connections: 20, "
	     "connectionsPerUid: 21}\n",
		"~limits.connectionsPerUid: is more than limits.connections"},
	    {"resourceType: User\nid: eve\nemail: eve\n", "~one e-mail"},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
what_has_no_meaning_together_is_refused(void **state)
{
	static const struct wrong table[] = {
	    {TWOFACTOR "exempt: [{until: 2099-01-01}]\n",
		"f.yaml:4: AuthConfig/app: twoFactor.exempt[0]: would exempt "
		"everybody; give a group, a network or a service"},
	    {TWOFACTOR "exempt: [{}]\n", "~would exempt everybody"},
	    {TWOFACTOR "exempt: [{network: 10.0.0.1/8}]\n",
		"~exempt[0].network: must be an address or a network"},
	    {TWOFACTOR "webhook: {headers: {X: a}}\n",
		"~twoFactor.webhook.endpoint: is missing"},
	    {"resourceType: Client\nid: c\npeers: [a]\n",
		"~services: is missing"},
	    {"resourceType: Client\nid: c\npeers: [a]\nservices: [x]\n---\n"
	     "resourceType: Client\nid: d\npeers: [b, a]\nservices: [x]\n",
		"~Client/d: peers: a is a peer of Client/c already"},
	    {"resourceType: AidboxConfig\nid: p\nprovider:\n  default: a\n",
		"~provider.default: no provider is named a"},
	    {"resourceType: AidboxConfig\nid: p\nprovider:\n"
	     "  a: {type: console}\n  b: {type: webhook}\n",
		"~provider.default: is missing"},
	    {"resourceType: AidboxConfig\nid: p\nprovider:\n"
	     "  a: {type: mailgun}\n",
		"~provider.a.type: must be one of console|webhook"},
	    {"resourceType: AidboxConfig\nid: p\nprovider:\n  a: {}\n",
		"~provider.a.type: is missing"},
	    {"resourceType: User\nid: eve\ntwoFactor: {enabled: true}\n",
		"~twoFactor.enabled: must not stand here. The store says so: "
		"enrol with authboxctl 2fa enrol."},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
urls_without_tls_need_the_word_insecure(void **state)
{
	static const struct wrong refused[] = {
	    {TWOFACTOR "webhook: {endpoint: 'http://devbox:8080/x'}\n",
		"f.yaml:4: AuthConfig/app: twoFactor.webhook.endpoint: http:// "
		"is refused except to this host, because codes, tokens "
		"and passwords would cross the network in clear; use https://, "
		"or add "
		"\"insecure: true\" to this AuthConfig"},
	    {AUTHCONFIG "insecure: 'true'\ntwoFactor: {webhook: {endpoint: "
			"'http://devbox/'}}\n",
		"~http:// is refused"},
	    {TWOFACTOR "webhook: {endpoint: 'http://127.0.0.1.evil.org/'}\n",
		"~http:// is refused"},
	    {TWOFACTOR "webhook: {endpoint: 'http://localhost.evil.org/'}\n",
		"~http:// is refused"},
	    {TWOFACTOR "webhook: {endpoint: 'ftp://a/'}\n",
		"~must begin with https:// or http://"},
	    {TWOFACTOR "webhook: {endpoint: 'https://u:p@a/'}\n",
		"~must not hold a user name or password"},
	    {TWOFACTOR "webhook: {endpoint: ['https://a/']}\n",
		"~must be a URL"},
	};
	static const struct wrong good[] = {
	    {TWOFACTOR "webhook: {endpoint: 'http://localhost:8080/x'}\n", ""},
	    {TWOFACTOR "webhook: {endpoint: 'http://127.8.9.1/'}\n", ""},
	    {TWOFACTOR "webhook: {endpoint: 'http://[::1]:80/'}\n", ""},
	    {AUTHCONFIG "insecure: true\ntwoFactor: {webhook: {endpoint: "
			"'http://devbox/'}}\n",
		""},
	    {"resourceType: Settings\nid: s\n"
	     "http: {proxy: 'http://proxy:3128'}\n",
		""},
	};

	(void)state;
	check_refused(refused, LENGTH(refused));
	check_noted(good, LENGTH(good));
}

#define HEADERS TWOFACTOR "webhook:\n    endpoint: 'https://a/'\n    headers: "

static void
headers_cannot_smuggle_others(void **state)
{
	static const struct wrong table[] = {
	    {HEADERS "{X: \"a\\r\\nEvil: b\"}\n",
		"~twoFactor.webhook.headers.X: is no value of a header"},
	    {HEADERS "{X: \"a\\tb\"}\n", "~is no value of a header"},
	    {HEADERS "{'X Y': a}\n", "~is no name of a header"},
	    {HEADERS "{'X:': a}\n", "~is no name of a header"},
	    {HEADERS "{host: a}\n", "~is authbox-fetch's own"},
	    {HEADERS "{Content-Length: 0}\n", "~is authbox-fetch's own"},
	    {HEADERS "{cookie: a=b}\n", "~is authbox-fetch's own"},
	    {HEADERS "{TE: trailers}\n", "~is authbox-fetch's own"},
	    {HEADERS "{Expect: 100-continue}\n", "~is authbox-fetch's own"},
	    {HEADERS "{Proxy-Authorization: x}\n", "~is authbox-fetch's own"},
	    {HEADERS "{X-A: a, x-a: b}\n", "~stands here twice"},
	    {HEADERS "{X: }\n", "~must be a text, {file: PATH}"},
	    {HEADERS "{X: ''}\n", "~is empty"},
	    {HEADERS "[a]\n", "~must be a map of at most 16 headers"},
	    {HEADERS "{X: {fil: /a}}\n", "~fil: unknown; use {file: PATH}"},
	    {HEADERS "{X: {file: a}}\n", "~file must be an absolute path"},
	    {HEADERS "{X: {file: /a, credential: b}}\n",
		"~must be a text, {file: PATH} or {credential: NAME}"},
	    {HEADERS "{X: {credential: ../b}}\n", "~credential must be 1 to"},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
secrets_never_appear_in_messages(void **state)
{
	static const char *const table[] = {
	    HEADERS "[hunter2]\n",
	    HEADERS "{Authorization: \"hunter2\\n\"}\n",
	    HEADERS "hunter2\n",
	    HEADERS "{X: [hunter2]}\n",
	    TWOFACTOR "webhook: {endpoint: 'https://u:hunter2@a/'}\n",
	    "resourceType: Client\nid: c\nsecret: [hunter2]\n",
	    "resourceType: Client\nid: c\nsecret: {text: hunter2}\n",
	    "resourceType: User\nid: eve\npassword: hunter2\n",
	    "resourceType: User\nid: eve\ntwoFactor: {secretKey: hunter2}\n",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		struct config_report report = {0};
		struct config *config = NULL;
		AUTO_TEXT text = NULL;

		assert_int_equal(
		    load(table[i], strlen(table[i]), &report, &config),
		    -EINVAL);
		text = join(&report);
		if (strstr(text, "hunter2"))
			fail_msg("told a secret: %s", text);
		config_report_done(&report);
	}
}

static void
yaml_that_hides_what_it_says_is_refused(void **state)
{
	static const struct wrong table[] = {
	    {"a: &x [b]\nc: *x\n",
		"f.yaml:1: anchors (&) and aliases (*) are not supported"},
	    {"a: *x\n", "~anchors (&) and aliases (*)"},
	    {"a: !!binary aGk=\n", "f.yaml:1: tags (!) are not supported"},
	    {"a: !x b\n", "~tags (!)"},
	    {"a: \"b\\0c\"\n", "f.yaml:1: a NUL byte in a text"},
	    {"a: b\n'a': c\n",
		"f.yaml:2: a: stands here twice; remove one of the two"},
	    {"a: {b: 1, c: 2, \"\\x62\": 3}\n", "~b: stands here twice"},
	    {"? [a]\n: b\n", "f.yaml:1: a key must be a text"},
	    {"'': b\n", "~a key must be a text"},
	    {"\"a\\nb\": c\n", "~control characters"},
	    {"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n", "~nested too deep"},
	    {"- resourceType: AuthConfig\n", "~must be a map of fields"},
	    {"text\n", "~must be a map of fields"},
	    {"a: b\n c: d\n", "f.yaml:2: not YAML, at column 3: mapping"},
	    {"a: 'b\n", "~not YAML"},
	    {"a:\n\t- b\n", "~not YAML"},
	    {"a: \xff\n", "~not a text in UTF-8"},
	};

	(void)state;
	check_refused(table, LENGTH(table));
}

static void
every_error_is_told_not_only_the_first(void **state)
{
	static const char yaml[] = AUTHCONFIG
	    "twoFactor:\n  digits: 9\n  period: 31\n  color: red\n"
	    "---\nresourceType: Provisioning\n---\nid: x\n---\na: 'b\n";
	struct config_report report = {0};
	struct config *config = NULL;

	(void)state;
	assert_int_equal(load(yaml, strlen(yaml), &report, &config), -EINVAL);
	assert_int_equal(report.error_count, 6);
	assert_non_null(strstr(report.messages[0].text, "f.yaml:4:"));
	assert_non_null(strstr(report.messages[5].text, "f.yaml:13:"));
	config_report_done(&report);
}

static void
errors_without_end_are_bounded(void **state)
{
	struct config_report report = {0};
	struct config *config = NULL;
	char *yaml = strdup("");
	size_t size;
	FILE *out;

	(void)state;
	free(yaml);
	out = open_memstream(&yaml, &size);
	assert_non_null(out);
	for (int i = 0; i < 5000; i++)
		fprintf(out, "a%d: b\n---\n", i);
	assert_int_equal(fclose(out), 0);

	assert_int_equal(load(yaml, size, &report, &config), -EINVAL);
	assert_in_range(
	    report.count, REPORT_MESSAGES_MAX, REPORT_MESSAGES_MAX + 1);
	config_report_done(&report);
	free(yaml);
}

static void
what_does_nothing_is_noted_once(void **state)
{
	static const struct wrong table[] = {
	    {"resourceType: Client\nid: a\nfirst_party: true\n---\n"
	     "resourceType: Client\nid: b\nfirst_party: true\n",
		"f.yaml:3: Client/a: first_party: means nothing here and is "
		"ignored"},
	    {"resourceType: IdentityProvider\nid: i\n"
	     "authorize_endpoint: https://i/a\n",
		"f.yaml:3: IdentityProvider/i: authorize_endpoint: has no "
		"effect in this version"},
	    {TWOFACTOR "graceUntil: 2099-01-01\n",
		"~graceUntil: has no effect without \"enrolment: require\""},
	    {TWOFACTOR "exempt: [{network: 0.0.0.0/0}]\n",
		"~exempt[0]: 0.0.0.0/0 holds every address"},
	    {TWOFACTOR "exempt: [{network: '::/0'}]\n", "~every address"},
	    {TWOFACTOR "exempt: [{group: a, until: 2001-01-01}]\n",
		"~its \"until\" has passed"},
	    {"resourceType: AidboxConfig\nid: p\nprovider:\n"
	     "  w: {type: webhook}\n",
		"~notices go to the log, because no AuthConfig has"},
	    {"resourceType: AuthConfig\nid: app", "~the last line has no"},
	};
	struct config_report report = {0};
	struct config *config = NULL;

	(void)state;
	check_noted(table, LENGTH(table));
	assert_int_equal(
	    load(table[0].yaml, strlen(table[0].yaml), &report, &config), 0);
	assert_int_equal(report.count, 1);
	config_report_done(&report);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		an_unknown_field_is_answered_with_the_nearest_known_one),
	    cmocka_unit_test(what_another_program_reads_stands_in_its_file),
	    cmocka_unit_test(kind_and_id_must_be_there_once),
	    cmocka_unit_test(values_of_a_wrong_type_or_range_are_refused),
	    cmocka_unit_test(what_has_no_meaning_together_is_refused),
	    cmocka_unit_test(urls_without_tls_need_the_word_insecure),
	    cmocka_unit_test(headers_cannot_smuggle_others),
	    cmocka_unit_test(secrets_never_appear_in_messages),
	    cmocka_unit_test(yaml_that_hides_what_it_says_is_refused),
	    cmocka_unit_test(every_error_is_told_not_only_the_first),
	    cmocka_unit_test(errors_without_end_are_bounded),
	    cmocka_unit_test(what_does_nothing_is_noted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
