#include "login_stage.h"

#include "caught_log.h"
#include "factor/recovery.h"

/* root is in every passwd(5). */
#define PERSON	   "root"
#define PERSON_UID 0

struct codes {
	const struct secret *key;
	struct secret *made;
};

static int
make_codes(void *context, struct user_record *record, bool clock_is_behind)
{
	struct codes *codes = context;

	(void)clock_is_behind;
	assert_int_equal(recovery_make(record, codes->key, &codes->made), 0);
	return 1;
}

static struct secret *
give_recovery_codes(struct stage *stage)
{
	AUTO(secret) key = NULL;
	struct codes codes = {NULL, NULL};
	char record[LOGIN_KEY_BYTES];

	assert_int_equal(
	    store_derive_key(stage->daemon.store, "recovery", &key), 0);
	codes.key = key;
	user_record_key(PERSON, record);
	assert_int_equal(user_record_update(stage->daemon.store, record, PERSON,
			     PERSON_UID, stage_now_unix_s, make_codes, &codes),
	    0);
	return codes.made;
}

static void
a_login_by_recovery_code_is_told(void **state)
{
	struct stage *stage = *state;
	struct login_request request = {.user = PERSON};
	AUTO(secret) codes = NULL;
	struct played played;
	char log[4096];
	int saved;

	stage_enrol(stage, PERSON, PERSON_UID);
	codes = give_recovery_codes(stage);
	caught_log_begin(&saved);
	played = stage_play(stage, &request, 0,
	    (const char *const[]){"AAAA-AAAA-AAAA-AAAA", codes->bytes, NULL});
	caught_log_end(saved, log, sizeof(log));
	assert_int_equal(played.verdict, VERDICT_ALLOW);
	assert_non_null(strstr(log, "notice: " PERSON ": recovery-code-used"));
	assert_null(strstr(strstr(log, "notice:") + 1, "notice:"));
}

static void
a_login_by_code_is_nothing_to_tell(void **state)
{
	struct stage *stage = *state;
	struct login_request request = {.user = PERSON};
	char log[4096];
	int saved;

	stage_enrol(stage, PERSON, PERSON_UID);
	caught_log_begin(&saved);
	(void)stage_play(
	    stage, &request, 0, (const char *const[]){stage_code(0), NULL});
	caught_log_end(saved, log, sizeof(log));
	assert_null(strstr(log, "notice:"));
}

static void
an_enrolment_is_told_when_it_becomes_real(void **state)
{
	struct stage *stage = *state;
	struct login_request request = {
	    .user = PERSON, .flags = PAM_BEGIN_ENROL};
	struct played played;
	char log[4096];
	int saved;

	caught_log_begin(&saved);
	played = stage_play(stage, &request, 0,
	    (const char *const[]){STAGE_SHOWN_CODE, "", NULL});
	caught_log_end(saved, log, sizeof(log));
	assert_null(strstr(log, "notice:"));

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, played.reference);
	caught_log_begin(&saved);
	(void)stage_play(stage, &request, 0, NULL);
	caught_log_end(saved, log, sizeof(log));
	assert_non_null(strstr(log, "notice: " PERSON ": enrolled"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(a_login_by_recovery_code_is_told),
	    WITH_STAGE(a_login_by_code_is_nothing_to_tell),
	    WITH_STAGE(an_enrolment_is_told_when_it_becomes_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
