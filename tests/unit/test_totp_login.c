#include "login_stage.h"

#include <sched.h>

#include "factor/recovery.h"
#include "notify/webhooks.h"

/* root and daemon are in every passwd(5); what stands for a person is root. */
#define PERSON	   "root"
#define PERSON_UID 0
#define OTHER	   "daemon"
#define OTHER_UID  1
#define STRANGER   "no-such-user-here"

static struct login_request
asks_for(const char *user)
{
	struct login_request request = {0};

	(void)strcpy(request.user, user);
	return request;
}

static void
login_allows_the_right_code_and_account_follows(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	assert_string_equal(played.reason, "code-accepted");
	assert_string_equal(played.script.shown, "Verification code: \n");

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, played.reference);
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	/* Once. */
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	assert_string_equal(played.reason, "reference-unknown");
}

static void
login_refuses_a_code_used_before_and_tells_when_the_next_comes(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	char code[OTP_DIGITS_MAX + 1];
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	(void)strcpy(code, stage_code(0));
	played =
	    stage_play(stage, &request, 0, (const char *const[]){code, NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);

	stage_now_unix_s += 10;
	request.tries = 1;
	played =
	    stage_play(stage, &request, 0, (const char *const[]){code, NULL});
	assert_int_equal(played.verdict, VERDICT_DENY);
	assert_string_equal(played.reason, "used-code");
	assert_string_equal(played.text,
	    "This code was used already. The next one comes in 20 s.");
}

static void
login_asks_again_until_the_tries_are_used_up(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	played = stage_play(stage, &request, 0,
	    (const char *const[]){"000000", "000001", "000002", "x", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
	assert_int_equal(played.script.asked, 3);

	request.tries = 1;
	played = stage_play(
	    stage, &request, 0, (const char *const[]){"000003", NULL});
	assert_int_equal(played.verdict, VERDICT_DENY);
	assert_string_equal(played.reason, "wrong-code");
}

/* Five are free; then one waits. */
static void
login_counts_the_same_code_once_in_a_dialogue(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	for (int i = 0; i < 4; i++) {
		char wrong[] = "000000";

		wrong[5] = (char)('0' + i);
		played = stage_play(stage, &request, 0,
		    (const char *const[]){wrong, wrong, wrong, NULL});
		assert_int_equal(played.verdict, VERDICT_TRIES_USED);
		assert_string_equal(played.reason, "wrong-code");
		assert_int_equal(played.script.asked, 3);
	}
	/* Not only when it comes right after itself does it count again. */
	played = stage_play(stage, &request, 0,
	    (const char *const[]){"000000", "000001", "000000", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
	assert_string_equal(played.reason, "wait");
}

static void
login_at_the_machine_does_not_wait_for_a_strangers_guesses(void **state)
{
	struct stage *stage = *state;
	struct login_request remote = asks_for(PERSON);
	struct login_request local = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	(void)strcpy(remote.rhost, "203.0.113.9");
	for (int i = 0; i < 2; i++)
		played = stage_play(stage, &remote, 0,
		    (const char *const[]){"000000", "000001", "000002", NULL});
	played = stage_play(
	    stage, &remote, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
	assert_string_equal(played.reason, "wait");

	played = stage_play(
	    stage, &local, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

/* A screen locker asks as its user; so does whoever has his session. */
static void
login_at_the_machine_does_not_wait_for_guesses_of_its_own_user(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(OTHER);
	struct played played;

	stage_enrol(stage, OTHER, OTHER_UID);
	for (int i = 0; i < 2; i++)
		played = stage_play(stage, &request, OTHER_UID,
		    (const char *const[]){"000000", "000001", "000002", NULL});
	played = stage_play(stage, &request, OTHER_UID,
	    (const char *const[]){stage_code(0), NULL});
	assert_string_equal(played.reason, "wait");

	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

/* Who is unknown, not enrolled, or of another uid sees what a user who types
 * wrong codes sees, to the byte. */
static void
login_shows_everybody_the_same(void **state)
{
	static const char *const wrong[] = {
	    "000000", "nonsense", "", "000001", "000002", "000003", NULL};
	struct stage *stage = *state;
	struct login_request enrolled = asks_for(PERSON);
	struct login_request not_enrolled = asks_for(OTHER);
	struct login_request unknown =
	    asks_for(stage_stranger(stage, (const char *const[]){OTHER, NULL}));
	struct played expected, played;

	stage_enrol(stage, PERSON, PERSON_UID);
	for (int i = 0; i < 4; i++) {
		enrolled.tries = not_enrolled.tries = unknown.tries = 6;
		expected = stage_play(stage, &enrolled, 0, wrong);
		played = stage_play(stage, &not_enrolled, 0, wrong);
		assert_string_equal(played.script.shown, expected.script.shown);
		assert_int_equal(played.verdict, expected.verdict);
		assert_string_equal(played.text, expected.text);
		assert_string_equal(played.reason, "not-enrolled");
		played = stage_play(stage, &unknown, 0, wrong);
		assert_string_equal(played.script.shown, expected.script.shown);
		assert_int_equal(played.verdict, expected.verdict);
		assert_string_equal(played.text, expected.text);
		assert_string_equal(played.reason, "unknown-user");
	}
}

static void
login_does_not_count_what_no_person_typed(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct busy_work work;
	static const char *const junk[] = {"", NULL};
	struct script script = {.answers = junk, .is_decoy = true};
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	request.tries = 3;
	request.stage = PAM_STAGE_AUTH;
	(void)strcpy(request.service, "sshd");
	(void)strcpy(request.factor, "totp");
	for (int i = 0; i < 50; i++) {
		struct login login = {.daemon = &stage->daemon,
		    .request = &request,
		    .work = &work,
		    .dialogue = {script_ask, &script}};

		script.asked = 0;
		busy_work_init(&work, -1, 5000);
		busy_enter(stage->daemon.busy, &work);
		login_run(&login);
		busy_leave(stage->daemon.busy, &work);
		assert_int_equal(login.result.verdict, VERDICT_DENY);
		assert_string_equal(login.result.reason, "no-answer");
		login_done(&login);
	}
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

static void
login_counts_no_try_that_was_cancelled(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	for (int i = 0; i < 30; i++) {
		played = stage_play(stage, &request, 0, NULL);
		assert_int_equal(played.verdict, VERDICT_CANCELLED);
	}
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

static void
login_writes_down_a_wrong_code_whose_guesser_hung_up(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	played = stage_play(
	    stage, &request, 0, (const char *const[]){"000000", NULL});
	assert_int_equal(played.verdict, VERDICT_DENY);
	assert_string_equal(played.reason, "wrong-code");
}

static void
login_steps_aside_only_for_a_known_user_without_a_device(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(OTHER);
	struct login_request unknown = asks_for(STRANGER);
	struct login_request enrolled = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	request.flags = unknown.flags = enrolled.flags =
	    PAM_BEGIN_UNMANAGED_IGNORE;
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_UNMANAGED);
	assert_int_equal(played.script.asked, 0);
	played = stage_play(
	    stage, &unknown, 0, (const char *const[]){"1", "2", "3", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
	played = stage_play(
	    stage, &enrolled, 0, (const char *const[]){"1", "2", "3", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
}

static void
login_of_another_uid_under_an_old_name_inherits_nothing(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, 4711);
	played = stage_play(stage, &request, 0,
	    (const char *const[]){stage_code(0), "1", "2", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
	assert_string_equal(played.reason, "not-enrolled");
}

static void
login_is_for_root_oneself_and_a_clients_services(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct login_request own = asks_for(OTHER);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	stage_enrol(stage, OTHER, OTHER_UID);
	played = stage_play(stage, &request, OTHER_UID,
	    (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	assert_string_equal(played.reason, "peer-not-allowed");
	assert_int_equal(played.script.asked, 0);
	played = stage_play(
	    stage, &own, OTHER_UID, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);

	stage_write_config(stage, "resourceType: Client\nid: db\npeers: [" OTHER
				  "]\nservices: [postgresql]\n");
	played = stage_play(stage, &request, OTHER_UID,
	    (const char *const[]){stage_code(0), NULL});
	assert_string_equal(played.reason, "peer-not-allowed");
	(void)strcpy(request.service, "postgresql");
	played = stage_play(stage, &request, OTHER_UID,
	    (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

static void
login_from_an_exempt_network_needs_roots_word_for_the_address(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(OTHER);
	struct played played;

	stage_write_config(stage,
	    "resourceType: AuthConfig\nid: app\ntwoFactor:\n"
	    "  exempt:\n  - {network: 10.0.0.0/8, service: sshd}\n");
	stage_enrol(stage, OTHER, OTHER_UID);
	(void)strcpy(request.rhost, "10.1.2.3");
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_EXEMPT);

	played = stage_play(stage, &request, OTHER_UID, NULL);
	assert_int_equal(played.verdict, VERDICT_CANCELLED);
	(void)strcpy(request.rhost, "192.0.2.1");
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_CANCELLED);
	(void)strcpy(request.rhost, "10.1.2.3");
	(void)strcpy(request.service, "sudo");
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_CANCELLED);
}

static void
login_remembers_an_address_only_after_account(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct login_request account;
	struct played played;

	stage_write_config(stage,
	    "resourceType: AuthConfig\nid: app\ntwoFactor: {remember: 8h}\n");
	stage_enrol(stage, PERSON, PERSON_UID);
	(void)strcpy(request.rhost, "192.0.2.7");
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);

	/* The password was wrong: no account stage. */
	stage_now_unix_s += 30;
	account = request;
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_string_equal(played.reason, "code-accepted");

	account.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(account.reference, played.reference);
	played = stage_play(stage, &account, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_EXEMPT);
	assert_string_equal(played.reason, "remembered");

	(void)strcpy(request.rhost, "192.0.2.8");
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_CANCELLED);
	(void)strcpy(request.rhost, "192.0.2.7");
	stage_now_unix_s += 8 * 3600;
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_CANCELLED);
}

static void
account_refuses_another_users_reference(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct login_request other = asks_for(OTHER);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	other.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(other.reference, played.reference);
	played = stage_play(stage, &other, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	assert_string_equal(played.reason, "other-user");
}

static void
account_shuts_out_the_inactive_and_the_unknown(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	stage_write_config(
	    stage, "resourceType: User\nid: " PERSON "\ninactive: true\n");
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	assert_string_equal(played.reason, "inactive");

	request.stage = PAM_STAGE_ACCOUNT;
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	(void)strcpy(request.user, STRANGER);
	played = stage_play(stage, &request, 0, NULL);
	assert_string_equal(played.reason, "unknown-user");
}

static void
login_with_a_clock_that_is_behind_refuses_codes_and_says_so(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_enrol(stage, PERSON, PERSON_UID);
	stage_now_unix_s += 3600;
	played = stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	stage_now_unix_s -= 3500;
	played = stage_play(stage, &request, 0,
	    (const char *const[]){
		stage_code(0), stage_code(0), stage_code(0), NULL});
	assert_int_equal(played.verdict, VERDICT_UNAVAILABLE);
	assert_string_equal(played.reason, "clock-behind");
}

static void
login_with_an_unknown_config_is_a_configuration_error(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	(void)strcpy(request.config, "web");
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_CONFIG);
	assert_string_equal(played.reason, "config-unknown");
}

static struct device
device_of(struct stage *stage, const char *user, uid_t uid)
{
	AUTO(user_record) record = NULL;
	AUTO(secret) value = NULL;
	char key[LOGIN_KEY_BYTES];
	struct device device;

	user_record_key(user, key);
	assert_int_equal(store_get(stage->daemon.store, key, &value), 1);
	assert_int_equal(user_record_parse(value, user, uid, &record), 1);
	device = record->devices[0];
	device.key = NULL; /* the record's */
	assert_in_range(record->throttle.sent_count, 0, 1);
	return device;
}

/* Until the threads that deliver have nothing left to do. */
static void
wait_for_deliveries(struct stage *stage)
{
	struct webhook_stats stats;

	do {
		(void)sched_yield();
		webhooks_stats(stage->daemon.webhooks, &stats);
	} while (stats.waiting + stats.under_way > 0);
}

static void
login_delivers_a_step_once_by_the_declared_transport(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	uint64_t step = otp_step(stage_now_unix_s, 30);

	stage_enrol(stage, PERSON, PERSON_UID);
	(void)stage_play(stage, &request, 0, NULL);
	wait_for_deliveries(stage);
	assert_int_equal(device_of(stage, PERSON, PERSON_UID).last_sent, 0);

	stage_write_config(stage,
	    "resourceType: AuthConfig\nid: app\ntwoFactor:\n"
	    "  webhook: {endpoint: 'http://127.0.0.1:9/'}\n"
	    "---\nresourceType: User\nid: " PERSON
	    "\ntwoFactor: {transport: sms}\n");
	(void)stage_play(stage, &request, 0, NULL);
	wait_for_deliveries(stage);
	assert_int_equal(device_of(stage, PERSON, PERSON_UID).last_sent, step);
	/* Asked again, by an empty answer and by a second login. */
	(void)stage_play(
	    stage, &request, 0, (const char *const[]){"", "", NULL});
	wait_for_deliveries(stage);
	assert_int_equal(device_of(stage, PERSON, PERSON_UID).last_sent, step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(login_allows_the_right_code_and_account_follows),
	    WITH_STAGE(
		login_refuses_a_code_used_before_and_tells_when_the_next_comes),
	    WITH_STAGE(login_asks_again_until_the_tries_are_used_up),
	    WITH_STAGE(login_counts_the_same_code_once_in_a_dialogue),
	    WITH_STAGE(
		login_at_the_machine_does_not_wait_for_a_strangers_guesses),
	    WITH_STAGE(
		login_at_the_machine_does_not_wait_for_guesses_of_its_own_user),
	    WITH_STAGE(login_shows_everybody_the_same),
	    WITH_STAGE(login_does_not_count_what_no_person_typed),
	    WITH_STAGE(login_counts_no_try_that_was_cancelled),
	    WITH_STAGE(login_writes_down_a_wrong_code_whose_guesser_hung_up),
	    WITH_STAGE(
		login_steps_aside_only_for_a_known_user_without_a_device),
	    WITH_STAGE(login_of_another_uid_under_an_old_name_inherits_nothing),
	    WITH_STAGE(login_is_for_root_oneself_and_a_clients_services),
	    WITH_STAGE(
		login_from_an_exempt_network_needs_roots_word_for_the_address),
	    WITH_STAGE(login_remembers_an_address_only_after_account),
	    WITH_STAGE(account_refuses_another_users_reference),
	    WITH_STAGE(account_shuts_out_the_inactive_and_the_unknown),
	    WITH_STAGE(
		login_with_a_clock_that_is_behind_refuses_codes_and_says_so),
	    WITH_STAGE(login_delivers_a_step_once_by_the_declared_transport),
	    WITH_STAGE(login_with_an_unknown_config_is_a_configuration_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
