/*
 * Each call of the module that can fail does, one after the other, alone and
 * with all that follow it: nobody comes in who would not have without.
 */
#define HOST_MODULE "tests/fail/faulty.so"
#include "tests/pam/host.h"

#include <dlfcn.h>

#include "tests/fail/faulty.h"

static struct faulty_plan *faults;

/* ---- what authboxd says ---- */

static void
send_texts_and_verdict(const struct fake_connection *c, uint8_t verdict)
{
	struct pam_frame frame;

	fake_put_done(&frame, verdict, HOST_USER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, "9 codes left.");
	fake_send(c, &frame);
}

/* Ask as often as a person may try, but only in auth. */
static void
ask_and_say(const struct fake_connection *c, uint8_t split)
{
	uint8_t verdict = *(const uint8_t *)c->context;

	if (fake_find_number(&c->log->begin, PAM_FIELD_STAGE) ==
		PAM_STAGE_ACCOUNT ||
	    (fake_ask(c, "Code: ", split) && fake_ask(c, "Again: ", split)))
		send_texts_and_verdict(c, verdict);
}

static void
ask_whole(const struct fake_connection *c)
{
	ask_and_say(c, 0);
}

static void
ask_combined(const struct fake_connection *c)
{
	ask_and_say(c, 6);
}

/* ---- scenarios ---- */

struct scenario {
	const char *options;
	fake_serve *serve;
	uint8_t verdict;
	bool lets_in; /* with pam_permit.so behind us */
};

static const struct scenario scenarios[] = {
    {"", ask_whole, VERDICT_ALLOW, true},
    {"", ask_whole, VERDICT_DENY, false},
    {"", ask_whole, VERDICT_UNMANAGED, false},
    {"unmanaged=ignore", ask_whole, VERDICT_UNMANAGED, true},
    {"unmanaged=ignore", ask_whole, VERDICT_DENY, false},
    {"", ask_whole, VERDICT_EXEMPT, true},
    {"", ask_whole, VERDICT_UNAVAILABLE, false},
    {"", ask_whole, 255, false},
    {"combined", ask_combined, VERDICT_ALLOW, true},
    {"combined", ask_combined, VERDICT_DENY, false},
    {"debug try_first_pass", ask_whole, VERDICT_ALLOW, true},
};

static void
type_code(struct host *host)
{
	/* The same again, as often as somebody asks. */
	host->prompts = 0;
}

static int
count_fds(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

/* One login with the plan that stands; the worse code of its two stages. */
static int
log_in(struct host *host)
{
	int code, fds = count_fds();

	faults->calls = 0;
	faults->hit = NULL;
	code = host_auth(host);
	if (code == PAM_SUCCESS)
		code = pam_acct_mgmt(host->pamh, 0);
	assert_int_equal(count_fds(), fds);
	return code;
}

/* Fail the calls of one kind; returns how many there were to fail. */
static unsigned
fail_each(struct host *host, const struct scenario *scenario,
    enum faulty_kind fault, bool and_all_on)
{
	unsigned calls = 1;

	for (unsigned at = 1; at <= calls; at++) {
		*faults = (struct faulty_plan){
		    .fault = fault, .at = at, .and_all_on = and_all_on};
		int code = log_in(host);

		if (code == PAM_SUCCESS && !scenario->lets_in)
			fail_msg("%s number %u lets in", faults->hit, at);
		if (code != PAM_SUCCESS && scenario->lets_in &&
		    fault != FAULTY_HARD)
			fail_msg("%s number %u keeps out: %d", faults->hit, at,
			    code);
		/* Go on as long as there was a call to fail. */
		calls = faults->hit ? at + 1 : at;
	}
	return calls - 1;
}

static void
begin(struct host *host, const struct scenario *scenario)
{
	*faults = (struct faulty_plan){0};
	host->on_prompt = type_code;
	host->typed[0] = "secret123456";
	host_set_stack(host, HOST_PERMIT, scenario->options);
	host_serve(host, scenario->serve, &scenario->verdict);
	assert_int_equal(log_in(host) == PAM_SUCCESS, scenario->lets_in);
}

static void
fail_all(struct host *host, enum faulty_kind fault, bool and_all_on)
{
	unsigned calls = 0;

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		begin(host, &scenarios[i]);
		calls += fail_each(host, &scenarios[i], fault, and_all_on);
	}
	print_message("# %u failed calls\n", calls);
	assert_in_range(calls, 50, 10000);
}

static void
no_failed_call_lets_anybody_in(void **state)
{
	fail_all(*state, FAULTY_HARD, false);
}

static void
no_failing_from_a_call_on_lets_anybody_in(void **state)
{
	fail_all(*state, FAULTY_HARD, true);
}

static void
an_interrupted_call_is_made_again(void **state)
{
	fail_all(*state, FAULTY_INTERRUPT, false);
}

static void
bytes_may_come_and_go_one_by_one(void **state)
{
	fail_all(*state, FAULTY_SHORT, false);
	fail_all(*state, FAULTY_SHORT, true);
}

static void
a_socket_that_is_not_ready_is_waited_for(void **state)
{
	fail_all(*state, FAULTY_AGAIN, false);
}

static int
find_faults(void **state)
{
	void *module = dlopen(host_module(), RTLD_NOW);

	(void)state;
	assert_non_null(module);
	faults = dlsym(module, "faulty_plan");
	assert_non_null(faults);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(no_failed_call_lets_anybody_in),
	    HOST_TEST(no_failing_from_a_call_on_lets_anybody_in),
	    HOST_TEST(an_interrupted_call_is_made_again),
	    HOST_TEST(bytes_may_come_and_go_one_by_one),
	    HOST_TEST(a_socket_that_is_not_ready_is_waited_for),
	};

	return cmocka_run_group_tests(tests, find_faults, NULL);
}
