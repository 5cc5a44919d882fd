/* Whose token it is: each row is a configuration, claims and a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "token/identity.h"

#define ISSUER "https://a.example"

/* The configuration owns its texts, so they are not constant. */
static char issuer_a[] = ISSUER;
static char issuer_b[] = "https://b.example";
static char bobs_sub[] = "7781";
static char alice[] = "alice";
static char bob[] = "bob";
static char carol[] = "carol";
static char email[] = "email";
static char login[] = "login";

static struct user_identifier bob_at_a[] = {
    {issuer_a, bobs_sub},
};
static struct declared_user users[] = {
    {.id = alice},
    {.id = bob, .identifiers = bob_at_a, .identifier_count = 1},
    {.id = carol, .inactive = true},
};
static struct user_index pairs[] = {
    {issuer_a, bobs_sub, &users[1]},
};

/* Several introspectors unless `names_users` says more. */
static const struct token_introspector by_name = {
    .jwt_iss = issuer_a, .names_users = NAMES_USERS_YES};
static const struct token_introspector by_pair = {
    .jwt_iss = issuer_a, .names_users = NAMES_USERS_NO};
static const struct token_introspector of_b = {
    .jwt_iss = issuer_b, .names_users = NAMES_USERS_NO};
static const struct token_introspector without_issuer = {
    .type = INTROSPECTOR_OPAQUE, .names_users = NAMES_USERS_NO};
static const struct token_introspector by_mail = {.jwt_iss = issuer_a,
    .names_users = NAMES_USERS_NO,
    .username = {.claim = email, .letters = USERNAME_CASE_LOWER}};
static const struct token_introspector by_login = {.jwt_iss = issuer_a,
    .names_users = NAMES_USERS_NO,
    .username = {.claim = login}};

static const struct token_introspector by_login_of_b = {.jwt_iss = issuer_b,
    .names_users = NAMES_USERS_NO,
    .username = {.claim = login}};

static const struct row {
	const struct token_introspector *introspector;
	const char *claims, *user, *why;
} rows[] = {
    {&by_name, "{\"sub\":\"alice\"}", "alice", NULL},
    {&by_name, "{\"box_user\":\"alice\",\"sub\":\"x\"}", "alice", NULL},
    {&by_name, "{\"box_user\":\"bob\",\"sub\":\"alice\"}", "bob", NULL},
    {&by_name, "{\"box_user\":\"\",\"sub\":\"alice\"}", "alice", NULL},
    /* What box_user says is not taken back by sub. */
    {&by_name, "{\"box_user\":\"x\",\"sub\":\"alice\"}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":\"Alice\"}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":\"root\"}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":\"\"}", NULL, "token-no-user"},
    {&by_name, "{}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":[\"alice\"]}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":1,\"box_user\":\"alice\"}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":\"alice\",\"box_user\":null}", NULL, "token-no-user"},
    {&by_name, "{\"sub\":\"carol\"}", NULL, "inactive"},
    /* Where names do not count, the pair does. */
    {&by_pair, "{\"sub\":\"alice\"}", NULL, "token-no-user"},
    {&by_pair, "{\"sub\":\"7781\"}", "bob", NULL},
    {&by_name, "{\"sub\":\"7781\"}", "bob", NULL},
    {&by_pair, "{\"box_user\":\"7781\"}", NULL, "token-no-user"},
    {&of_b, "{\"sub\":\"7781\"}", NULL, "token-no-user"},
    {&without_issuer, "{\"sub\":\"7781\",\"iss\":\"" ISSUER "\"}", NULL,
	"token-no-user"},
    /* The rule for names. */
    {&by_login, "{\"login\":\"dave\"}", "dave", NULL},
    {&by_login, "{\"login\":\"carol\"}", NULL, "inactive"},
    {&by_login, "{\"login\":\"7781\"}", NULL, "token-no-user"},
    {&by_login, "{\"login\":[\"dave\"]}", NULL, "token-no-user"},
    {&by_login, "{\"login\":\"dave\",\"sub\":\"7781\"}", "bob", NULL},
    /* bob is linked: another bob, of his issuer or not, is not he. */
    {&by_login, "{\"login\":\"bob\"}", NULL, "token-no-user"},
    {&by_login, "{\"login\":\"bob\",\"sub\":\"9\"}", NULL, "token-no-user"},
    {&by_login_of_b, "{\"login\":\"bob\",\"sub\":\"7781\"}", NULL,
	"token-no-user"},
    {&by_login_of_b, "{\"login\":\"alice\"}", "alice", NULL},
    {&by_mail, "{\"email\":\"Dave@a.example\",\"email_verified\":true}",
	"dave@a.example", NULL},
    {&by_mail, "{\"email\":\"dave@a.example\"}", NULL, "token-no-user"},
    {&by_mail, "{\"email\":\"dave@a.example\",\"email_verified\":\"true\"}",
	NULL, "token-no-user"},
    {&by_mail, "{\"email\":\"dave@a.example\",\"email_verified\":1}", NULL,
	"token-no-user"},
};

static void
check_row(const struct config *config, const struct row *row)
{
	char user[USER_NAME_BYTES_MAX + 1] = "untouched";
	const char *why = NULL;
	AUTO_JSON claims = NULL;
	int r;

	assert_int_equal(
	    json_parse(row->claims, strlen(row->claims), &claims, NULL), 0);
	r = identity_find(config, row->introspector, claims, user, &why);
	if (r != (row->user != NULL))
		fail_msg("%s: %d", row->claims, r);
	assert_string_equal(user, row->user ? row->user : "untouched");
	if (!row->user)
		assert_string_equal(why, row->why);
}

static void
a_user_is_found_by_name_pair_or_rule(void **state)
{
	struct config config = {.users = users,
	    .user_count = 3,
	    .user_index = pairs,
	    .user_index_count = 1,
	    .introspector_count = 2};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&config, &rows[i]);
}

static void
an_only_introspector_may_name_users(void **state)
{
	static const struct token_introspector unsaid = {.jwt_iss = issuer_a};
	const struct row alone = {
	    &unsaid, "{\"sub\":\"alice\"}", "alice", NULL};
	const struct row beside = {
	    &unsaid, "{\"sub\":\"alice\"}", NULL, "token-no-user"};
	struct config config = {
	    .users = users, .user_count = 3, .introspector_count = 1};

	(void)state;
	check_row(&config, &alone);
	config.introspector_count = 2;
	check_row(&config, &beside);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_user_is_found_by_name_pair_or_rule),
	    cmocka_unit_test(an_only_introspector_may_name_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
