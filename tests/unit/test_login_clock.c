/*
 * The wall clock jumps between two logins, forward and back, a little and by
 * decades. No code is good twice, nothing that ran out comes back, nobody waits
 * for years, and what the messages say leads out.
 */
#include <pthread.h>
#include <sys/socket.h>

#include "login_stage.h"

#include "api/api.h"
#include "factor/recovery.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

/* root and daemon are in every passwd(5). */
#define PERSON	   "root"
#define PERSON_UID 0
#define OTHER	   "daemon"
#define OTHER_UID  1
#define ADDRESS	   "192.0.2.7"
#define HOUR_S	   3600
#define YEAR_S	   (365 * 86400)
#define WALKS	   100
#define WALK_STEPS 15
#define CALL_MS	   20000

enum place {
	BEHIND, /* more than a minute before the highest time seen */
	BEFORE, /* less: codes are looked at, those used are refused */
	AFTER,
};

/* What is on disk is not what this is about. */
int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

static const struct jump {
	const char *name;
	int64_t to_unix_s;
	enum place place;
} jumps[] = {
    {"1970", 0, BEHIND},
    {"-1 y", START_UNIX_S - YEAR_S, BEHIND},
    {"-1 h", START_UNIX_S - HOUR_S, BEHIND},
    {"-90 s", START_UNIX_S - 90, BEHIND},
    {"-31 s", START_UNIX_S - 31, BEFORE},
    {"-1 s", START_UNIX_S - 1, BEFORE}, /* a leap second */
    {"+31 s", START_UNIX_S + 31, AFTER},
    {"+1 h", START_UNIX_S + HOUR_S, AFTER},
    {"+10 y", START_UNIX_S + INT64_C(10) * YEAR_S, AFTER},
    {"2038", INT64_C(2147483648), AFTER},
    {"2106", INT64_C(4294967296), AFTER},
};

#define JUMPS (sizeof(jumps) / sizeof(jumps[0]))

static bool
is_let_in(const struct played *played)
{
	return played->verdict == VERDICT_ALLOW ||
	       played->verdict == VERDICT_EXEMPT ||
	       played->verdict == VERDICT_UNMANAGED;
}

#define assert_not_let_in(played, jump)                                        \
	do {                                                                   \
		if (is_let_in(&(played)))                                      \
			fail_msg(                                              \
			    "%s: let in, %s", (jump)->name, (played).reason);  \
	} while (0)

#define assert_played(played, jump, expected_verdict, expected_reason)         \
	do {                                                                   \
		if ((played).verdict != (expected_verdict) ||                  \
		    !streq((played).reason, (expected_reason)))                \
			fail_msg("%s: %s, %s expected", (jump)->name,          \
			    (played).reason, (expected_reason));               \
	} while (0)

static struct played
type_from(struct stage *stage, const char *user, const char *rhost,
    const char *answer)
{
	struct login_request request = {.tries = 1};
	const char *answers[] = {answer, NULL};

	(void)strcpy(request.user, user);
	(void)strcpy(request.rhost, rhost);
	return stage_play(stage, &request, 0, answers);
}

static struct played
type(struct stage *stage, const char *answer)
{
	return type_from(stage, PERSON, "", answer);
}

/* The code that the phone, whose clock is right, shows then. */
static struct played
type_code_of(struct stage *stage, int64_t unix_s)
{
	return type(stage, stage_code((int)((unix_s - stage_now_unix_s) / 30)));
}

static struct played
enter_account(struct stage *stage, const struct played *auth, const char *rhost)
{
	struct login_request request = {.stage = PAM_STAGE_ACCOUNT};

	(void)strcpy(request.user, PERSON);
	(void)strcpy(request.rhost, rhost);
	(void)strcpy(request.reference, auth->reference);
	return stage_play(stage, &request, 0, NULL);
}

/* ---- root's ways out ---- */

static void *
serve_call(void *context)
{
	api_serve(context);
	return NULL;
}

static void
call_as_root(struct stage *stage, const char *method, const char *code)
{
	struct connection connection = {.context = &stage->daemon};
	AUTO_JSON parameters = cJSON_CreateObject();
	struct varlink_client client = {.fd = -1};
	struct varlink_reply reply = {0};
	pthread_t thread;
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	client.fd = pair[0];
	connection.fd = pair[1];
	assert_int_equal(
	    pthread_create(&thread, NULL, serve_call, &connection), 0);
	if (code) {
		(void)cJSON_AddStringToObject(parameters, "user", PERSON);
		(void)cJSON_AddStringToObject(parameters, "code1", code);
	}
	assert_int_equal(varlink_client_call(&client, method, parameters, false,
			     stream_now_ms() + CALL_MS, &reply),
	    0);
	if (reply.error)
		fail_msg("%s: %s", method, reply.error);
	varlink_reply_done(&reply);
	varlink_client_done(&client);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)close(pair[1]);
}

/* ---- a person with recovery codes ---- */

static char recovery[RECOVERY_CODES][RECOVERY_TEXT_BYTES];

static int
make_recovery(void *context, struct user_record *record, bool clock_is_behind)
{
	struct stage *stage = context;
	AUTO(secret) key = NULL;
	AUTO(secret) codes = NULL;

	(void)clock_is_behind;
	if (store_derive_key(stage->daemon.store, "recovery", &key) < 0 ||
	    recovery_make(record, key, &codes) < 0)
		return -ENOMEM;
	memcpy(recovery, codes->bytes, sizeof(recovery));
	return 1;
}

/* Somebody who logged in at START_UNIX_S. */
static struct stage *
begin(const char *yaml)
{
	char key[LOGIN_KEY_BYTES];
	struct stage *stage;
	struct played played;
	void *state = NULL;

	assert_int_equal(stage_set_up(&state), 0);
	stage = state;
	if (yaml)
		stage_write_config(stage, yaml);
	stage_enrol(stage, PERSON, PERSON_UID);
	user_record_key(PERSON, key);
	assert_int_equal(
	    user_record_update(stage->daemon.store, key, PERSON, PERSON_UID,
		stage_now_unix_s, make_recovery, stage),
	    0);
	played = type(stage, stage_code(0));
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	return stage;
}

static void
end(struct stage *stage)
{
	void *state = stage;

	(void)stage_tear_down(&state);
}

/* ---- codes ---- */

static void
a_code_is_good_once_wherever_the_clock_jumps(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage = begin(NULL);
		struct played played;

		stage_now_unix_s = jump->to_unix_s;
		played = type_code_of(stage, START_UNIX_S);
		assert_not_let_in(played, jump);
		played = type(stage, stage_code(0));
		if (jump->place == BEHIND)
			assert_played(
			    played, jump, VERDICT_UNAVAILABLE, "clock-behind");
		else if (jump->place == BEFORE)
			assert_played(played, jump, VERDICT_DENY, "used-code");
		else
			assert_played(
			    played, jump, VERDICT_ALLOW, "code-accepted");

		/* And back again. */
		stage_now_unix_s = START_UNIX_S + 10;
		played = type(stage, stage_code(0));
		assert_not_let_in(played, jump);
		end(stage);
	}
}

static void
a_clock_that_was_behind_and_is_right_again_is_no_matter(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage;
		struct played played;

		if (jump->place == AFTER)
			continue;
		stage = begin(NULL);
		stage_now_unix_s = jump->to_unix_s;
		(void)type(stage, stage_code(0));
		(void)type(stage, stage_code(1000));
		stage_now_unix_s = START_UNIX_S + 60;
		played = type(stage, stage_code(0));
		assert_played(played, jump, VERDICT_ALLOW, "code-accepted");
		end(stage);
	}
}

/* The whole way out, as the messages and authboxctl(1) say it. */
static void
a_clock_that_was_far_ahead_shuts_nobody_out(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage;
		struct played played;

		if (jump->to_unix_s < START_UNIX_S + HOUR_S)
			continue;
		stage = begin(NULL);
		stage_now_unix_s = jump->to_unix_s;
		played = type(stage, stage_code(0));
		assert_int_equal(played.verdict, VERDICT_ALLOW);

		stage_now_unix_s = START_UNIX_S + 60;
		played = type(stage, stage_code(0));
		assert_played(
		    played, jump, VERDICT_UNAVAILABLE, "clock-behind");
		assert_non_null(strstr(played.text, "A recovery code works"));
		played = type(stage, recovery[0]);
		assert_played(played, jump, VERDICT_ALLOW, "recovery-accepted");

		call_as_root(stage, "io.authbox.Store.AcceptClock", NULL);
		stage_now_unix_s += 90;
		played = type(stage, stage_code(0));
		assert_played(played, jump, VERDICT_DENY, "used-code");
		if (jump->to_unix_s > START_UNIX_S + YEAR_S)
			assert_non_null(strstr(played.text, "resync"));
		played = type(stage, recovery[1]);
		assert_played(played, jump, VERDICT_ALLOW, "recovery-accepted");

		call_as_root(
		    stage, "io.authbox.TwoFactor.Resync", stage_code(0));
		played = type(stage, stage_code(0));
		assert_not_let_in(played, jump);
		stage_now_unix_s += 60;
		played = type(stage, stage_code(0));
		assert_played(played, jump, VERDICT_ALLOW, "code-accepted");
		end(stage);
	}
}

static void
a_recovery_code_needs_no_clock_and_is_good_once(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage =
		    begin("resourceType: AuthConfig\nid: app\n"
			  "twoFactor: {remember: 8h}\n");
		struct played played;

		stage_now_unix_s = jump->to_unix_s;
		played = type_from(stage, PERSON, ADDRESS, recovery[0]);
		assert_played(played, jump, VERDICT_ALLOW, "recovery-accepted");
		played = enter_account(stage, &played, ADDRESS);
		assert_played(played, jump, VERDICT_ALLOW, "account-allowed");
		played = type(stage, recovery[0]);
		assert_not_let_in(played, jump);
		stage_now_unix_s = START_UNIX_S + 30;
		played = type(stage, recovery[0]);
		assert_not_let_in(played, jump);
		end(stage);
	}
}

/* ---- waits and sums ---- */

static void
guess(struct stage *stage, int times)
{
	for (int i = 0; i < times; i++)
		(void)type(stage, stage_code(1000 + i));
}

static void
a_wait_is_not_shortened_by_a_clock_that_is_set_back(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage;
		struct played played;

		if (jump->place == AFTER)
			continue;
		stage = begin(NULL);
		guess(stage, 6);
		stage_now_unix_s = jump->to_unix_s;
		played = type(stage, stage_code(0));
		assert_not_let_in(played, jump);
		guess(stage, 6);
		stage_now_unix_s = START_UNIX_S + 59;
		played = type(stage, stage_code(0));
		assert_not_let_in(played, jump);
		stage_now_unix_s = START_UNIX_S + 61;
		played = type(stage, stage_code(0));
		assert_played(played, jump, VERDICT_ALLOW, "code-accepted");
		end(stage);
	}
}

static void
a_wait_that_began_while_the_clock_was_ahead_ends_within_an_hour(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage;
		struct played played;

		if (jump->to_unix_s < START_UNIX_S + HOUR_S)
			continue;
		stage = begin(NULL);
		stage_now_unix_s = jump->to_unix_s;
		guess(stage, 6);
		stage_now_unix_s = START_UNIX_S + 120;
		played = type(stage, stage_code(0));
		assert_not_let_in(played, jump);

		call_as_root(stage, "io.authbox.Store.AcceptClock", NULL);
		(void)type(stage, stage_code(0));
		stage_now_unix_s += HOUR_S + 30;
		played = type(stage, stage_code(0));
		assert_played(played, jump, VERDICT_ALLOW, "code-accepted");
		end(stage);
	}
}

static void
guesses_are_not_given_back_by_a_clock_that_goes_back_and_forth(void **state)
{
	struct stage *stage = begin(NULL);
	size_t looked_at = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		static const int64_t steps_s[] = {
		    -31, 45, -55, 62, -3600, 3601, -90, 91};
		struct played played = type(stage, stage_code(1000 + i));

		looked_at += streq(played.reason, "wrong-code");
		stage_now_unix_s += steps_s[i % 8];
	}
	/* Less than 24 h have passed. */
	assert_true(stage_now_unix_s < START_UNIX_S + 86400);
	assert_in_range(looked_at, 6, 20);
	end(stage);
}

/* ---- what is let through without a code ---- */

static void
a_remembered_address_is_forgotten_when_the_clock_is_not_right(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage =
		    begin("resourceType: AuthConfig\nid: app\n"
			  "twoFactor: {remember: 8h}\n");
		struct played played;

		stage_now_unix_s += 30;
		played = type_from(stage, PERSON, ADDRESS, stage_code(0));
		assert_int_equal(played.verdict, VERDICT_ALLOW);
		(void)enter_account(stage, &played, ADDRESS);
		played = type_from(stage, PERSON, ADDRESS, NULL);
		assert_int_equal(played.verdict, VERDICT_EXEMPT);

		stage_now_unix_s = jump->to_unix_s;
		played = type_from(stage, PERSON, ADDRESS, NULL);
		if (jump->place != AFTER ||
		    jump->to_unix_s >= START_UNIX_S + 9 * HOUR_S)
			assert_not_let_in(played, jump);
		else
			assert_played(
			    played, jump, VERDICT_EXEMPT, "remembered");
		end(stage);
	}
}

static void
log_in_at(struct stage *stage, int64_t unix_s)
{
	struct played played;

	stage_now_unix_s = unix_s;
	played = type(stage, stage_code(0));
	assert_int_equal(played.verdict, VERDICT_ALLOW);
}

static void
an_address_that_was_forgotten_stays_forgotten(void **state)
{
	struct stage *stage = begin("resourceType: AuthConfig\nid: app\n"
				    "twoFactor: {remember: 8h}\n");
	struct played played;

	(void)state;
	stage_now_unix_s += 30;
	played = type_from(stage, PERSON, ADDRESS, stage_code(0));
	(void)enter_account(stage, &played, ADDRESS);
	log_in_at(stage, START_UNIX_S + 9 * HOUR_S);
	stage_now_unix_s = START_UNIX_S + 7 * HOUR_S;
	played = type_from(stage, PERSON, ADDRESS, stage_code(0));
	assert_string_equal(played.reason, "clock-behind");
	end(stage);
}

/* START_UNIX_S is 2027-01-15T08:00:00Z. */
static void
an_exemption_that_is_over_stays_over(void **state)
{
	struct stage *stage = begin(NULL);
	struct played played;

	(void)state;
	stage_write_config(stage,
	    "resourceType: AuthConfig\nid: app\ntwoFactor:\n  exempt:\n"
	    "  - {service: sshd, until: '2027-01-15T09:00:00Z'}\n");
	played = type(stage, NULL);
	assert_int_equal(played.verdict, VERDICT_EXEMPT);
	log_in_at(stage, START_UNIX_S + 2 * HOUR_S);
	stage_now_unix_s = START_UNIX_S;
	played = type(stage, stage_code(0));
	assert_string_equal(played.reason, "clock-behind");
	stage_now_unix_s = 0;
	played = type(stage, stage_code(0));
	assert_string_equal(played.reason, "clock-behind");
	end(stage);
}

static void
a_grace_that_is_over_stays_over(void **state)
{
	struct stage *stage = begin("resourceType: AuthConfig\nid: app\n"
				    "twoFactor: {enrolment: require, "
				    "graceUntil: '2027-01-15T09:00:00Z'}\n");
	struct login_request request = {
	    .user = OTHER, .flags = PAM_BEGIN_UNMANAGED_IGNORE, .tries = 1};
	static const char *const declines[] = {"", NULL};
	struct played played;

	(void)state;
	played = stage_play(stage, &request, 0, declines);
	assert_int_equal(played.verdict, VERDICT_UNMANAGED);
	log_in_at(stage, START_UNIX_S + 2 * HOUR_S);
	played = stage_play(stage, &request, 0, declines);
	assert_false(is_let_in(&played));
	stage_now_unix_s = START_UNIX_S;
	played = stage_play(stage, &request, 0, declines);
	assert_false(is_let_in(&played));
	end(stage);
}

/* ---- between auth and account ---- */

static void
account_follows_whatever_the_clock_does_meanwhile(void **state)
{
	(void)state;
	for (const struct jump *jump = jumps; jump < jumps + JUMPS; jump++) {
		struct stage *stage = begin(NULL);
		struct played played;

		stage_now_unix_s += 30;
		played = type(stage, stage_code(0));
		assert_int_equal(played.verdict, VERDICT_ALLOW);
		stage_now_unix_s = jump->to_unix_s;
		played = enter_account(stage, &played, "");
		assert_played(played, jump, VERDICT_ALLOW, "account-allowed");
		end(stage);
	}
}

static void
an_enrolment_by_a_clock_that_is_behind_does_not_stick(void **state)
{
	struct login_request request = {
	    .user = OTHER, .flags = PAM_BEGIN_ENROL, .tries = 1};
	static const char *const answers[] = {STAGE_SHOWN_CODE, "", NULL};
	struct stage *stage = begin(NULL);
	struct played played;

	(void)state;
	stage_now_unix_s = 0;
	played = stage_play(stage, &request, 0, answers);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, played.reference);
	played = stage_play(stage, &request, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_UNAVAILABLE);
	assert_string_equal(played.reason, "clock-behind");
	end(stage);
}

/* ---- at random ---- */

static void
restart(struct stage *stage)
{
	const struct store_paths paths = {
	    .state_dir = stage->state_dir, .key_dir = stage->key_dir};

	store_free(TAKE(stage->daemon.store));
	assert_int_equal(store_open(&paths, &stage->daemon.store), 0);
}

/* Whatever happens, the steps of the codes that are accepted go up. */
static void
walk(unsigned seed)
{
	struct stage *stage = begin(NULL);
	uint64_t highest = otp_step(START_UNIX_S, 30);

	for (int i = 0; i < WALK_STEPS; i++) {
		const struct jump *jump =
		    &jumps[(unsigned)rand_r(&seed) % JUMPS];
		int steps = rand_r(&seed) % 3 - 1;
		struct played played;
		uint64_t step;

		if (rand_r(&seed) % 2)
			stage_now_unix_s += jump->to_unix_s - START_UNIX_S;
		else
			stage_now_unix_s = jump->to_unix_s + 30 * i;
		if (stage_now_unix_s < 60 || stage_now_unix_s > INT64_C(1)
								    << 40)
			stage_now_unix_s = START_UNIX_S + 30 * i;
		if (rand_r(&seed) % 4 == 0)
			restart(stage);
		if (rand_r(&seed) % 4 == 0)
			call_as_root(
			    stage, "io.authbox.Store.AcceptClock", NULL);
		step =
		    otp_step(stage_now_unix_s, 30) + (uint64_t)(int64_t)steps;
		played = type(stage, stage_code(steps));
		if (played.verdict != VERDICT_ALLOW)
			continue;
		if (step <= highest)
			fail_msg("seed %u: a used step is good again", seed);
		highest = step;
	}
	end(stage);
}

static void
accepted_steps_go_up_wherever_the_clock_walks(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= WALKS; seed++)
		walk(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_code_is_good_once_wherever_the_clock_jumps),
	    cmocka_unit_test(
		a_clock_that_was_behind_and_is_right_again_is_no_matter),
	    cmocka_unit_test(a_clock_that_was_far_ahead_shuts_nobody_out),
	    cmocka_unit_test(a_recovery_code_needs_no_clock_and_is_good_once),
	    cmocka_unit_test(
		a_wait_is_not_shortened_by_a_clock_that_is_set_back),
	    cmocka_unit_test(
		a_wait_that_began_while_the_clock_was_ahead_ends_within_an_hour),
	    cmocka_unit_test(
		guesses_are_not_given_back_by_a_clock_that_goes_back_and_forth),
	    cmocka_unit_test(
		a_remembered_address_is_forgotten_when_the_clock_is_not_right),
	    cmocka_unit_test(an_address_that_was_forgotten_stays_forgotten),
	    cmocka_unit_test(an_exemption_that_is_over_stays_over),
	    cmocka_unit_test(a_grace_that_is_over_stays_over),
	    cmocka_unit_test(account_follows_whatever_the_clock_does_meanwhile),
	    cmocka_unit_test(
		an_enrolment_by_a_clock_that_is_behind_does_not_stick),
	    cmocka_unit_test(accepted_steps_go_up_wherever_the_clock_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
