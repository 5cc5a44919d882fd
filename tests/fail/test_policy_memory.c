/*
 * Every allocation of reading a pattern and of deciding by policies fails in
 * turn. There is no crash, nothing is left behind, and nobody is let in who is
 * refused with memory.
 */
#include <stdatomic.h>
#include <time.h>

#include <malloc.h>

#include "tests/unit/policy_host.h"

#define ALLOCATIONS_MAX 5000

static atomic_bool counts;
static atomic_uint counted, fails_at; /* 0: none fails */
static atomic_int alive;

#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static bool
is_to_fail(void)
{
	return counts && ++counted == fails_at;
}

static void *
note(void *block)
{
	alive += counts && block;
	return block;
}

void *
malloc(size_t size)
{
	return is_to_fail() ? NULL : note(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return is_to_fail() ? NULL : note(__libc_calloc(count, size));
}

void *
realloc(void *block, size_t size)
{
	if (is_to_fail())
		return NULL;
	return block ? __libc_realloc(block, size) : note(__libc_malloc(size));
}

void
free(void *block)
{
	alive -= counts && block;
	__libc_free(block);
}
#endif

static void
skip_where_malloc_is_not_ours(void)
{
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
}

/* Call it with each allocation failing; it returns 0 when it was done. */
static void
run_without_memory(int (*call)(const void *context), const void *context)
{
	unsigned n = 0;
	int r;

	do {
		counted = 0;
		alive = 0;
		fails_at = ++n;
		counts = true;
		r = call(context);
		counts = false;
		assert_int_equal(alive, 0);
		assert_true(r == 0 || r == -ENOMEM);
	} while (counted >= n && n < ALLOCATIONS_MAX);
	assert_int_equal(r, 0);
	assert_in_range(n, 10, ALLOCATIONS_MAX - 1);
}

static int
compile_once(const void *context)
{
	AUTO(matcho) matcho = NULL;
	struct matcho_error error;

	return matcho_compile(context, &matcho, &error);
}

static void
a_pattern_is_read_or_not(void **state)
{
	AUTO_JSON pattern = NULL;

	(void)state;
	skip_where_malloc_is_not_ours();
	pattern = host_json(
	    "{'a': {'$one-of': [{'b': '#^x$'}, '.c.d', 'present?']}, "
	    "'e': {'$contains': {'$not': 1}, '$length': 2}, 'f': ['x', true]}");
	run_without_memory(compile_once, pattern);
}

struct trial {
	struct policy_request request;
	bool is_allowed; /* with memory */
};

static int
decide_once(const void *context)
{
	const struct trial *trial = context;
	struct policy_verdict verdict = {.is_allowed = false};
	int r = policy_decide(&trial->request, &verdict);

	if (r == 0 && verdict.is_allowed != trial->is_allowed)
		return -EPERM;
	return verdict.is_allowed && r < 0 ? -EPERM : r;
}

static const char configuration[] =
    "---\n{resourceType: AccessPolicy, id: p1, roleName: r, "
    "matcho: {role: {name: r}, jwt: {a: '#^x'}, "
    "network: {$contains: 10.0.0.0/8}}}\n"
    "---\n{resourceType: AccessPolicy, id: p2, "
    "matcho: {jwt: {a: {$not: '#^y'}}, group: {$contains: wheel}}}\n"
    "---\n{resourceType: Role, name: r, user: {id: alice}, links: {a: 1}}\n"
    "---\n{resourceType: User, id: alice, email: a@b.example, "
    "data: {a: 1}, identifier: [{system: s, value: v}]}\n";

static void
a_verdict_is_right_or_there_is_none(void **state)
{
	static char wheel[] = "wheel";
	char *const groups[] = {wheel, NULL};
	struct config *config;
	AUTO_JSON good = NULL;
	AUTO_JSON bad = NULL;
	struct trial trial = {.is_allowed = true};

	(void)state;
	skip_where_malloc_is_not_ours();
	config = host_load(configuration);
	good = host_json("{'a': 'z'}");
	bad = host_json("{'a': 'y'}");
	trial.request = host_request(config, good);
	trial.request.groups = groups;
	trial.request.client_id = "c";
	run_without_memory(decide_once, &trial);

	trial.request.jwt = bad;
	trial.is_allowed = false;
	run_without_memory(decide_once, &trial);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pattern_is_read_or_not),
	    cmocka_unit_test(a_verdict_is_right_or_there_is_none),
	};

	/* The C library reads the time zone once, and keeps it. */
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
