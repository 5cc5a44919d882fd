/*
 * Every wait for authboxd has an end. The cases run side by side, each in a
 * process of its own, since that is what they do.
 * it mostly waits
 */
#include "host.h"

#define SLACK_MS 3000 /* for a busy machine */

static const uint8_t working[] = {
    0, 0, 0, 0, PAM_FRAME_WORKING, PAM_PROTOCOL_VERSION, 0, 0};

static void
say_nothing(const struct fake_connection *c)
{
	(void)poll(NULL, 0, FAKE_WAIT_MS);
	(void)c;
}

static void
say_half_a_header(const struct fake_connection *c)
{
	fake_send_bytes(c, working, 4);
	say_nothing(c);
}

/* One byte a second: a frame that has begun is due within two. */
static void
drip(const struct fake_connection *c)
{
	for (size_t i = 0; i < PAM_HEADER_BYTES; i++) {
		fake_send_bytes(c, &working[i], 1);
		(void)poll(NULL, 0, 1000);
	}
}

static void
work_on_and_on(const struct fake_connection *c)
{
	for (unsigned i = 0; i < 15; i++) {
		fake_send_bytes(c, working, sizeof(working));
		(void)poll(NULL, 0, 2000);
	}
}

static void
work_for_seven_seconds(const struct fake_connection *c)
{
	for (unsigned i = 0; i < 4; i++) {
		(void)poll(NULL, 0, 1750);
		fake_send_bytes(c, working, sizeof(working));
	}
	fake_send_done(c, VERDICT_ALLOW);
}

/* Neither the person's time nor that of a slow start adds up to a cap. */
static void
ask_a_slow_person(const struct fake_connection *c)
{
	(void)poll(NULL, 0, 1000);
	if (fake_ask(c, "Code: ", 0))
		fake_send_done(c, VERDICT_ALLOW);
}

static void
think(struct host *host)
{
	(void)host;
	(void)poll(NULL, 0, PAM_TOTP_CAP_MS + 500);
}

static void
stop_server(struct host *host)
{
	assert_int_equal(kill(host->fake.pid, SIGSTOP), 0);
}

struct wait_case {
	const char *name, *options;
	fake_serve *serve;
	void (*on_prompt)(struct host *host);
	bool is_stopped;
	int code, least_ms;
	pid_t pid;
};

static struct wait_case cases[] = {
    {.name = "a silent server is left after five seconds",
	.serve = say_nothing,
	.code = PAM_AUTHINFO_UNAVAIL,
	.least_ms = PAM_SILENCE_MS},
    {.name = "a stopped server is left after five seconds",
	.serve = say_nothing,
	.is_stopped = true,
	.code = PAM_AUTHINFO_UNAVAIL,
	.least_ms = PAM_SILENCE_MS},
    {.name = "half a header is waited for two seconds",
	.serve = say_half_a_header,
	.code = PAM_AUTHINFO_UNAVAIL,
	.least_ms = 2000},
    {.name = "a dripping server is left after two seconds",
	.serve = drip,
	.code = PAM_AUTHINFO_UNAVAIL,
	.least_ms = 2000},
    {.name = "a server that works has ten seconds for a code",
	.serve = work_on_and_on,
	.code = PAM_AUTHINFO_UNAVAIL,
	.least_ms = PAM_TOTP_CAP_MS},
    {.name = "a server that works has twenty seconds for a token",
	.options = "token",
	.serve = work_on_and_on,
	.code = PAM_AUTHINFO_UNAVAIL,
	.least_ms = PAM_TOKEN_CAP_MS},
    {.name = "a server that works is waited for",
	.serve = work_for_seven_seconds,
	.code = PAM_SUCCESS,
	.least_ms = 7000},
    {.name = "a person may think for longer than any cap",
	.serve = ask_a_slow_person,
	.on_prompt = think,
	.code = PAM_SUCCESS,
	.least_ms = PAM_TOTP_CAP_MS + 1500},
};

static int
run_case(const struct wait_case *wait)
{
	struct host host;
	int64_t start_ms, took_ms;
	int code;

	host_init(&host);
	host_set_stack(&host, HOST_PROBE, wait->options ? wait->options : "");
	host.on_prompt = wait->on_prompt;
	host_serve(&host, wait->serve, NULL);
	if (wait->is_stopped)
		stop_server(&host);
	start_ms = stream_now_ms();
	code = host_auth(&host);
	took_ms = stream_now_ms() - start_ms;
	host_done(&host);

	(void)printf("# %s: %d ms, code %d\n", wait->name, (int)took_ms, code);
	(void)fflush(stdout); /* a child ends without it */
	return code == wait->code && took_ms >= wait->least_ms - 10 &&
		       took_ms <= wait->least_ms + SLACK_MS
		   ? 0
		   : 1;
}

static void
every_wait_has_its_end(void **state)
{
	unsigned failed = 0;

	(void)state;
	(void)fflush(stdout); /* or each child says it again */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cases[i].pid = fork();
		if (cases[i].pid == 0)
			_exit(run_case(&cases[i]));
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int status = -1;

		assert_int_equal(
		    waitpid(cases[i].pid, &status, 0), cases[i].pid);
		failed += status != 0;
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_wait_has_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
