/*
 * Where NSS does not care for case (sssd, winbind), a user has many names.
 * What one of them is refused, no other may get.
 */
#include <pwd.h>

#include "tests/unit/login_stage.h"

#define ALICE_UID 1000

/* These two answer in place of libc's. */
int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	*ret = NULL;
	if (strcasecmp(name, "alice") != 0)
		return 0;
	(void)snprintf(buffer, size, "alice");
	*entry = (struct passwd){
	    .pw_name = buffer, .pw_uid = ALICE_UID, .pw_gid = 1};
	*ret = entry;
	return 0;
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	*ret = NULL;
	return uid == ALICE_UID ? getpwnam_r("alice", entry, buffer, size, ret)
				: 0;
}

static const char *const spellings[] = {"alice", "Alice", "ALICE"};

#define SPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

static struct login_request
asks_for(const char *user)
{
	struct login_request request = {0};

	(void)strcpy(request.user, user);
	return request;
}

static void
of_an_inactive_user(void **state)
{
	struct stage *stage = *state;
	struct played played;

	stage_write_config(
	    stage, "resourceType: User\nid: alice\ninactive: true\n");
	stage_enrol(stage, "alice", ALICE_UID);
	for (size_t i = 0; i < SPELLINGS; i++) {
		struct login_request request = asks_for(spellings[i]);

		stage_now_unix_s += 30;
		played = stage_play(stage, &request, 0,
		    (const char *const[]){stage_code(0), NULL});
		assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
		assert_string_equal(played.reason, "inactive");
		request.stage = PAM_STAGE_ACCOUNT;
		played = stage_play(stage, &request, 0, NULL);
		assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
		request.flags = PAM_BEGIN_UNMANAGED_IGNORE;
		played = stage_play(stage, &request, 0, NULL);
		assert_int_equal(played.verdict, VERDICT_FORBIDDEN);
	}
}

static void
of_somebody_who_has_a_device(void **state)
{
	struct stage *stage = *state;
	struct played played;

	stage_enrol(stage, "alice", ALICE_UID);
	for (size_t i = 0; i < SPELLINGS; i++) {
		struct login_request request = asks_for(spellings[i]);

		request.flags = PAM_BEGIN_UNMANAGED_IGNORE | PAM_BEGIN_ENROL;
		played = stage_play(stage, &request, 0, NULL);
		assert_int_equal(played.verdict, VERDICT_CANCELLED);
		assert_string_equal(
		    played.script.shown, "Verification code: \n");
	}
}

static void
of_a_code_that_was_used(void **state)
{
	struct stage *stage = *state;
	size_t allowed = 0;

	stage_enrol(stage, "alice", ALICE_UID);
	for (size_t i = 0; i < SPELLINGS; i++) {
		struct login_request request = asks_for(spellings[i]);
		struct played played = stage_play(stage, &request, 0,
		    (const char *const[]){stage_code(0), NULL});

		allowed += played.verdict == VERDICT_ALLOW;
	}
	assert_int_equal(allowed, 1);
}

static void
of_somebody_whose_tries_are_used_up(void **state)
{
	struct stage *stage = *state;
	struct played played;

	stage_enrol(stage, "alice", ALICE_UID);
	for (size_t i = 0; i < SPELLINGS; i++) {
		struct login_request request = asks_for(spellings[i]);

		played = stage_play(stage, &request, 0,
		    (const char *const[]){"000000", "000001", "000002", NULL});
	}
	assert_string_equal(played.reason, "wait");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(of_an_inactive_user),
	    WITH_STAGE(of_somebody_who_has_a_device),
	    WITH_STAGE(of_a_code_that_was_used),
	    WITH_STAGE(of_somebody_whose_tries_are_used_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
