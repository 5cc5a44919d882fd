/*
 * Every allocation that serving one call makes fails in turn. Whatever comes
 * of it: no crash, the connection is answered or closed, a refusal stays a
 * refusal, and the store is sound.
 */
#include <stdatomic.h>

#include "tests/unit/api_host.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
