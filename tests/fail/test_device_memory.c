/*
 * Every allocation of a device login fails in turn. Nobody is let in whom the
 * provider did not name, no place among the logins under way is lost, and the
 * next login of the same user is served.
 */
#include <grp.h>

#include "tests/harness/memory_faults.h"
#include "tests/unit/device_stage.h"

/* The C library's own loads modules, and aborts without memory for their
 * thread-local data. */
int
getgrouplist(const char *user, gid_t group, gid_t *ret_groups, int *ret_count)
{
	(void)user;
	if (*ret_count < 1)
		return -1;
	ret_groups[0] = group;
	*ret_count = 1;
	return 1;
}

int
getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
    struct group **ret)
{
	(void)snprintf(buffer, size, "g%u", (unsigned)gid);
	*entry = (struct group){.gr_name = buffer, .gr_gid = gid};
	*ret = entry;
	return 0;
}

/* As a daemon that was just started, where no place is taken. */
static void
renew_flows(struct stage *stage)
{
	static const unsigned char key[DEVICE_FLOWS_KEY_BYTES];

	occupy(stage, "alice", another_address(), DEVICE_FLOWS_PER_USER_MAX);
	device_flows_free(stage->daemon.device_flows);
	stage->daemon.device_flows = device_flows_new(key);
	assert_non_null(stage->daemon.device_flows);
}

/* What alice's login comes to when the token is this person's. */
static struct played
play(struct stage *stage, const char *approved, bool without_memory)
{
	AUTO_TEXT id_token =
	    token_with("{\"alg\":\"HS256\"}", approved, "host1");
	const struct answer answers[] = {
	    {200, BEGIN}, {400, PENDING}, {200, approval(id_token, NULL)}};
	struct login_request request = {.factor = "device", .user = "alice"};
	struct provider provider;
	struct played played;

	(void)strcpy(request.rhost, another_address());
	provider_start(stage, &provider, answers, 3);
	if (without_memory)
		memory_begin();
	played = stage_play(stage, &request, 0, enter);
	memory_end();
	provider_stop(&provider);
	renew_flows(stage);
	return played;
}

static void
whom_the_provider_names_is_let_in_or_not(void **state)
{
	struct stage *stage = *state;
	struct played played = {0};

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	while (memory_next()) {
		played = play(stage, "alice", true);
		if (played.verdict == VERDICT_ALLOW)
			assert_string_equal(played.reason, "device-accepted");
		played = play(stage, "alice", false);
		expect(&played, VERDICT_ALLOW, "device-accepted");
	}
	expect(&played, VERDICT_ALLOW, "device-accepted");
}

static void
another_person_never_is(void **state)
{
	struct stage *stage = *state;
	struct played played = {0};

	stage_write_config(stage, CONFIG(ON, ANYBODY));
	while (memory_next()) {
		played = play(stage, "bob", true);
		assert_int_not_equal(played.verdict, VERDICT_ALLOW);
		/* Or the provider would not be asked any more. */
		(void)play(stage, "bob", false);
	}
	expect(&played, VERDICT_DENY, "token-other-user");
	played = play(stage, "alice", false);
	expect(&played, VERDICT_ALLOW, "device-accepted");
}

static void
a_policy_that_refuses_lets_nobody_in(void **state)
{
	struct stage *stage = *state;
	struct played played = {0};

	stage_write_config(
	    stage, CONFIG(ON, "{resourceType: AccessPolicy, id: p, matcho: "
			      "{jwt: {sub: {$not: alice}, iss: '#^https'}}}"));
	while (memory_next()) {
		played = play(stage, "alice", true);
		assert_int_not_equal(played.verdict, VERDICT_ALLOW);
		(void)play(stage, "alice", false);
	}
	expect(&played, VERDICT_FORBIDDEN, "policy-denied");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		whom_the_provider_names_is_let_in_or_not, stage_set_up,
		stage_tear_down),
	    cmocka_unit_test_setup_teardown(
		another_person_never_is, stage_set_up, stage_tear_down),
	    cmocka_unit_test_setup_teardown(
		a_policy_that_refuses_lets_nobody_in, stage_set_up,
		stage_tear_down),
	};

#ifdef __SANITIZE_ADDRESS__
	memory.stride = 7;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
