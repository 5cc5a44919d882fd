#include "login_stage.h"

/* root and daemon are in every passwd(5). */
#define PERSON	   "root"
#define PERSON_UID 0
#define OTHER	   "daemon"
#define STRANGER   "no-such-user-here"

static const char offer[] =
    "resourceType: AuthConfig\nid: app\ntwoFactor: {enrolment: offer}\n";
static const char require[] =
    "resourceType: AuthConfig\nid: app\ntwoFactor: {enrolment: require}\n";

static const char *const scans_and_types[] = {STAGE_SHOWN_CODE, "", NULL};
static const char *const presses_enter[] = {"", NULL};

static struct login_request
asks_for(const char *user)
{
	struct login_request request = {0};

	(void)strcpy(request.user, user);
	return request;
}

static bool
is_enrolled(struct stage *stage, const char *user, uid_t uid)
{
	AUTO(user_record) record = NULL;
	AUTO(secret) value = NULL;
	char key[LOGIN_KEY_BYTES];

	user_record_key(user, key);
	return store_get(stage->daemon.store, key, &value) > 0 &&
	       user_record_parse(value, user, uid, &record) > 0 &&
	       user_record_is_enrolled(record);
}

static struct played
play_account(struct stage *stage, const char *user, const char *reference)
{
	struct login_request request = asks_for(user);

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, reference);
	return stage_play(stage, &request, 0, NULL);
}

/* The first recovery code that was shown; lent until the next call. */
static const char *
shown_recovery_code(const struct script *script)
{
	static char code[20];
	const char *list = strstr(script->shown, "Recovery codes");

	assert_non_null(list);
	list = strchr(list, '\n');
	assert_int_equal(sscanf(list, " %19s", code), 1);
	return code;
}

static void
enrolment_shows_code_link_and_key_and_sticks_after_account(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played, account;

	stage_write_config(stage, offer);
	played = stage_play(stage, &request, 0, scans_and_types);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	assert_int_equal(played.script.shown[0], '\n');
	assert_non_null(strstr(played.script.shown, "\xe2\x96\x88"));
	assert_non_null(strstr(played.script.shown, "otpauth://totp/"));
	assert_non_null(strstr(played.script.shown, "\nKey: "));
	assert_false(is_enrolled(stage, PERSON, PERSON_UID));

	account = play_account(stage, PERSON, played.reference);
	assert_int_equal(account.verdict, VERDICT_ALLOW);
	assert_string_equal(account.reason, "enrolled");
	assert_true(is_enrolled(stage, PERSON, PERSON_UID));

	/* The code that confirmed is used up; a recovery code is good. */
	played = stage_play(stage, &request, 0,
	    (const char *const[]){shown_recovery_code(&played.script), NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	assert_string_equal(played.reason, "recovery-accepted");
}

/* Somebody who has not the password gets through this module, but the stack
 * never reaches account. */
static void
enrolment_by_someone_without_the_password_does_not_stick(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played thief, owner;

	stage_write_config(stage, offer);
	thief = stage_play(stage, &request, 0, scans_and_types);
	assert_int_equal(thief.verdict, VERDICT_ALLOW);
	assert_false(is_enrolled(stage, PERSON, PERSON_UID));

	/* The owner is offered enrolment as if nothing had been. */
	owner = stage_play(stage, &request, 0, scans_and_types);
	assert_int_equal(owner.verdict, VERDICT_ALLOW);
	(void)play_account(stage, PERSON, owner.reference);
	assert_true(is_enrolled(stage, PERSON, PERSON_UID));

	/* And what the thief prepared is too late now. */
	thief = play_account(stage, PERSON, thief.reference);
	assert_int_equal(thief.verdict, VERDICT_FORBIDDEN);
	assert_string_equal(thief.reason, "already-enabled");
}

static void
enrolment_for_one_user_cannot_be_spent_for_another(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played, account;

	stage_write_config(stage, offer);
	played = stage_play(stage, &request, 0, scans_and_types);
	account = play_account(stage, OTHER, played.reference);
	assert_int_equal(account.verdict, VERDICT_FORBIDDEN);
	assert_false(is_enrolled(stage, OTHER, 1));
	assert_false(is_enrolled(stage, PERSON, PERSON_UID));
}

static void
an_offer_may_be_declined(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_write_config(stage, offer);
	played = stage_play(stage, &request, 0, presses_enter);
	assert_int_equal(played.verdict, VERDICT_DENY);
	assert_string_equal(played.reason, "enrolment-declined");
	request.flags = PAM_BEGIN_UNMANAGED_IGNORE;
	played = stage_play(stage, &request, 0, presses_enter);
	assert_int_equal(played.verdict, VERDICT_UNMANAGED);
}

static void
the_picture_is_left_out_where_the_terminal_cannot_show_it(void **state)
{
	static const struct {
		uint32_t flags;
		bool is_shown;
	} cases[] = {
	    {0, true},
	    {PAM_BEGIN_COLUMNS(80), true},
	    {PAM_BEGIN_COLUMNS(24), false},
	    {PAM_BEGIN_COLUMNS(80) | PAM_BEGIN_NOT_UTF8, false},
	};
	struct stage *stage = *state;

	stage_write_config(stage, offer);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct login_request request = asks_for(PERSON);
		struct played played;

		request.flags = cases[i].flags;
		played = stage_play(stage, &request, 0, presses_enter);
		assert_int_equal(strstr(played.script.shown, "\u2588") != NULL,
		    cases[i].is_shown);
		assert_non_null(strstr(played.script.shown, "otpauth://totp/"));
		assert_non_null(strstr(played.script.shown, "Key: "));
	}
}

static void
a_requirement_may_not_be_declined_nor_passed_by(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_write_config(stage, require);
	request.flags = PAM_BEGIN_UNMANAGED_IGNORE;
	played = stage_play(
	    stage, &request, 0, (const char *const[]){"", "", "", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);

	request.flags |= PAM_BEGIN_SILENT;
	played = stage_play(
	    stage, &request, 0, (const char *const[]){"1", "2", "3", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
}

static void
a_requirement_is_an_offer_until_its_day(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	/* START_UNIX_S is 2027-01-15. */
	stage_write_config(stage,
	    "resourceType: AuthConfig\nid: app\n"
	    "twoFactor: {enrolment: require, graceUntil: 2027-02-01}\n");
	request.flags = PAM_BEGIN_UNMANAGED_IGNORE;
	played = stage_play(stage, &request, 0, presses_enter);
	assert_int_equal(played.verdict, VERDICT_UNMANAGED);
	assert_non_null(strstr(played.script.shown, "From 2027-0"));
	stage_now_unix_s += 30 * 86400;
	played = stage_play(
	    stage, &request, 0, (const char *const[]){"", "", "", NULL});
	assert_int_equal(played.verdict, VERDICT_TRIES_USED);
	assert_non_null(
	    strstr(played.script.shown, "Second factor required: "));
	assert_null(strstr(played.script.shown, "From 2027-0"));
}

static void
the_modules_option_offers_what_the_configuration_leaves_open(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	request.flags = PAM_BEGIN_ENROL;
	played = stage_play(stage, &request, 0, scans_and_types);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

static void
an_unknown_user_sees_an_offer_and_never_gets_in(void **state)
{
	struct stage *stage = *state;
	struct login_request unknown = asks_for(STRANGER);
	struct login_request known = asks_for(PERSON);
	struct played played, expected;

	stage_write_config(stage, offer);
	expected = stage_play(stage, &known, 0, scans_and_types);
	played = stage_play(stage, &unknown, 0, scans_and_types);
	assert_int_equal(played.verdict, VERDICT_DENY);
	assert_string_equal(played.reason, "unknown-user");
	assert_string_equal(played.reference, "");
	assert_int_equal(played.script.asked, expected.script.asked);
}

static void
an_enrolled_user_is_never_offered_another(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_write_config(stage, require);
	stage_enrol(stage, PERSON, PERSON_UID);
	played = stage_play(stage, &request, 0, NULL);
	assert_string_equal(played.script.shown, "Verification code: \n");
}

static void
a_wrong_confirmation_may_be_tried_again(void **state)
{
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	struct played played;

	stage_write_config(stage, require);
	played = stage_play(stage, &request, 0,
	    (const char *const[]){"000000", STAGE_SHOWN_CODE, "", NULL});
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

/* Columns of a line of UTF-8 that ends in '\n'. */
static size_t
columns_of(const char *line)
{
	size_t columns = 0;

	for (; *line != '\n'; line++)
		columns += (*line & 0xc0) != 0x80;
	return columns;
}

/* Rows from a line to the end, on a terminal of 80 columns. */
static size_t
rows_from(const char *line)
{
	size_t rows = 0;

	for (; *line; line = strchr(line, '\n') + 1)
		rows +=
		    columns_of(line) > 80 ? (columns_of(line) + 79) / 80 : 1;
	return rows;
}

static const char *
qr_of(const struct script *script)
{
	const char *block = strstr(script->shown, "\n\xe2\x96");

	return block ? block + 1 : NULL;
}

static void
code_key_and_prompt_fit_on_one_screen(void **state)
{
	static const char *const issuers[] = {
	    "Demo", "web-server-1", "web01.prod.example.com"};
	struct stage *stage = *state;
	struct login_request request = asks_for(PERSON);
	char yaml[256];

	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
		struct played played;

		(void)snprintf(yaml, sizeof(yaml),
		    "resourceType: AuthConfig\nid: app\ntwoFactor: "
		    "{enrolment: offer, issuerName: %s}\n",
		    issuers[i]);
		stage_write_config(stage, yaml);
		played = stage_play(stage, &request, 0, NULL);
		assert_non_null(qr_of(&played.script));
		assert_in_range(rows_from(qr_of(&played.script)), 18, 24);
		assert_in_range(
		    columns_of(strchr(played.script.shown, '\n') + 1), 1, 80);
	}
}

static void
a_code_wider_than_the_terminal_is_left_out(void **state)
{
	struct login_request request = {0};
	struct stage *stage = *state;
	struct played played;

	memset(request.user, 'x', USER_NAME_BYTES_MAX);
	for (size_t i = 0; i < USER_NAME_BYTES_MAX - 1; i += 2)
		memcpy(request.user + i, "\xc3\xa9", 2);
	stage_write_config(stage, require);
	played = stage_play(stage, &request, 0, scans_and_types);
	assert_null(qr_of(&played.script));
	assert_non_null(strstr(played.script.shown, "\nKey: "));
	/* Nobody has that name, but he is asked to the end. */
	assert_string_equal(played.reason, "unknown-user");
	assert_int_equal(played.script.asked, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(
		enrolment_shows_code_link_and_key_and_sticks_after_account),
	    WITH_STAGE(
		enrolment_by_someone_without_the_password_does_not_stick),
	    WITH_STAGE(enrolment_for_one_user_cannot_be_spent_for_another),
	    WITH_STAGE(an_offer_may_be_declined),
	    WITH_STAGE(
		the_picture_is_left_out_where_the_terminal_cannot_show_it),
	    WITH_STAGE(a_requirement_may_not_be_declined_nor_passed_by),
	    WITH_STAGE(a_requirement_is_an_offer_until_its_day),
	    WITH_STAGE(
		the_modules_option_offers_what_the_configuration_leaves_open),
	    WITH_STAGE(an_unknown_user_sees_an_offer_and_never_gets_in),
	    WITH_STAGE(an_enrolled_user_is_never_offered_another),
	    WITH_STAGE(a_wrong_confirmation_may_be_tried_again),
	    WITH_STAGE(code_key_and_prompt_fit_on_one_screen),
	    WITH_STAGE(a_code_wider_than_the_terminal_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
