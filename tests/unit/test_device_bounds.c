/* How many device logins may begin, of whom and from where. */
#include "device_stage.h"

/* What a login from there comes to now. */
static const char *
begun_from(struct stage *stage, const char *user, const char *address)
{
	return log_in_from(stage, user, address, enter).reason;
}

/* One who began as many as a stranger may. */
static void
use_up_strangers_starts(
    struct stage *stage, const char *user, const char *address)
{
	for (unsigned i = 0; i < DEVICE_PAIR_BURST; i++)
		assert_string_equal(
		    begun_from(stage, user, address), "device-denied");
	assert_string_equal(begun_from(stage, user, address), "device-rate");
}

#define DENIED "{\"error\":\"access_denied\"}"

static void
who_logged_in_there_is_no_stranger_for_a_month(void **state)
{
	AUTO_TEXT id_token =
	    token_with("{\"alg\":\"HS256\"}", "alice", "host1");
	const struct answer answers[] = {{200, BEGIN},
	    {200, approval(id_token, NULL)}, {200, BEGIN}, {400, DENIED},
	    {200, BEGIN}, {400, DENIED}};
	struct login_request account = {
	    .stage = PAM_STAGE_ACCOUNT, .factor = "device", .user = "alice"};
	struct stage *stage = *state;
	struct provider provider;
	struct played played;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	provider_start(stage, &provider, answers, 6);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_ALLOW, "device-accepted");
	occupy(stage, "alice", "net 192.0.2.0", DEVICE_FLOWS_PER_USER_MAX);
	/* Not before the account stage says yes. */
	assert_string_equal(
	    begun_from(stage, "alice", "192.0.2.1"), "device-busy");
	(void)strcpy(account.reference, played.reference);
	played = stage_play(stage, &account, 0, NULL);
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	played = log_in(stage, "alice", enter);
	expect(&played, VERDICT_DENY, "device-denied");
	/* Her neighbour is one, and so is who asks for somebody else. */
	assert_string_equal(
	    begun_from(stage, "alice", "192.0.2.2"), "device-busy");
	occupy(stage, "bob", "net 192.0.2.0", DEVICE_FLOWS_PER_USER_MAX);
	assert_string_equal(
	    begun_from(stage, "bob", "192.0.2.1"), "device-busy");

	/* The provider is not asked any more, which would be too late. */
	stage_now_unix_s += 29 * 86400;
	assert_string_equal(
	    begun_from(stage, "alice", "192.0.2.1"), "issuer-unavailable");
	stage_now_unix_s += 86400;
	assert_string_equal(
	    begun_from(stage, "alice", "192.0.2.1"), "device-busy");
	provider_stop(&provider);
}

static void
strangers_starts_leave_those_of_the_host_itself(void **state)
{
	static const struct answer answers[] = {{200, BEGIN}, {400, DENIED},
	    {200, BEGIN}, {400, DENIED}, {200, BEGIN}, {400, DENIED},
	    {200, BEGIN}, {400, DENIED}};
	static const struct {
		const char *ruser, *tty;
		uid_t peer;
		const char *reason;
	} cases[] = {
	    {"", "tty1", 0, "device-denied"},	      /* login */
	    {"", "", 0, "device-rate"},		      /* polkit's helper */
	    {"alice", "pts/1", 0, "device-denied"},   /* sudo */
	    {"alice", "", 0, "device-denied"},	      /* without a terminal */
	    {"root", "pts/1", 0, "device-denied"},    /* su by root */
	    {"mallory", "pts/1", 0, "device-rate"},   /* by somebody else */
	    {"alice", "pts/1", ALICE, "device-rate"}, /* not root's program */
	};
	struct stage *stage = *state;
	struct provider provider;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	provider_start(stage, &provider, answers, 8);
	use_up_strangers_starts(stage, "alice", "192.0.2.1");
	provider_stop(&provider);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct login_request request = {
		    .factor = "device", .user = "alice"};
		struct played played;

		(void)strcpy(request.ruser, cases[i].ruser);
		(void)strcpy(request.tty, cases[i].tty);
		for (unsigned j = 0; j <= DEVICE_PAIR_BURST; j++) {
			provider_start(stage, &provider, answers, 2);
			played =
			    stage_play(stage, &request, cases[i].peer, enter);
			provider_stop(&provider);
		}
		print_message(
		    "ruser %s, tty %s\n", cases[i].ruser, cases[i].tty);
		assert_string_equal(played.reason, cases[i].reason);
	}
}

/* The name is not to be told from one that does not exist. */
static void
unknown_names_are_bounded_as_known_ones_are(void **state)
{
	static const struct answer answers[] = {{200, BEGIN}, {400, DENIED},
	    {200, BEGIN}, {400, DENIED}, {200, BEGIN}, {400, DENIED},
	    {200, BEGIN}, {400, DENIED}};
	static const char *const names[] = {"alice", "nobody-here"};
	struct stage *stage = *state;
	struct provider provider;

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	for (size_t i = 0; i < 2; i++) {
		provider_start(stage, &provider, answers, 8);
		use_up_strangers_starts(stage, names[i], "192.0.2.1");
		provider_stop(&provider);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(who_logged_in_there_is_no_stranger_for_a_month),
	    WITH_STAGE(strangers_starts_leave_those_of_the_host_itself),
	    WITH_STAGE(unknown_names_are_bounded_as_known_ones_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
