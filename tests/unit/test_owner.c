/* Whose a token is, where the store links its subject to a user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"
#include "token/owner.h"
#include "users/ownership.h"

#define ISSUER "https://a.example"
#define UID    ((uid_t)70001)

static int
deactivate(void *context, struct person *person)
{
	(void)context;
	person->inactive = true;
	return 1;
}

static void
who_is_linked_is_found_until_he_is_shut_out(void **state)
{
	static char id[] = "idp", issuer[] = ISSUER;
	struct token_introspector introspector = {
	    .id = id, .jwt_iss = issuer, .names_users = NAMES_USERS_NO};
	struct config config = {
	    .introspectors = &introspector, .introspector_count = 1};
	AUTO_JSON claims = cJSON_Parse("{\"sub\": \"1\"}");
	struct token_verdict verdict = {
	    .is_active = true, .introspector = "idp", .claims = claims};
	AUTO(person) ann = person_new("ann", UID, ISSUER, "1");
	struct box *box = *state;
	struct token_user user;
	enum ownership result;
	const char *why = NULL;

	assert_int_equal(ownership_take(box->store, ann, 1, &result), 0);
	assert_int_equal(
	    owner_find(box->store, &config, &verdict, &user, &why), 1);
	assert_string_equal(user.name, "ann");
	assert_int_equal(user.uid, UID);

	assert_int_equal(
	    ownership_update(box->store, "ann", deactivate, NULL), 1);
	assert_int_equal(
	    owner_find(box->store, &config, &verdict, &user, &why), 0);
	assert_string_equal(why, "inactive");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		who_is_linked_is_found_until_he_is_shut_out, box_setup,
		box_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
