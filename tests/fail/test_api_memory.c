/*
 * Every allocation that serving one call makes fails in turn. Whatever comes
 * of it: no crash, the connection is answered or closed, a refusal stays a
 * refusal, and the store is sound.
 */
#include <grp.h>
#include <stdatomic.h>

#include "tests/unit/api_host.h"
#include "tests/unit/api_token.h"

#define ALLOCATIONS_MAX 5000

/* Allocations of the serving thread, and the one that fails; 0: none. */
static _Thread_local bool counts;
static atomic_uint counted, fails_at;

static bool
is_to_fail(void)
{
	return counts && ++counted == fails_at;
}

#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *
malloc(size_t size)
{
	return is_to_fail() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_to_fail() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *block, size_t size)
{
	return is_to_fail() ? NULL : __libc_realloc(block, size);
}
#endif

/* The C library's own loads modules, and aborts without memory for their
 * thread-local data. */
int
getgrouplist(const char *user, gid_t group, gid_t *ret_groups, int *ret_count)
{
	(void)user;
	if (*ret_count < 1)
		return -1;
	ret_groups[0] = group;
	*ret_count = 1;
	return 1;
}

int
getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
    struct group **ret)
{
	(void)snprintf(buffer, size, "g%u", (unsigned)gid);
	*entry = (struct group){.gr_name = buffer, .gr_gid = gid};
	*ret = entry;
	return 0;
}

static void *
serve_short_of_memory(void *context)
{
	counts = true;
	(void)host_serve(context);
	counts = false;
	return NULL;
}

/* 1: done; 0: refused; < 0: no answer came. */
static int
call(uid_t uid, const char *method, const cJSON *parameters)
{
	struct varlink_reply reply = {0};
	struct varlink_client client = {0};
	struct host_server server = {.uid = uid};
	pthread_t thread;
	int pair[2], r;

	r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	assert_int_equal(r, 0);
	client.fd = pair[0];
	server.fd = pair[1];
	r = pthread_create(&thread, NULL, serve_short_of_memory, &server);
	assert_int_equal(r, 0);
	r = varlink_client_call(&client, method, parameters, false,
	    stream_now_ms() + HOST_CALL_MS, &reply);
	varlink_client_done(&client);
	(void)pthread_join(thread, NULL);
	if (r == 0)
		r = reply.error == NULL;
	varlink_reply_done(&reply);
	host->audit_count = host->notice_count = host->sent_count = 0;
	return r;
}

/* Call with each allocation failing; `may_succeed` false: never done. */
static void
call_without_memory(uid_t uid, const char *method, const char *code,
    const char *second, bool may_succeed)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	unsigned n = 0;
	int r;

	if (second)
		(void)cJSON_AddStringToObject(parameters, second, "x");
	if (code)
		(void)cJSON_AddStringToObject(parameters, "code", code);
	do {
		counted = 0;
		fails_at = ++n;
		r = call(uid, method, parameters);
		fails_at = 0;
		assert_true(r <= 0 || may_succeed);
		/* A budget that is used up would hide what comes after. */
		host->now_unix_s += 2 * 86400;
	} while (counted >= n && n < ALLOCATIONS_MAX);
	assert_in_range(n, 10, ALLOCATIONS_MAX - 1);
}

/* ---- tokens ---- */

#define DENIES                                                                 \
	TOKEN_CONFIG "---\n{resourceType: AccessPolicy, id: p, matcho: "       \
		     "{jwt: {sub: {$not: alice}, iss: '#^https'}}}\n"          \
		     "---\n{resourceType: AccessPolicy, id: q, link: "         \
		     "[{resourceType: User, id: bob}], engine: allow}\n"
#define ALLOWS                                                                 \
	TOKEN_CONFIG                                                           \
	"---\n{resourceType: AccessPolicy, id: p, matcho: "                    \
	"{jwt: {sub: alice}, role: {$contains: {name: nurse}}}}\n"

struct token_call {
	uid_t uid;
	const char *method, *sub; /* `sub` NULL: without a token */
	const char *name, *value; /* of another parameter; NULL: none */
	bool is_fresh;		  /* alice logged in just now */
	bool may_succeed;
};

static void
log_in(void)
{
	struct fresh_login *login = calloc(1, sizeof(*login));

	assert_non_null(login);
	*login = (struct fresh_login){.uid = HOST_ALICE,
	    .user = "alice",
	    .introspector = "idp",
	    .claims = cJSON_CreateObject(),
	    .at_ms = clock_monotonic_ms(),
	    .at_unix_s = host->now_unix_s,
	    .expires_unix_s = host->now_unix_s + 600};
	fresh_put(host->daemon.fresh, login);
}

static void
call_token_without_memory(const struct token_call *it)
{
	unsigned n = 0;
	int r = 0;

	do {
		AUTO_JSON parameters = cJSON_CreateObject();

		if (it->sub)
			(void)cJSON_AddStringToObject(parameters, "token",
			    token_sign(it->sub, TOKEN_KEY));
		if (it->name)
			(void)cJSON_AddStringToObject(
			    parameters, it->name, it->value);
		if (it->is_fresh)
			log_in();
		counted = 0;
		fails_at = ++n;
		r = call(it->uid, it->method, parameters);
		fails_at = 0;
		if (r > 0 && !it->may_succeed)
			fail_msg("%s, allocation %u", it->method, n);
		/* One may be made whose token nobody was told, and there is a
		 * bound to them, which would hide the rest. */
		assert_call(
		    "", HOST_ROOT, "Session.RevokeAll", "{'everybody': true}");
		host->audit_count = 0;
	} while (counted >= n && n < ALLOCATIONS_MAX);
	assert_in_range(n, 10, ALLOCATIONS_MAX - 1);
	if ((r > 0) != it->may_succeed)
		fail_msg("%s: %d at the end", it->method, r);
}

static void
tokens_are_judged_or_not_without_memory(void **state)
{
	static const struct token_call denied[] = {
	    {.uid = HOST_ROOT,
		.method = "io.authbox.Token.Authorize",
		.sub = "alice",
		.name = "service",
		.value = "sshd"},
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Token.Authorize",
		.sub = "bob",
		.name = "service",
		.value = "sshd"},
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Session.Create",
		.sub = "bob"},
	    {.uid = HOST_BOB,
		.method = "io.authbox.Session.Create",
		.is_fresh = true},
	};
	static const struct token_call allowed[] = {
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Token.Introspect",
		.sub = "alice",
		.may_succeed = true},
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Token.Authorize",
		.sub = "alice",
		.name = "service",
		.value = "sshd",
		.may_succeed = true},
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Session.Create",
		.sub = "alice",
		.may_succeed = true},
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Session.Create",
		.is_fresh = true,
		.may_succeed = true},
	    {.uid = HOST_ALICE,
		.method = "io.authbox.Session.List",
		.may_succeed = true},
	};

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	host_configure(DENIES);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		call_token_without_memory(&denied[i]);
	host_configure(ALLOWS);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		call_token_without_memory(&allowed[i]);
	assert_call("", HOST_ROOT, "Store.Check", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "sound")));
}

static bool
is_enrolled(void)
{
	AUTO(user_record) record = host_record("alice", HOST_ALICE);

	return record && user_record_is_enrolled(record);
}

static void
calls_are_refused_without_memory(void **state)
{
	AUTO(app) app = NULL;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* it has an allocator of its own */
#endif
	app = host_enrol(HOST_ALICE);
	call_without_memory(
	    HOST_ALICE, "io.authbox.TwoFactor.Disable", "000000", NULL, false);
	call_without_memory(HOST_ALICE, "io.authbox.TwoFactor.Recovery",
	    "AAAA-AAAA-AAAA-AAAA", NULL, false);
	call_without_memory(
	    HOST_ALICE, "io.authbox.TwoFactor.Request", NULL, "device", false);
	call_without_memory(
	    HOST_ALICE, "io.authbox.TwoFactor.Replace", "000000", NULL, false);
	call_without_memory(
	    HOST_BOB, "io.authbox.TwoFactor.Status", NULL, "user", false);
	call_without_memory(
	    HOST_BOB, "io.authbox.TwoFactor.Reset", NULL, "user", false);
	assert_true(is_enrolled());
	assert_call("", HOST_ROOT, "Store.Check", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "sound")));
}

static void
calls_are_done_or_refused_without_memory(void **state)
{
	static const char *const methods[] = {"TwoFactor.Request",
	    "TwoFactor.Status", "Store.Check", "Store.ExportKey",
	    "Store.AcceptClock", "Daemon.Status", "Daemon.Stats",
	    "Daemon.ConfigExplain", "Daemon.ConfigCheck", "Daemon.Reload"};
	char name[64];

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		(void)snprintf(name, sizeof(name), "io.authbox.%s", methods[i]);
		call_without_memory(HOST_ROOT, name, NULL, NULL, true);
	}
	assert_call("", HOST_ROOT, "Store.Check", "{}");
	assert_true(cJSON_IsTrue(json_find(host->reply.parameters, "sound")));
	assert_call("", HOST_ROOT, "TwoFactor.Request", "{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(calls_are_refused_without_memory),
	    HOST_TEST(calls_are_done_or_refused_without_memory),
	    HOST_TEST(tokens_are_judged_or_not_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
