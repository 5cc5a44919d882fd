/*
 * What a broken or hostile server can do to a login: nothing but refuse it.
 */
#include "host.h"

static size_t
whole(const struct pam_frame *frame)
{
	return PAM_HEADER_BYTES + frame->size;
}

/* Write the header that pam_frame_send() would. */
static void
seal(struct pam_frame *frame)
{
	frame->bytes[0] = frame->bytes[1] = 0;
	frame->bytes[2] = (uint8_t)(frame->size >> 8);
	frame->bytes[3] = (uint8_t)frame->size;
	frame->bytes[4] = frame->type;
	frame->bytes[5] = PAM_PROTOCOL_VERSION;
	frame->bytes[6] = frame->bytes[7] = 0;
}

static void
put_ask(struct pam_frame *frame)
{
	pam_frame_start(frame, PAM_FRAME_ASK);
	(void)pam_frame_put_text(frame, PAM_FIELD_INFO, "Demo");
	(void)pam_frame_put_text(frame, PAM_FIELD_ERROR, "Wrong code.");
	(void)pam_frame_put_u8(frame, PAM_FIELD_ECHO, 1);
	(void)pam_frame_put_text(frame, PAM_FIELD_PROMPT, "Code: ");
	seal(frame);
}

static void
put_allow(struct pam_frame *frame)
{
	fake_put_done(frame, VERDICT_ALLOW, HOST_USER);
	(void)pam_frame_put_text(frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	(void)pam_frame_put_text(frame, PAM_FIELD_INFO, "Welcome.");
	seal(frame);
}

/* ---- killed at each byte ---- */

/* The n-th connection gets n - 1 bytes of all that a good one would. */
static void
stop_after_bytes(const struct fake_connection *c)
{
	static struct pam_frame frames[2];
	size_t left = c->log->connections - 1;

	put_ask(&frames[0]);
	put_allow(&frames[1]);
	for (size_t i = 0; i < 2; i++) {
		size_t size = whole(&frames[i]);

		fake_send_bytes(c, frames[i].bytes, left < size ? left : size);
		if (left < size)
			return;
		left -= size;
		if (i == 0 && !fake_receive_answer(c))
			return;
	}
}

static size_t
bytes_of_a_login(void)
{
	static struct pam_frame ask, done;

	put_ask(&ask);
	put_allow(&done);
	return whole(&ask) + whole(&done);
}

static void
a_server_killed_at_any_byte_refuses(void **state)
{
	struct host *host = *state;
	size_t bytes = bytes_of_a_login();

	host_serve(host, stop_after_bytes, NULL);
	for (size_t i = 0; i < bytes; i++) {
		assert_int_equal(host_auth(host), PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(host->log_count, 1);
	}
	assert_int_equal(host_auth(host), PAM_SUCCESS);
}

static void
a_server_killed_at_any_byte_refuses_through_pam_permit(void **state)
{
	struct host *host = *state;
	size_t bytes = bytes_of_a_login();

	host_serve(host, stop_after_bytes, NULL);
	for (size_t i = 0; i < bytes; i++)
		assert_int_not_equal(host_auth_permit(host, ""), PAM_SUCCESS);
	assert_int_equal(host_auth_permit(host, ""), PAM_SUCCESS);
}

/* ---- bits that flip ---- */

static void
flip_a_bit(const struct fake_connection *c)
{
	struct pam_frame frame;
	size_t bit = c->log->connections - 1;

	fake_put_done(&frame, VERDICT_DENY, HOST_USER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	seal(&frame);
	frame.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	/* Another verdict, soundly framed, is another verdict. */
	if (bit / 8 == PAM_HEADER_BYTES + 3)
		return;
	fake_send_bytes(c, frame.bytes, whole(&frame));
}

static void
no_flipped_bit_lets_anybody_in(void **state)
{
	struct host *host = *state;
	struct pam_frame frame;

	fake_put_done(&frame, VERDICT_DENY, HOST_USER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_REFERENCE, FAKE_REFERENCE);
	host_serve(host, flip_a_bit, NULL);
	for (size_t bit = 0; bit < whole(&frame) * 8; bit++)
		assert_int_not_equal(host_auth_permit(host, ""), PAM_SUCCESS);
}

/* ---- frames out of place ---- */

struct blow {
	const char *bytes;
	size_t size;
	int code;
};

#define BLOW(text, code)                                                       \
	{                                                                      \
		text, sizeof(text) - 1, code                                   \
	}
#define WORKING		"\0\0\0\0\4\1\0\0"
#define DONE(body_size) "\0\0\0" body_size "\5\1\0\0"
#define ASK(body_size)	"\0\0\0" body_size "\2\1\0\0"
#define ALLOW		"\x28\0\1\1"
#define ALICE		"\4\0\5alice"

static const struct blow blows[] = {
    BLOW("", PAM_AUTHINFO_UNAVAIL),
    BLOW("HTTP/1.1 200 OK\r\n\r\n", PAM_SERVICE_ERR),
    BLOW("\0\0\0\0\5\0\0\0", PAM_SERVICE_ERR),	 /* version 0 */
    BLOW("\0\0\0\0\5\2\0\0", PAM_SERVICE_ERR),	 /* version 2 */
    BLOW("\0\0\0\0\0\1\0\0", PAM_SERVICE_ERR),	 /* no such type */
    BLOW("\0\0\0\0\6\1\0\0", PAM_SERVICE_ERR),	 /* no such type */
    BLOW("\0\0\0\0\1\1\0\0", PAM_SERVICE_ERR),	 /* a BEGIN */
    BLOW("\0\0\0\0\3\1\0\0", PAM_SERVICE_ERR),	 /* an ANSWER */
    BLOW("\0\0\0\0\5\1\1\0", PAM_SERVICE_ERR),	 /* stray bits */
    BLOW("\0\0\x50\0\5\1\0\0", PAM_SERVICE_ERR), /* too long */
    BLOW("\xff\xff\xff\xff\5\1\0\0", PAM_SERVICE_ERR),
    BLOW("\0\0\0\4\4\1\0\0" ALLOW, PAM_SERVICE_ERR), /* WORKING, full */
    BLOW(DONE("\0"), PAM_SERVICE_ERR),		     /* no verdict */
    BLOW(DONE("\10") ALICE, PAM_SERVICE_ERR),
    BLOW(DONE("\4") ALLOW, PAM_AUTH_ERR), /* nobody is allowed */
    BLOW(DONE("\10") ALLOW ALLOW, PAM_SERVICE_ERR),
    BLOW(DONE("\20") ALLOW ALICE "\x16\0\1\1", PAM_SERVICE_ERR), /* echo */
    BLOW(DONE("\17") ALLOW ALICE "\x63\0\0", PAM_SERVICE_ERR),	 /* unknown */
    BLOW(DONE("\17") ALLOW ALICE "\0\0\0", PAM_SERVICE_ERR),
    BLOW(DONE("\17") ALLOW ALICE "\xff\0\0", PAM_SERVICE_ERR),
    BLOW(DONE("\17") ALLOW ALICE "\x14\0\1", PAM_SERVICE_ERR), /* cut */
    BLOW(DONE("\15") ALLOW ALICE "\x14", PAM_SERVICE_ERR),
    BLOW(DONE("\3") "\x28\0\0", PAM_SERVICE_ERR), /* verdict of 0 bytes */
    BLOW(DONE("\15") "\x28\0\2\1\1" ALICE, PAM_SERVICE_ERR),
    BLOW(DONE("\22") ALLOW ALICE "\15\0\3abc", PAM_SERVICE_ERR),
    BLOW(DONE("\14") ALLOW ALICE, PAM_SUCCESS),
    BLOW(WORKING DONE("\14") ALLOW ALICE, PAM_SUCCESS),
    BLOW(ASK("\0"), PAM_SERVICE_ERR),			    /* nothing to ask */
    BLOW(ASK("\10") "\14\0\1?\x16\0\1\2", PAM_SERVICE_ERR), /* echo 2 */
    BLOW(ASK("\10") "\14\0\1?\x17\0\1\6", PAM_SERVICE_ERR), /* no combined */
    BLOW(ASK("\4") "\14\0\1\0", PAM_SERVICE_ERR),	    /* NUL */
    BLOW(ASK("\10") "\14\0\1?\14\0\1?", PAM_SERVICE_ERR),
};

static void
strike(const struct fake_connection *c)
{
	const struct blow *blow = &blows[c->log->connections - 1];

	fake_send_bytes(c, blow->bytes, blow->size);
}

static void
malformed_frames_refuse(void **state)
{
	struct host *host = *state;

	host_serve(host, strike, NULL);
	for (size_t i = 0; i < sizeof(blows) / sizeof(*blows); i++) {
		int code = host_auth(host);

		if (code != blows[i].code)
			fail_msg(
			    "blow %zu: %d, not %d", i, code, blows[i].code);
	}
}

static void
ask_in_account(const struct fake_connection *c)
{
	if (fake_ask(c, "Code: ", 0))
		fake_send_done(c, VERDICT_ALLOW);
}

static void
nobody_is_asked_in_account(void **state)
{
	struct host *host = *state;

	host_serve(host, ask_in_account, NULL);
	assert_int_equal(host_account(host), PAM_SERVICE_ERR);
	assert_int_equal(host->prompts, 0);
	assert_int_equal(host->log_count, 1);
}

static void
ask_for_ever(const struct fake_connection *c)
{
	do
		c->log->answer_count = 0;
	while (fake_ask(c, "Code: ", 0));
}

static void
type_again(struct host *host)
{
	host->typed[1] = "123456";
	if (host->prompts == 2)
		host->prompts = 1;
	host->log_count = 0;
}

/* Every wait has an end, and so has every dialogue. */
static void
a_server_that_never_stops_asking_is_left(void **state)
{
	struct host *host = *state;

	host->on_prompt = type_again;
	host_serve(host, ask_for_ever, NULL);
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
}

static void
work_for_ever(const struct fake_connection *c)
{
	for (unsigned i = 0; i < 1000; i++)
		fake_send_bytes(c, WORKING, 8);
}

static void
a_server_that_floods_is_left(void **state)
{
	struct host *host = *state;

	host_serve(host, work_for_ever, NULL);
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
}

/* ---- a verdict that nobody waited for ---- */

static void
give_up_unasked(const struct fake_connection *c)
{
	struct pam_frame ask;

	put_ask(&ask);
	fake_send_bytes(c, ask.bytes, whole(&ask));
	fake_send_done(c, VERDICT_CANCELLED);
}

static void
wait_for_the_server(struct host *host)
{
	assert_true(fake_wait_served(&host->fake));
}

static void
a_prompt_too_old_ends_with_the_servers_verdict(void **state)
{
	struct host *host = *state;

	host->on_prompt = wait_for_the_server;
	host_serve(host, give_up_unasked, NULL);
	assert_int_equal(host_auth(host), PAM_CONV_ERR);
}

/* ---- no server at all ---- */

static void
without_a_server_logins_are_refused_at_once(void **state)
{
	struct host *host = *state;
	int64_t start_ms, took_ms;
	int fd;

	start_ms = stream_now_ms();
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(host_auth(host), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(host->log_count, 1);
	fd = fake_listen(host->socket);
	assert_true(fd >= 0);
	(void)close(fd);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(host_auth(host), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(host->log_count, 1);

	took_ms = stream_now_ms() - start_ms;
	print_message("# 20 refusals took %d ms\n", (int)took_ms);
	assert_in_range(took_ms, 0, 20 * 200);
	assert_int_not_equal(host_auth_permit(host, ""), PAM_SUCCESS);
}

/* Nobody accepts, and the backlog is full. */
static void
a_full_backlog_refuses_in_time(void **state)
{
	struct host *host = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fds[FAKE_BACKLOG + 2], fd = fake_listen(host->socket);
	int64_t start_ms, took_ms;

	assert_true(fd >= 0);
	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", host->socket);
	for (size_t i = 0; i < FAKE_BACKLOG + 2; i++) {
		fds[i] = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fds[i], (struct sockaddr *)&address,
		    sizeof(address)); /* the last ones fail */
	}
	start_ms = stream_now_ms();
	assert_int_equal(host_auth(host), PAM_AUTHINFO_UNAVAIL);
	took_ms = stream_now_ms() - start_ms;
	print_message("# refused after %d ms\n", (int)took_ms);
	assert_in_range(took_ms, PAM_CONNECT_MS - 20, PAM_CONNECT_MS * 10);
	for (size_t i = 0; i < FAKE_BACKLOG + 2; i++)
		(void)close(fds[i]);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_server_killed_at_any_byte_refuses),
	    HOST_TEST(a_server_killed_at_any_byte_refuses_through_pam_permit),
	    HOST_TEST(no_flipped_bit_lets_anybody_in),
	    HOST_TEST(malformed_frames_refuse),
	    HOST_TEST(nobody_is_asked_in_account),
	    HOST_TEST(a_server_that_never_stops_asking_is_left),
	    HOST_TEST(a_server_that_floods_is_left),
	    HOST_TEST(a_prompt_too_old_ends_with_the_servers_verdict),
	    HOST_TEST(without_a_server_logins_are_refused_at_once),
	    HOST_TEST(a_full_backlog_refuses_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
