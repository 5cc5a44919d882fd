/*
 * Tokens that are good somewhere else, forged ones, and passwords typed where a
 * token is asked for: what the daemon says, and what leaves the host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "tests/harness/issuer_box.h"
#include "tests/harness/store_box.h"
#include "tests/unit/fake_fetch.h"
#include "token/tokens.h"

#define OPAQUE "0123456789abcdef0123"

static const char two_issuers[] =
    "resourceType: TokenIntrospector\nid: a\ntype: jwt\n"
    "jwks_uri: https://a.example/jwks\n"
    "jwt: {iss: 'https://a.example', aud: [host1]}\nnamesUsers: true\n"
    "---\n"
    "resourceType: TokenIntrospector\nid: b\ntype: jwt\n"
    "jwks_uri: https://b.example/jwks\n"
    "jwt: {iss: 'https://b.example', aud: [host1]}\nnamesUsers: false\n"
    "---\n"
    "resourceType: User\nid: alice\n";

static const char one_endpoint[] =
    "resourceType: TokenIntrospector\nid: o\ntype: opaque\n"
    "introspection_endpoint:\n"
    "  url: https://o.example/introspect\n"
    "  authorization: Bearer xyz\n"
    "cache_ttl: 60\n"
    "---\n"
    "resourceType: User\nid: alice\n";

struct scene {
	struct box *box;
	struct config *config;
	struct fake_fetch fetch;
	struct tokens *tokens;
};

static void
scene_begin(struct scene *scene, void **state, const char *yaml,
    const char *const *script)
{
	struct config_report report = {0};
	char path[128];
	FILE *file;

	*scene = (struct scene){.box = *state};
	(void)snprintf(path, sizeof(path), "%s/config.yaml", scene->box->root);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(yaml, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0); /* secrets are in it */
	if (config_load(scene->box->root, &scene->config, &report) < 0)
		fail_msg("%s", report.messages[0].text);
	config_report_done(&report);
	fake_fetch_start(&scene->fetch, script);
	scene->tokens = tokens_new(scene->box->store, scene->fetch.path);
	assert_non_null(scene->tokens);
}

static void
scene_end(struct scene *scene)
{
	tokens_free(scene->tokens);
	fake_fetch_stop(&scene->fetch);
	config_unref(scene->config);
}

/* The reason to refuse, "good", or "unavailable". */
static const char *
check(struct scene *scene, const char *wanted, const char *text,
    char ret_user[USER_NAME_BYTES_MAX + 1])
{
	struct token_verdict verdict = {0};
	AUTO(secret) token = secret_copy(text, strlen(text));
	struct token_user user;
	const char *why;
	int r;

	ret_user[0] = '\0';
	r = tokens_check(scene->tokens, scene->config, wanted, token,
	    clock_monotonic_ms() + 5000, &verdict);
	if (r < 0)
		return "unavailable";
	assert_int_equal(verdict.is_active, !verdict.why);
	assert_int_equal(verdict.is_active, verdict.claims != NULL);
	why = verdict.why ? verdict.why : "good";
	if (verdict.is_active && tokens_find_user(scene->tokens, scene->config,
				     &verdict, &user, &why) > 0)
		(void)strcpy(ret_user, user.name);
	token_verdict_done(&verdict);
	return why;
}

static struct secret *
sign(const struct issuer_box *issuer, const char *kid, const char *iss,
    const char *aud)
{
	char claims[256];

	(void)snprintf(claims, sizeof(claims),
	    "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"alice\",\"exp\":%lld}",
	    iss, aud, (long long)clock_unix_s() + 300);
	return issuer_box_sign(issuer, kid, claims);
}

static void
expect(struct scene *scene, const char *wanted, struct secret *take_token,
    const char *why, const char *user)
{
	AUTO(secret) token = take_token;
	char found[USER_NAME_BYTES_MAX + 1];

	assert_string_equal(check(scene, wanted, token->bytes, found), why);
	assert_string_equal(found, user);
}

static void
one_issuers_key_never_serves_another(void **state)
{
	struct issuer_box a = issuer_box_new("k"), b = issuer_box_new("k");
	AUTO_TEXT set_a = issuer_box_set(&a);
	AUTO_TEXT set_b = issuer_box_set(&b);
	AUTO_TEXT reply_a = issuer_box_reply(200, set_a);
	AUTO_TEXT reply_b = issuer_box_reply(200, set_b);
	const char *const script[] = {reply_a, reply_b, NULL};
	struct scene scene;

	scene_begin(&scene, state, two_issuers, script);
	expect(&scene, NULL, sign(&a, "k", "https://a.example", "host1"),
	    "good", "alice");
	/* B's names are nobody's here, though its tokens are good. */
	expect(&scene, NULL, sign(&b, "k", "https://b.example", "host1"),
	    "token-no-user", "");
	/* B's key under A's name, even where A's is wanted. */
	expect(&scene, NULL, sign(&b, "k", "https://a.example", "host1"),
	    "token-signature", "");
	expect(&scene, "a", sign(&b, "k", "https://a.example", "host1"),
	    "token-signature", "");
	expect(&scene, "a", sign(&b, "k", "https://b.example", "host1"),
	    "token-issuer", "");
	/* A's token for another host. */
	expect(&scene, NULL, sign(&a, "k", "https://a.example", "host2"),
	    "token-audience", "");
	expect(&scene, NULL, sign(&a, "k", "https://a.example/", "host1"),
	    "token-issuer", "");
	assert_int_equal(scene.fetch.count, 2);
	scene_end(&scene);
	issuer_box_done(&a);
	issuer_box_done(&b);
}

static void
forged_key_ids_make_one_fetch_and_hinder_nobody(void **state)
{
	struct issuer_box a = issuer_box_new("k"), thief = issuer_box_new("k");
	AUTO_TEXT set = issuer_box_set(&a);
	AUTO_TEXT reply = issuer_box_reply(200, set);
	const char *const script[] = {reply, NULL};
	struct scene scene;
	char kid[32];

	scene_begin(&scene, state, two_issuers, script);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(kid, sizeof(kid), "forged-%d", i);
		expect(&scene, NULL,
		    sign(&thief, kid, "https://a.example", "host1"),
		    "token-unknown-key", "");
	}
	expect(&scene, NULL, sign(&a, "k", "https://a.example", "host1"),
	    "good", "alice");
	assert_int_equal(scene.fetch.count, 1);
	scene_end(&scene);
	issuer_box_done(&a);
	issuer_box_done(&thief);
}

static void
a_password_never_leaves_the_host(void **state)
{
	static const char *const script[] = {
	    "{\"parameters\":{\"status\":200,\"body\":\"{\\\"active\\\":true,"
	    "\\\"sub\\\":\\\"alice\\\"}\"}}|",
	    NULL};
	static const char *const answers[] = {"hunter2", "",
	    "correct horse battery staple", "0123456789abcdef012\xc3\xa9",
	    "abx_0123456789abcdef0123456789abcdef",
	    "abx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	char user[USER_NAME_BYTES_MAX + 1];
	struct scene scene;

	scene_begin(&scene, state, one_endpoint, script);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		assert_string_not_equal(
		    check(&scene, NULL, answers[i], user), "good");
		assert_string_not_equal(
		    check(&scene, "o", answers[i], user), "good");
	}
	assert_int_equal(scene.fetch.count, 0);
	/* What may be a token does, once. */
	assert_string_equal(check(&scene, NULL, OPAQUE, user), "good");
	assert_string_equal(user, "alice");
	assert_string_equal(check(&scene, "o", OPAQUE, user), "good");
	assert_int_equal(scene.fetch.count, 1);
	scene_end(&scene);
}

static void
an_endpoint_that_fails_does_not_make_a_token_bad(void **state)
{
	static const char *const script[] = {
	    "{\"parameters\":{\"status\":503,\"body\":\"\"}}|",
	    "{\"parameters\":{\"status\":200,\"body\":\"<html>\"}}|",
	    "{\"parameters\":{\"status\":401,\"body\":\"{}\"}}|",
	    "{\"parameters\":{\"status\":200,\"body\":\"{\\\"active\\\":true,"
	    "\\\"sub\\\":\\\"alice\\\"}\"}}|",
	    NULL};
	char user[USER_NAME_BYTES_MAX + 1];
	struct scene scene;

	scene_begin(&scene, state, one_endpoint, script);
	for (int i = 0; i < 3; i++)
		assert_string_equal(
		    check(&scene, NULL, OPAQUE, user), "unavailable");
	assert_string_equal(check(&scene, NULL, OPAQUE, user), "good");
	assert_int_equal(scene.fetch.count, 4);
	scene_end(&scene);
}

static void
a_revoked_token_is_asked_about_once_while_remembered(void **state)
{
	static const char *const script[] = {
	    "{\"parameters\":{\"status\":200,\"body\":"
	    "\"{\\\"active\\\":false}\"}}|",
	    NULL};
	char user[USER_NAME_BYTES_MAX + 1];
	struct scene scene;

	scene_begin(&scene, state, one_endpoint, script);
	for (int i = 0; i < 50; i++)
		assert_string_equal(
		    check(&scene, NULL, OPAQUE, user), "token-inactive");
	assert_int_equal(scene.fetch.count, 1);
	scene_end(&scene);
}

static void
a_session_is_good_here_and_dies_with_its_introspector(void **state)
{
	static const char *const script[] = {"", NULL};
	struct session session = {.user = "alice",
	    .uid = 1001,
	    .expires_unix_s = clock_unix_s() + 300,
	    .introspector = "o"};
	char id[SESSION_ID_DIGITS + 1], user[USER_NAME_BYTES_MAX + 1];
	AUTO(secret) token = NULL;
	AUTO(secret) orphan = NULL;
	AUTO_JSON claims = cJSON_Parse("{\"sub\":\"alice\"}");
	struct scene scene;

	session.claims = claims;
	scene_begin(&scene, state, one_endpoint, script);
	assert_int_equal(session_create(scene.box->store, &session,
			     clock_unix_s(), &token, id),
	    0);
	(void)snprintf(
	    session.introspector, sizeof(session.introspector), "gone");
	assert_int_equal(session_create(scene.box->store, &session,
			     clock_unix_s(), &orphan, id),
	    0);
	assert_string_equal(check(&scene, NULL, token->bytes, user), "good");
	assert_string_equal(user, "alice");
	assert_string_equal(check(&scene, "o", token->bytes, user), "good");
	assert_string_equal(
	    check(&scene, "a", token->bytes, user), "token-issuer");
	assert_string_equal(
	    check(&scene, NULL, orphan->bytes, user), "introspector-unknown");
	assert_int_equal(scene.fetch.count, 0);
	scene_end(&scene);
}

static int
note_key(void *context, const char *key, const struct secret *value)
{
	struct secret **digest = context;
	AUTO(secret)
	grown = secret_new((*digest)->size + strlen(key) + 1 + value->size);

	assert_non_null(grown);
	memcpy(grown->bytes, (*digest)->bytes, (*digest)->size);
	(void)stpcpy(grown->bytes + (*digest)->size, key);
	memcpy(grown->bytes + grown->size - value->size, value->bytes,
	    value->size);
	secret_free(*digest);
	*digest = TAKE(grown);
	return 0;
}

/* All that the store holds. */
static struct secret *
store_contents(struct store *store)
{
	struct secret *contents = secret_new(0);

	assert_non_null(contents);
	assert_true(store_list(store, "", note_key, &contents) >= 0);
	return contents;
}

/* No state changes before a signature was found good: nobody can use up, fill
 * or lock what belongs to others. */
static void
forged_tokens_leave_the_store_as_it_was(void **state)
{
	struct issuer_box a = issuer_box_new("k"), thief = issuer_box_new("k");
	AUTO_TEXT set = issuer_box_set(&a);
	AUTO_TEXT reply = issuer_box_reply(200, set);
	const char *const script[] = {reply, "", NULL};
	static const char *const kids[] = {"k", "k", "K", ""};
	char user[USER_NAME_BYTES_MAX + 1], text[64];
	AUTO(secret) before = NULL;
	AUTO(secret) after = NULL;
	struct scene scene;

	scene_begin(&scene, state, two_issuers, script);
	expect(&scene, NULL, sign(&a, "k", "https://a.example", "host1"),
	    "good", "alice");
	before = store_contents(scene.box->store);
	assert_true(before->size > 0);
	for (int i = 0; i < 2000; i++) {
		AUTO(secret)
		forged =
		    sign(&thief, kids[i % 4], "https://a.example", "host1");

		assert_string_not_equal(
		    check(&scene, NULL, forged->bytes, user), "good");
		(void)snprintf(text, sizeof(text), "abx_%032d", i);
		assert_string_not_equal(
		    check(&scene, NULL, text, user), "good");
		forged->bytes[forged->size / 2] = '\0';
		assert_string_not_equal(
		    check(&scene, NULL, forged->bytes, user), "good");
	}
	after = store_contents(scene.box->store);
	assert_int_equal(after->size, before->size);
	assert_memory_equal(after->bytes, before->bytes, before->size);
	scene_end(&scene);
	issuer_box_done(&a);
	issuer_box_done(&thief);
}

/* The issuer is asked where the configuration says, and nowhere else. */
static void
an_address_in_the_header_is_never_asked(void **state)
{
	static const char *const headers[] = {
	    "\"jku\":\"https://evil.example/jwks\"",
	    "\"x5u\":\"https://evil.example/cert\"",
	    "\"jku\":\"https://a.example/jwks\",\"kid\":\"k\"",
	    "\"kid\":\"https://evil.example/jwks\"",
	    "\"kid\":\"../../../../etc/authbox/x\"",
	    "\"kid\":\"k' or '1'='1\"",
	    "\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\"}",
	};
	struct issuer_box a = issuer_box_new("k");
	AUTO_TEXT set = issuer_box_set(&a);
	AUTO_TEXT reply = issuer_box_reply(200, set);
	const char *const script[] = {reply, NULL};
	char user[USER_NAME_BYTES_MAX + 1], token[2048], header[256];
	static const char claims[] = "{\"iss\":\"https://a.example\","
				     "\"sub\":\"alice\",\"exp\":9999999999}";
	struct scene scene;

	scene_begin(&scene, state, two_issuers, script);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		size_t used;

		(void)snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",%s}",
		    headers[i]);
		base64url_encode(header, strlen(header), token);
		used = strlen(token);
		token[used++] = '.';
		base64url_encode(claims, strlen(claims), token + used);
		used = strlen(token);
		token[used++] = '.';
		memset(token + used, 'A', 86);
		token[used + 86] = '\0';
		assert_string_not_equal(
		    check(&scene, NULL, token, user), "good");
	}
	for (size_t i = 0; i < scene.fetch.count; i++) {
		const char *url = NULL;

		(void)json_find_text(
		    json_find(scene.fetch.questions[i], "parameters"), "url",
		    &url);
		assert_string_equal(url, "https://a.example/jwks");
	}
	assert_int_equal(scene.fetch.count, 1);
	scene_end(&scene);
	issuer_box_done(&a);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(one_issuers_key_never_serves_another),
	    TEST(forged_key_ids_make_one_fetch_and_hinder_nobody),
	    TEST(a_password_never_leaves_the_host),
	    TEST(an_endpoint_that_fails_does_not_make_a_token_bad),
	    TEST(a_revoked_token_is_asked_about_once_while_remembered),
	    TEST(a_session_is_good_here_and_dies_with_its_introspector),
	    TEST(forged_tokens_leave_the_store_as_it_was),
	    TEST(an_address_in_the_header_is_never_asked),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
