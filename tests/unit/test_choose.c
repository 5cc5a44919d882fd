/* Who judges a token: each row a token and the introspector that may see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/regex.h"
#include "token/choose.h"

#define ISSUER_A "https://a.example"
#define ISSUER_B "https://b.example"
#define OPAQUE	 "0123456789abcdef0123"

/* The configuration owns its texts, so they are not constant. */
static char id_a[] = "a", id_b[] = "b", id_o[] = "o", id_p[] = "p",
	    id_off[] = "off";
static char issuer_a[] = ISSUER_A, issuer_b[] = ISSUER_B;
static char issuer_off[] = "https://off.example";
static char issuer_p[] = "https://p.example";

static struct token_introspector many[] = {
    {.id = id_a, .active = true, .jwt_iss = issuer_a},
    {.id = id_b, .active = true, .jwt_iss = issuer_b},
    {.id = id_off, .jwt_iss = issuer_off},
    {.id = id_o, .active = true, .type = INTROSPECTOR_OPAQUE},
};
static struct token_introspector two_opaque[] = {
    {.id = id_o, .active = true, .type = INTROSPECTOR_OPAQUE},
    {.id = id_p,
	.active = true,
	.type = INTROSPECTOR_OPAQUE,
	.jwt_iss = issuer_p},
};

static const struct config with_many = {
    .introspectors = many, .introspector_count = 4};
static const struct config with_two_opaque = {
    .introspectors = two_opaque, .introspector_count = 2};
static const struct config with_one_opaque = {
    .introspectors = two_opaque, .introspector_count = 1};
static const struct config with_one_jwt = {
    .introspectors = many, .introspector_count = 1};
static const struct config with_none = {.introspector_count = 0};

static const struct row {
	const struct config *config;
	const char *wanted, *token;
	bool is_jwt;
	const char *issuer;
	const char *id, *why; /* one of them */
} rows[] = {
    /* By the exact issuer. */
    {&with_many, NULL, OPAQUE, true, ISSUER_A, "a", NULL},
    {&with_many, "", OPAQUE, true, ISSUER_B, "b", NULL},
    {&with_many, NULL, OPAQUE, true, ISSUER_A "/", NULL, "token-issuer"},
    {&with_many, NULL, OPAQUE, true, "https://A.example", NULL, "token-issuer"},
    {&with_many, NULL, OPAQUE, true, "", NULL, "token-issuer"},
    {&with_many, NULL, OPAQUE, true, NULL, NULL, "token-issuer"},
    {&with_many, NULL, OPAQUE, true, "https://off.example", NULL,
	"introspector-inactive"},
    {&with_many, "a", OPAQUE, true, ISSUER_A, "a", NULL},
    {&with_many, "a", OPAQUE, true, ISSUER_B, NULL, "token-issuer"},
    {&with_many, "a", OPAQUE, true, NULL, NULL, "token-issuer"},
    {&with_many, "a", OPAQUE, false, NULL, NULL, "token-malformed"},
    {&with_many, "off", OPAQUE, true, "https://off.example", NULL,
	"introspector-inactive"},
    {&with_many, "none", OPAQUE, false, NULL, NULL, "introspector-unknown"},

    /* An opaque one goes to the one that there is. */
    {&with_many, NULL, OPAQUE, false, NULL, "o", NULL},
    {&with_many, "o", OPAQUE, false, NULL, "o", NULL},
    {&with_one_jwt, NULL, OPAQUE, false, NULL, NULL, "token-malformed"},
    {&with_none, NULL, OPAQUE, false, NULL, NULL, "token-malformed"},
    {&with_none, NULL, OPAQUE, true, ISSUER_A, NULL, "token-issuer"},
    {&with_two_opaque, NULL, OPAQUE, false, NULL, NULL,
	"introspector-ambiguous"},
    {&with_two_opaque, "p", OPAQUE, false, NULL, "p", NULL},

    /* What may be a password goes to none. */
    {&with_many, NULL, "hunter2", false, NULL, NULL, "token-malformed"},
    {&with_many, "o", "hunter2", false, NULL, NULL, "token-malformed"},
    {&with_one_opaque, NULL, "correct horse battery staple", false, NULL, NULL,
	"token-malformed"},
    {&with_one_opaque, "o", "0123456789abcdef0123\n", false, NULL, NULL,
	"token-malformed"},

    /* A JWT for an endpoint: only its own issuer's, or the only one. */
    {&with_one_opaque, NULL, OPAQUE, true, ISSUER_A, "o", NULL},
    {&with_two_opaque, NULL, OPAQUE, true, "https://p.example", "p", NULL},
    {&with_two_opaque, NULL, OPAQUE, true, ISSUER_A, NULL, "token-issuer"},
    {&with_two_opaque, "p", OPAQUE, true, ISSUER_A, NULL, "token-issuer"},
    {&with_two_opaque, "o", OPAQUE, true, ISSUER_A, "o", NULL},
};

static void
a_token_goes_to_one_introspector_at_most(void **state)
{
	AUTO(regex) pattern = NULL;
	char fault[REGEX_WHY_BYTES_MAX];

	(void)state;
	assert_int_equal(
	    regex_parse("[A-Za-z0-9._~+/=-]{20,}", &pattern, fault), 0);
	many[3].token_compiled = pattern;
	two_opaque[0].token_compiled = two_opaque[1].token_compiled = pattern;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		const struct token_introspector *found = NULL;
		const char *why = NULL;
		int r = choose_introspector(row->config, row->wanted,
		    row->token, row->is_jwt, row->issuer, &found, &why);

		if (r != (row->id != NULL) ||
		    !streq(r > 0 ? found->id : why, r > 0 ? row->id : row->why))
			fail_msg("row %zu: %s", i, r > 0 ? found->id : why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_goes_to_one_introspector_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
