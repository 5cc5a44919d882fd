#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/breaker.h"
#include "notify/webhooks.h"
#include "tests/unit/caught_log.h"
#include "tests/unit/fake_fetch.h"

#define GOOD "{\"parameters\":{\"status\":200}}|"
#define BUSY "{\"parameters\":{\"status\":503}}|"
#define LOST                                                                   \
	"{\"error\":\"io.authbox.Unavailable\",\"parameters\":{"               \
	"\"reason\":\"refused\"}}|"

/* Snapshots here are no parsed ones, and each reference to them is counted. */
struct config *
config_ref(struct config *config)
{
	(void)__atomic_add_fetch(&config->references, 1, __ATOMIC_SEQ_CST);
	return config;
}

void
config_unref(struct config *config)
{
	if (config)
		(void)__atomic_sub_fetch(
		    &config->references, 1, __ATOMIC_SEQ_CST);
}

static const struct webhook_person alice = {
    .id = "alice",
    .email = "alice@example.org",
    .transport = "sms",
};

/* A configuration with one AuthConfig, a fake authbox-fetch, and the queue
 * between them. */
struct setting {
	struct fake_fetch fake;
	struct header header;
	struct auth_config auth_config;
	struct config config;
	struct webhooks *webhooks;
};

static void
setting_init(struct setting *setting, const char *const *script)
{
	static char id[] = "app", url[] = "https://hook.example/x?key=s3cret",
		    name[] = "Authorization";

	*setting = (struct setting){
	    .header = {name, secret_copy("Basic c2VjcmV0", 14)},
	    .auth_config = {.id = id,
		.two_factor = {.period_s = 30,
		    .past_codes = 1,
		    .webhook = {.endpoint = url, .timeout_ms = 3000}}},
	    .config = {.references = 1},
	};
	setting->auth_config.two_factor.webhook.headers = &setting->header;
	setting->auth_config.two_factor.webhook.header_count = 1;
	fake_fetch_start(&setting->fake, script);
	assert_int_equal(
	    webhooks_new(setting->fake.path, &setting->webhooks), 0);
}

static void
setting_done(struct setting *setting)
{
	webhooks_free(setting->webhooks);
	assert_int_equal(setting->config.references, 1);
	fake_fetch_stop(&setting->fake);
	secret_free(setting->header.value);
}

static int
send_code(struct setting *setting)
{
	return webhooks_send_code(setting->webhooks, &setting->config,
	    &setting->auth_config, &alice, "123456");
}

static const char *
question_text(struct setting *setting, size_t count, const char *name)
{
	const cJSON *question = fake_fetch_question(&setting->fake, count);
	const char *text = NULL;

	assert_non_null(question);
	assert_int_equal(json_find_text(question, name, &text), 1);
	return text;
}

/* Wait until so many deliveries have ended. */
static void
wait_for_end(
    struct setting *setting, uint64_t count, struct webhook_stats *ret_stats)
{
	int64_t deadline_ms = clock_monotonic_ms() + FAKE_WAIT_MS;

	do {
		struct timespec pause = {.tv_nsec = 1000000};

		assert_true(clock_monotonic_ms() < deadline_ms);
		(void)nanosleep(&pause, NULL);
		webhooks_stats(setting->webhooks, ret_stats);
	} while (ret_stats->sent + ret_stats->failed < count);
}

static void
webhook_posts_user_and_code_with_the_configured_headers(void **state)
{
	static const char *const script[] = {GOOD, NULL};
	struct webhook_stats stats;
	struct setting setting;
	AUTO(secret) headers = NULL;

	(void)state;
	setting_init(&setting, script);
	assert_int_equal(send_code(&setting), 0);
	assert_string_equal(question_text(&setting, 1, "method"), "POST");
	assert_string_equal(question_text(&setting, 1, "url"),
	    setting.auth_config.two_factor.webhook.endpoint);
	assert_string_equal(
	    question_text(&setting, 1, "contentType"), "application/json");
	assert_string_equal(question_text(&setting, 1, "body"),
	    "{\"user\":{\"id\":\"alice\",\"email\":\"alice@example.org\","
	    "\"twoFactor\":{\"transport\":\"sms\"}},\"token\":\"123456\"}");
	headers = json_print(
	    json_find(fake_fetch_question(&setting.fake, 1), "headers"));
	assert_string_equal(headers->bytes,
	    "[{\"name\":\"Authorization\",\"value\":\"Basic c2VjcmV0\"}]");
	wait_for_end(&setting, 1, &stats);
	assert_int_equal(stats.sent, 1);
	assert_int_equal(stats.failed, 0);
	setting_done(&setting);
}

static void
webhook_leaves_out_what_is_not_known_of_the_user(void **state)
{
	static const char *const script[] = {GOOD, NULL};
	const struct webhook_person bob = {.id = "bob"};
	struct setting setting;

	(void)state;
	setting_init(&setting, script);
	assert_int_equal(webhooks_send_code(setting.webhooks, &setting.config,
			     &setting.auth_config, &bob, "123456"),
	    0);
	assert_string_equal(question_text(&setting, 1, "body"),
	    "{\"user\":{\"id\":\"bob\"},\"token\":\"123456\"}");
	setting_done(&setting);
}

static void
webhook_without_an_address_sends_nothing(void **state)
{
	static const char *const script[] = {GOOD, NULL};
	struct setting setting;

	(void)state;
	setting_init(&setting, script);
	setting.auth_config.two_factor.webhook.endpoint = NULL;
	assert_int_equal(send_code(&setting), -ENOENT);
	setting_done(&setting);
}

static void
webhook_tries_once_more_what_failed_on_its_way(void **state)
{
	static const char *const scripts[][3] = {
	    {BUSY, GOOD, NULL}, {LOST, GOOD, NULL}};
	struct webhook_stats stats;
	struct setting setting;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		setting_init(&setting, scripts[i]);
		assert_int_equal(send_code(&setting), 0);
		wait_for_end(&setting, 1, &stats);
		assert_int_equal(stats.sent, 1);
		assert_int_equal(setting.fake.count, 2);
		setting_done(&setting);
	}
}

static void
webhook_says_what_failed_but_neither_code_nor_address(void **state)
{
	static const char *const script[] = {
	    "{\"parameters\":{\"status\":401}}|", NULL};
	struct webhook_stats stats;
	struct setting setting;
	char lines[4096];
	int saved;

	(void)state;
	setting_init(&setting, script);
	caught_log_begin(&saved);
	assert_int_equal(send_code(&setting), 0);
	wait_for_end(&setting, 1, &stats);
	caught_log_end(saved, lines, sizeof(lines));
	assert_int_equal(stats.failed, 1);
	assert_int_equal(setting.fake.count, 1); /* 401 is final */
	assert_string_equal(lines,
	    "authboxd: webhook of AuthConfig/app: code for alice was not "
	    "delivered: the receiver answered with status 401\n");
	setting_done(&setting);
}

static void
webhook_never_sends_a_code_that_has_ceased_to_be_good(void **state)
{
	static const char *const script[] = {GOOD, NULL};
	struct webhook_stats stats;
	struct setting setting;
	char lines[4096];
	int saved;

	(void)state;
	setting_init(&setting, script);
	setting.auth_config.two_factor.period_s = 0;
	caught_log_begin(&saved);
	assert_int_equal(send_code(&setting), 0);
	wait_for_end(&setting, 1, &stats);
	caught_log_end(saved, lines, sizeof(lines));
	assert_int_equal(stats.failed, 1);
	assert_int_equal(setting.fake.count, 0);
	assert_non_null(strstr(lines, "not delivered: it came too late"));
	setting_done(&setting);
}

static void
webhook_refuses_what_its_queue_cannot_hold(void **state)
{
	static const char *const script[] = {"hang", NULL};
	unsigned queued = 0, refused = 0;
	struct webhook_stats stats;
	struct setting setting;
	char lines[65536];
	int saved;

	(void)state;
	setting_init(&setting, script);
	/* Two tries of 1 ms, while the fake one holds the first. */
	setting.auth_config.two_factor.webhook.timeout_ms = 1;
	caught_log_begin(&saved);
	for (int i = 0; i < WEBHOOK_QUEUE_MAX + WEBHOOK_THREADS + 10; i++) {
		int r = send_code(&setting);

		assert_true(r == 0 || r == -EBUSY);
		queued += r == 0;
		refused += r == -EBUSY;
	}
	caught_log_end(saved, lines, sizeof(lines));
	assert_in_range(
	    queued, WEBHOOK_QUEUE_MAX, WEBHOOK_QUEUE_MAX + WEBHOOK_THREADS);
	assert_true(refused >= 10);
	assert_non_null(strstr(lines, "deliveries wait already"));
	webhooks_stats(setting.webhooks, &stats);
	assert_int_equal(stats.refused, refused);
	setting_done(&setting);
}

static void
webhook_leaves_a_dead_receiver_alone_and_says_so_once(void **state)
{
	static const char *const script[] = {LOST, NULL};
	struct webhook_stats stats;
	struct setting setting;
	const char *line;
	char lines[65536];
	unsigned said = 0;
	int saved;

	(void)state;
	setting_init(&setting, script);
	caught_log_begin(&saved);
	for (int i = 0; i < 20; i++)
		assert_int_equal(send_code(&setting), 0);
	wait_for_end(&setting, 20, &stats);
	caught_log_end(saved, lines, sizeof(lines));
	assert_int_equal(stats.failed, 20);
	/* Those under way when it opened may still have tried. */
	assert_in_range(setting.fake.count, BREAKER_FAILURES,
	    BREAKER_FAILURES + WEBHOOK_THREADS);
	for (line = lines; (line = strstr(line, "failures in a row")); line++)
		said++;
	assert_int_equal(said, 1);
	setting_done(&setting);
}

static void
notices_go_where_the_configuration_says(void **state)
{
	static const char *const script[] = {GOOD, NULL};
	static const char begin[] =
	    "{\"user\":{\"id\":\"alice\",\"email\":\"alice@example.org\","
	    "\"twoFactor\":{\"transport\":\"sms\"}},\"event\":\"enrolled\","
	    "\"time\":\"2";
	struct setting setting;
	char lines[4096];
	const char *body;
	int saved;

	(void)state;
	setting_init(&setting, script);
	caught_log_begin(&saved);
	webhooks_send_notice(setting.webhooks, &setting.config,
	    &setting.auth_config, &alice, "enrolled");
	webhooks_send_notice(
	    setting.webhooks, &setting.config, NULL, &alice, "disabled");
	caught_log_end(saved, lines, sizeof(lines));
	assert_string_equal(lines, "authboxd: notice: alice: enrolled\n"
				   "authboxd: notice: alice: disabled\n");

	setting.config.notices = NOTICE_WEBHOOK;
	webhooks_send_notice(setting.webhooks, &setting.config,
	    &setting.auth_config, &alice, "enrolled");
	body = question_text(&setting, 1, "body");
	assert_memory_equal(body, begin, sizeof(begin) - 1);
	assert_string_equal(body + strlen(body) - 3, "Z\"}");
	setting_done(&setting);
}

/* Root may reset a user without saying which AuthConfig was his. */
static void
notices_find_a_webhook_where_their_own_resource_has_none(void **state)
{
	static const char *const script[] = {GOOD, NULL};
	struct auth_config without = {.id = NULL};
	struct setting setting;

	(void)state;
	setting_init(&setting, script);
	setting.config.notices = NOTICE_WEBHOOK;
	setting.config.auth_configs = &setting.auth_config;
	setting.config.auth_config_count = 1;
	webhooks_send_notice(
	    setting.webhooks, &setting.config, NULL, &alice, "disabled");
	webhooks_send_notice(
	    setting.webhooks, &setting.config, &without, &alice, "disabled");
	(void)question_text(&setting, 2, "body");
	setting_done(&setting);
}

static void
webhooks_end_while_deliveries_wait(void **state)
{
	static const char *const script[] = {"hang", NULL};
	int64_t started_ms = clock_monotonic_ms();
	struct setting setting;

	(void)state;
	setting_init(&setting, script);
	setting.auth_config.two_factor.webhook.timeout_ms = 1;
	for (int i = 0; i < 50; i++)
		assert_int_equal(send_code(&setting), 0);
	setting_done(&setting);
	assert_true(clock_monotonic_ms() - started_ms < 4000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		webhook_posts_user_and_code_with_the_configured_headers),
	    cmocka_unit_test(webhook_leaves_out_what_is_not_known_of_the_user),
	    cmocka_unit_test(webhook_without_an_address_sends_nothing),
	    cmocka_unit_test(webhook_tries_once_more_what_failed_on_its_way),
	    cmocka_unit_test(
		webhook_says_what_failed_but_neither_code_nor_address),
	    cmocka_unit_test(
		webhook_never_sends_a_code_that_has_ceased_to_be_good),
	    cmocka_unit_test(webhook_refuses_what_its_queue_cannot_hold),
	    cmocka_unit_test(
		webhook_leaves_a_dead_receiver_alone_and_says_so_once),
	    cmocka_unit_test(notices_go_where_the_configuration_says),
	    cmocka_unit_test(
		notices_find_a_webhook_where_their_own_resource_has_none),
	    cmocka_unit_test(webhooks_end_while_deliveries_wait),
	};

	log_init("authboxd");
	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
