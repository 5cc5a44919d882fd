/* Local sessions in a store of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "tests/harness/store_box.h"
#include "token/session.h"

#define NOW INT64_C(1767225600)

static const struct session alice = {
    .user = "alice",
    .uid = 1001,
    .expires_unix_s = NOW + 600,
    .introspector = "idp",
    .type = INTROSPECTOR_OPAQUE,
};

static struct secret *
create(struct box *box, const struct session *given, char ret_id[])
{
	struct secret *token = NULL;

	assert_int_equal(
	    session_create(box->store, given, NOW, &token, ret_id), 0);
	return token;
}

static int
count_one(void *context, const struct session *session)
{
	(void)session;
	++*(size_t *)context;
	return 0;
}

static size_t
count(struct box *box, uid_t uid, int64_t now)
{
	size_t found = 0;

	assert_int_equal(
	    session_list(box->store, uid, now, count_one, &found), 0);
	return found;
}

static void
a_session_is_found_by_its_token_until_it_expires(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1];
	struct session given = alice, found = {0};
	AUTO(secret) token = NULL;
	AUTO_JSON claims = cJSON_Parse("{\"sub\":\"7781\"}");

	given.claims = claims;
	token = create(box, &given, id);
	assert_int_equal(token->size, SESSION_TOKEN_LENGTH);
	assert_true(session_has_prefix(token->bytes));

	box_reopen(box);
	assert_int_equal(
	    session_find(box->store, token->bytes, NOW + 599, &found), 1);
	assert_string_equal(found.id, id);
	assert_string_equal(found.user, "alice");
	assert_string_equal(found.introspector, "idp");
	assert_int_equal(found.uid, 1001);
	assert_int_equal(found.type, INTROSPECTOR_OPAQUE);
	assert_int_equal(found.created_unix_s, NOW);
	assert_int_equal(found.expires_unix_s, NOW + 600);
	assert_true(cJSON_Compare(found.claims, claims, true));
	session_done(&found);
	assert_int_equal(
	    session_find(box->store, token->bytes, NOW + 600, &found), 0);
}

static void
a_token_that_differs_is_not_found(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = create(box, &alice, id);
	struct session found = {0};

	for (size_t i = 0; i < token->size; i++) {
		token->bytes[i] ^= 1;
		assert_int_equal(
		    session_find(box->store, token->bytes, NOW, &found), 0);
		token->bytes[i] ^= 1;
	}
	assert_int_equal(session_find(box->store, "abx_", NOW, &found), 0);
	assert_int_equal(session_find(box->store, "", NOW, &found), 0);
	token->bytes[token->size - 1] = '\0';
	assert_int_equal(
	    session_find(box->store, token->bytes, NOW, &found), 0);
}

static int
refuse_token(void *context, const char *key, const struct secret *value)
{
	const struct secret *token = context;

	assert_null(strstr(key, token->bytes + 4));
	assert_null(strstr(value->bytes, token->bytes + 4));
	return 0;
}

static void
the_store_does_not_hold_the_token(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = create(box, &alice, id);

	assert_int_equal(
	    store_list(box->store, "session/", refuse_token, token), 0);
}

static void
sessions_are_listed_and_revoked_by_uid(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1], bobs[SESSION_ID_DIGITS + 1];
	struct session bob = {
	    .user = "bob", .uid = 1002, .expires_unix_s = NOW + 900};
	AUTO(secret) first = create(box, &alice, id);
	AUTO(secret) second = create(box, &alice, id);
	AUTO(secret) third = create(box, &bob, bobs);
	struct session found = {0};
	size_t gone = 0;

	assert_int_equal(count(box, 1001, NOW), 2);
	assert_int_equal(count(box, 1002, NOW), 1);
	assert_int_equal(count(box, SESSION_ANY_UID, NOW), 3);
	assert_int_equal(count(box, SESSION_ANY_UID, NOW + 600), 1);
	assert_int_equal(session_revoke(box->store, 1001, id), 1);
	assert_int_equal(session_revoke(box->store, 1001, id), 0);
	assert_int_equal(
	    session_find(box->store, second->bytes, NOW, &found), 0);
	assert_int_equal(session_revoke_all(box->store, 1001, NULL, &gone), 0);
	assert_int_equal(gone, 1);
	assert_int_equal(count(box, SESSION_ANY_UID, NOW), 1);
	assert_int_equal(session_revoke(box->store, SESSION_ANY_UID, bobs), 1);
}

static void
a_user_has_a_limit_of_sessions_and_old_ones_make_room(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1];
	struct session later = alice;
	struct secret *token = NULL;

	for (int i = 0; i < SESSIONS_PER_UID_MAX; i++)
		secret_free(create(box, &alice, id));
	assert_int_equal(
	    session_create(box->store, &alice, NOW, &token, id), -ENOSPC);
	later.expires_unix_s = NOW + 1200;
	assert_int_equal(
	    session_create(box->store, &later, NOW + 600, &token, id), 0);
	secret_free(token);
	assert_int_equal(count(box, 1001, 0), 1);
}

static void
an_expired_session_is_not_made(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1];
	struct secret *token = NULL;

	assert_int_equal(
	    session_create(box->store, &alice, NOW + 600, &token, id), -EINVAL);
	assert_null(token);
}

/* The attacks: another uid's session. */
static void
a_user_cannot_see_or_revoke_another_ones_session(void **state)
{
	struct box *box = *state;
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = create(box, &alice, id);
	struct session found = {0};
	size_t gone = 9;

	assert_int_equal(count(box, 1002, NOW), 0);
	assert_int_equal(count(box, SESSION_NO_UID, NOW), 0);
	assert_int_equal(session_revoke(box->store, 1002, id), 0);
	assert_int_equal(session_revoke_all(box->store, 1002, NULL, &gone), 0);
	assert_int_equal(gone, 0);
	assert_int_equal(
	    session_find(box->store, token->bytes, NOW, &found), 1);
	session_done(&found);
	/* The id that is shown is not the token. */
	assert_int_equal(session_find(box->store, id, NOW, &found), 0);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_session_is_found_by_its_token_until_it_expires),
	    TEST(a_token_that_differs_is_not_found),
	    TEST(the_store_does_not_hold_the_token),
	    TEST(sessions_are_listed_and_revoked_by_uid),
	    TEST(a_user_has_a_limit_of_sessions_and_old_ones_make_room),
	    TEST(an_expired_session_is_not_made),
	    TEST(a_user_cannot_see_or_revoke_another_ones_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
