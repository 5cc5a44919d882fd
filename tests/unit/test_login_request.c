#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "login/login_request.h"
#include "wire/pam_frame.h"

/* A good BEGIN, but for the field left out. */
static void
begin(struct pam_frame *frame, enum pam_field left_out)
{
	pam_frame_start(frame, PAM_FRAME_BEGIN);
	if (left_out != PAM_FIELD_STAGE)
		(void)pam_frame_put_u8(frame, PAM_FIELD_STAGE, PAM_STAGE_AUTH);
	if (left_out != PAM_FIELD_FACTOR)
		(void)pam_frame_put_text(frame, PAM_FIELD_FACTOR, "totp");
	if (left_out != PAM_FIELD_SERVICE)
		(void)pam_frame_put_text(frame, PAM_FIELD_SERVICE, "sshd");
	if (left_out != PAM_FIELD_USER)
		(void)pam_frame_put_text(frame, PAM_FIELD_USER, "alice");
}

static void
a_request_holds_what_begin_says(void **state)
{
	struct login_request request;
	struct pam_frame frame;

	(void)state;
	begin(&frame, 0);
	(void)pam_frame_put_text(&frame, PAM_FIELD_RHOST, "192.0.2.7");
	(void)pam_frame_put_u8(&frame, PAM_FIELD_TRIES, 5);
	(void)pam_frame_put_u32(&frame, PAM_FIELD_FLAGS, PAM_BEGIN_COMBINED);
	assert_int_equal(login_request_parse(&frame, &request), 0);
	assert_int_equal(request.stage, PAM_STAGE_AUTH);
	assert_string_equal(request.user, "alice");
	assert_string_equal(request.rhost, "192.0.2.7");
	assert_string_equal(request.config, "");
	assert_int_equal(request.tries, 5);
	assert_int_equal(request.flags, PAM_BEGIN_COMBINED);
}

static void
a_request_without_stage_factor_service_or_user_is_refused(void **state)
{
	static const enum pam_field needed[] = {PAM_FIELD_STAGE,
	    PAM_FIELD_FACTOR, PAM_FIELD_SERVICE, PAM_FIELD_USER};
	struct login_request request;
	struct pam_frame frame;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&frame, needed[i]);
		assert_int_equal(
		    login_request_parse(&frame, &request), -EBADMSG);
	}
}

static void
a_request_out_of_range_is_refused(void **state)
{
	struct login_request request;
	struct pam_frame frame;
	char long_text[5000];

	(void)state;
	begin(&frame, PAM_FIELD_STAGE);
	(void)pam_frame_put_u8(&frame, PAM_FIELD_STAGE, 3);
	assert_int_equal(login_request_parse(&frame, &request), -EBADMSG);

	for (uint8_t tries = 0; tries < 12; tries += 11) {
		begin(&frame, 0);
		(void)pam_frame_put_u8(&frame, PAM_FIELD_TRIES, tries);
		assert_int_equal(
		    login_request_parse(&frame, &request), -EBADMSG);
	}

	memset(long_text, 'a', sizeof(long_text));
	begin(&frame, PAM_FIELD_USER);
	(void)pam_frame_put(&frame, PAM_FIELD_USER, long_text, 256);
	assert_int_equal(login_request_parse(&frame, &request), -EBADMSG);

	begin(&frame, PAM_FIELD_USER);
	(void)pam_frame_put(&frame, PAM_FIELD_USER, "alice\0bob", 9);
	assert_int_equal(login_request_parse(&frame, &request), -EBADMSG);
}

static void
only_begin_is_a_request(void **state)
{
	struct login_request request;
	struct pam_frame frame;

	(void)state;
	pam_frame_start(&frame, PAM_FRAME_ANSWER);
	(void)pam_frame_put_text(&frame, PAM_FIELD_ANSWER, "123456");
	assert_int_equal(login_request_parse(&frame, &request), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_holds_what_begin_says),
	    cmocka_unit_test(
		a_request_without_stage_factor_service_or_user_is_refused),
	    cmocka_unit_test(a_request_out_of_range_is_refused),
	    cmocka_unit_test(only_begin_is_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
