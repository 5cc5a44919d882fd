/*
 * What somebody who took over a server may try at pam.sock: its Unix user is
 * the peer of a Client, so that he may ask about anybody, for its services.
 */
#include "tests/unit/login_stage.h"

/* In every passwd(5). */
#define VICTIM	   "root"
#define VICTIM_UID 0
#define SERVER	   "daemon"
#define SERVER_UID 1
#define OTHER	   "bin" /* of another server */
#define OTHER_UID  2
#define STRANGER   "no-such-user-here"

static const char *const scans_and_types[] = {STAGE_SHOWN_CODE, "", NULL};

static struct login_request
asks_for(const char *user)
{
	struct login_request request = {0};

	(void)strcpy(request.user, user);
	(void)strcpy(request.service, "postgresql");
	return request;
}

static void
configure(struct stage *stage, const char *two_factor)
{
	char yaml[512];

	(void)snprintf(yaml, sizeof(yaml),
	    "resourceType: Client\nid: db\npeers: [" SERVER ", " OTHER "]\n"
	    "services: [postgresql]\n---\n"
	    "resourceType: AuthConfig\nid: app\ntwoFactor: {%s}\n",
	    two_factor);
	stage_write_config(stage, yaml);
}

static size_t
devices_of_victim(struct stage *stage)
{
	AUTO(user_record) record = NULL;
	AUTO(secret) value = NULL;
	char key[LOGIN_KEY_BYTES];

	user_record_key(VICTIM, key);
	if (store_get(stage->daemon.store, key, &value) <= 0)
		return 0;
	assert_int_equal(
	    user_record_parse(value, VICTIM, VICTIM_UID, &record), 1);
	return record->device_count;
}

static void
to_enrol_another_with_a_device_of_his_own(void **state)
{
	static const char *const modes[] = {
	    "enrolment: off", "enrolment: offer", "enrolment: require"};
	struct stage *stage = *state;
	struct login_request request = asks_for(VICTIM);
	struct played played;

	request.flags = PAM_BEGIN_ENROL;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		configure(stage, modes[i]);
		played = stage_play(stage, &request, SERVER_UID,
		    (const char *const[]){"000000", "000000", "000000", NULL});
		assert_int_equal(played.verdict, VERDICT_TRIES_USED);
		assert_string_equal(played.reference, "");
		assert_null(strstr(played.script.shown, "otpauth://"));
	}
	assert_int_equal(devices_of_victim(stage), 0);
}

static void
to_tell_unknown_users_from_those_who_could_enrol(void **state)
{
	struct stage *stage = *state;
	struct login_request known = asks_for(VICTIM);
	struct login_request unknown = asks_for(STRANGER);
	struct played played, expected;

	configure(stage, "enrolment: offer");
	expected = stage_play(stage, &known, SERVER_UID,
	    (const char *const[]){"000000", "000000", "000000", NULL});
	played = stage_play(stage, &unknown, SERVER_UID,
	    (const char *const[]){"000000", "000000", "000000", NULL});
	assert_int_equal(played.verdict, expected.verdict);
	assert_string_equal(played.text, expected.text);
	assert_string_equal(played.script.shown, expected.script.shown);
}

/* The server's own user is a person like others. */
static void
but_its_own_user_may_enrol_himself(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(SERVER);
	struct played played;

	configure(stage, "enrolment: offer");
	played = stage_play(stage, &request, SERVER_UID, scans_and_types);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	assert_string_not_equal(played.reference, "");
}

static void
to_spend_what_roots_program_prepared(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(VICTIM);
	struct played played;

	configure(stage, "enrolment: offer");
	played = stage_play(stage, &request, 0, scans_and_types);
	assert_int_equal(played.verdict, VERDICT_ALLOW);

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, played.reference);
	played = stage_play(stage, &request, SERVER_UID, NULL);
	assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	assert_string_equal(played.reason, "other-user");
	assert_int_equal(devices_of_victim(stage), 0);
}

static void
to_spend_what_another_server_prepared(void **state)
{
	static const uid_t who[] = {OTHER_UID, SERVER_UID};
	struct stage *stage = *state;
	struct played played[2];

	configure(stage, "enrolment: offer");
	for (size_t i = 0; i < 2; i++) {
		struct login_request request = asks_for(SERVER);

		played[i] =
		    stage_play(stage, &request, SERVER_UID, scans_and_types);
		assert_int_equal(played[i].verdict, VERDICT_ALLOW);
		request.stage = PAM_STAGE_ACCOUNT;
		(void)strcpy(request.reference, played[i].reference);
		played[i] = stage_play(stage, &request, who[i], NULL);
	}
	assert_int_equal(played[0].verdict, VERDICT_FORBIDDEN);
	assert_string_equal(played[0].reason, "other-user");
	assert_int_equal(played[1].verdict, VERDICT_ALLOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(to_enrol_another_with_a_device_of_his_own),
	    WITH_STAGE(to_tell_unknown_users_from_those_who_could_enrol),
	    WITH_STAGE(but_its_own_user_may_enrol_himself),
	    WITH_STAGE(to_spend_what_roots_program_prepared),
	    WITH_STAGE(to_spend_what_another_server_prepared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
