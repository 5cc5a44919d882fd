/*
 * Each allocation of reading a configuration fails in turn, in our code and in
 * the libraries: no crash, no leak, and never a configuration that says less
 * than the whole one does.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "config/loader.h"
#include "jose/jwks.h"
#include "matcho/matcho.h"

#define ALLOCATIONS_MAX 100000
#define STRIDE		3

static const char yaml[] =
    "resourceType: TokenIntrospector\ntype: jwt\njwks_uri: https://a/jwks\n"
    "identity_provider: {id: p}\nusername: {claim: upn, pattern: '(.+)@a'}\n"
    "jwt:\n  aud: [b, c]\n  secret: 0123456789abcdef0123456789abcdef\n"
    "  algs: [HS256, ES256]\n  keys:\n  - kty: EC\n    pub: |\n"
    "      -----BEGIN PUBLIC KEY-----\n"
    "      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE519HJlpEkYMTVTBbwlfvGPFUaquN\n"
    "      bW+4OyxIJ6kc6pAMACuoiElpAfDUhk4a7x9Y8TmHUmxwEc7McfLtw7G63Q==\n"
    "      -----END PUBLIC KEY-----\n"
    "---\nresourceType: TokenIntrospector\nid: o\ntype: opaque\n"
    "introspection_endpoint: {url: 'https://a/i'}\n"
    "client_auth:\n  id: me\n  private_key: |\n"
    "    -----BEGIN PRIVATE KEY-----\n"
    "    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpXzJL1JcR0A4nHrY\n"
    "    1OOgPhjbFXgatv6jSe1AqpMQt5uhRANCAATnX0cmWkSRgxNVMFvCV+8Y8VRqq41t\n"
    "    b7g7LEgnqRzqkAwAK6iISWkB8NSGThrvH1jxOYdSbHARzsxx8u3Dsbrd\n"
    "    -----END PRIVATE KEY-----\n"
    "---\nresourceType: IdentityProvider\nid: p\nissuer: https://p\n"
    "client: {id: me, secret: hunter2}\n"
    "---\nresourceType: User\nid: eve\ndata: {a: [1, b, {c: true}]}\n"
    "identifier: [{system: 'https://p', value: '1'}]\n"
    "---\nresourceType: Role\nname: r\nuser: {reference: User/eve}\n"
    "links: {a: b}\n"
    "---\nresourceType: AccessPolicy\nid: c\nroleName: r\n"
    "link: [{resourceType: User, id: eve}]\nand:\n"
    "- {matcho: {service: sshd, jwt: {aud: '#^a'}}}\n"
    "- or: [{engine: allow}, {matcho: {host: {$enum: [a, b]}}}]\n";

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

/* Allocations until the one that fails; < 0: none does. */
static _Atomic long memory_left = -1;
static _Atomic long memory_used;
static _Atomic long memory_held; /* blocks */

#ifndef __SANITIZE_ADDRESS__
static bool
memory_fails(void)
{
	memory_used++;
	if (memory_left >= 0 && memory_left-- == 0)
		return true;
	memory_held++;
	return false;
}

void *
malloc(size_t size)
{
	return memory_fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	if (memory_fails())
		return NULL;
	memory_held -= p != NULL;
	return __libc_realloc(p, size);
}

void
free(void *p)
{
	memory_held -= p != NULL;
	__libc_free(p);
}
#endif

/* OpenSSL's own blocks fail as well, but it loses some of them then. */
static void *
crypto_malloc(size_t size, const char *file, int line)
{
	void *p = malloc(size);

	(void)file;
	(void)line;
	memory_held -= p != NULL;
	return p;
}

static void *
crypto_realloc(void *old, size_t size, const char *file, int line)
{
	bool is_new = !old;
	void *p = realloc(old, size);

	(void)file;
	(void)line;
	memory_held -= p && is_new;
	return p;
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	memory_held += p != NULL;
	free(p);
}

static bool
matches(const struct policy_node *node, const char *json)
{
	char path[MATCHO_PATH_BYTES_MAX];
	size_t steps = MATCHO_STEPS_MAX;
	AUTO_JSON request = NULL;

	assert_int_equal(json_parse(json, strlen(json), &request, NULL), 0);
	return matcho_match(node->matcho, request, &steps, path) == 1;
}

/* What must be there in any configuration that was handed over. */
static void
check_whole(const struct config *config)
{
	const struct token_introspector *jwt = &config->introspectors[0];
	const struct token_introspector *opaque = &config->introspectors[1];
	const struct policy_node *rule = &config->policies[0].rule;
	char name[USER_NAME_BYTES_MAX + 1];

	assert_int_equal(config->introspector_count, 2);
	assert_string_equal(jwt->jwt_iss, "https://p");
	assert_string_equal(jwt->jwt_aud[1], "c");
	assert_int_equal(jwks_get_count(jwt->jwt_keys), 2);
	assert_non_null(jwt->identity_provider);
	assert_false(config_username_match(&jwt->username, "eve@b", name));
	assert_true(config_username_match(&jwt->username, "eve@a", name));
	assert_non_null(opaque->client_auth.private_key_pem);
	assert_false(config_token_match(opaque, "a password"));
	assert_non_null(
	    config_find_user_by_identifier(config, "https://p", "1"));
	assert_non_null(json_find(config->users[0].data, "a"));
	assert_int_equal(config->role_count, 1);

	assert_int_equal(config->policies[0].link_count, 1);
	assert_string_equal(config->policies[0].role_name, "r");
	assert_int_equal(rule->engine, POLICY_COMPLEX);
	assert_int_equal(rule->all_count, 2);
	assert_int_equal(rule->all[1].any_count, 2);
	assert_true(matches(
	    &rule->all[0], "{\"service\":\"sshd\",\"jwt\":{\"aud\":\"ab\"}}"));
	assert_false(matches(
	    &rule->all[0], "{\"service\":\"sshd\",\"jwt\":{\"aud\":\"b\"}}"));
	assert_true(matches(&rule->all[1].any[1], "{\"host\":\"b\"}"));
	assert_false(matches(&rule->all[1].any[1], "{\"host\":\"c\"}"));
}

/* Returns how many allocations there were. */
static long
read_with(long allocations)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;
	long used;
	int r;

	memory_used = 0;
	memory_left = allocations;
	r = loader_init(&loader, &report);
	if (r == 0) {
		loader_read(&loader, "f.yaml", yaml, sizeof(yaml) - 1, false);
		r = loader_finish(&loader, &config);
	}
	memory_left = -1;
	used = memory_used;
	loader_done(&loader);

	ERR_clear_error(); /* a bounded list of them is kept */
	/* OpenSSL does not tell why it could not read a key. */
	assert_true(r == 0 || r == -ENOMEM || r == -EINVAL);
	assert_int_equal(r == 0, config != NULL);
	if (r == -EINVAL)
		assert_true(report.error_count > 0);
	if (config)
		check_whole(config);
	config_unref(config);
	config_report_done(&report);
	return used;
}

static void
no_allocation_is_taken_for_granted(void **state)
{
	long allocations = 0, used, held;

	(void)state;
	/* Once without, for what is made once and kept; OpenSSL keeps a place
	 * for errors. */
	ERR_raise(ERR_LIB_USER, 1);
	ERR_clear_error();
	assert_in_range(read_with(-1), 500, ALLOCATIONS_MAX);
	do {
		held = memory_held;
		used = read_with(allocations);
		if (memory_held > held)
			fail_msg("%ld blocks more after %ld allocations",
			    memory_held - held, allocations);
		allocations += STRIDE;
	} while (used > allocations - STRIDE);
	print_message(
	    "# each %d. of %ld allocations failed\n", STRIDE, allocations);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_allocation_is_taken_for_granted),
	};

#ifdef __SANITIZE_ADDRESS__
	printf("1..1\nok 1 - memory # SKIP the sanitizer has a malloc of its "
	       "own\n");
	return 0;
#endif
	if (CRYPTO_set_mem_functions(
		crypto_malloc, crypto_realloc, crypto_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
