/*
 * Every allocation that authbox-userdb makes for one call, and for its start,
 * fails in turn. Whatever comes of it, the same call does afterwards what it
 * says, and nobody has an id that is not his.
 */
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness/memory_faults.h"
#include "tests/harness/userdb_box.h"

#define CALL_MS 30000
#define CONFIG                                                                 \
	"resourceType: Provisioning\n"                                         \
	"uidRange: {min: 70000, max: 99999}\n"                                 \
	"groups:\n  map:\n"                                                    \
	"    - {value: a, group: box-users}\n"                                 \
	"    - {value: b, group: sudo, powerful: true}\n"

/* The C library's own load modules, and abort without memory for their
 * thread-local data. There is nobody else on this host. */
#define NOBODY_HAS(name, type, by)                                             \
	int name(by, struct type *entry, char *buffer, size_t size,            \
	    struct type **ret)                                                 \
	{                                                                      \
		(void)key, (void)entry, (void)buffer, (void)size;              \
		*ret = NULL;                                                   \
		return 0;                                                      \
	}
NOBODY_HAS(getpwnam_r, passwd, const char *key)
NOBODY_HAS(getpwuid_r, passwd, uid_t key)
NOBODY_HAS(getgrnam_r, group, const char *key)
NOBODY_HAS(getgrgid_r, group, gid_t key)

static int
set_up(void **state)
{
	struct userdb_box *box = malloc(sizeof(*box));

	assert_non_null(box);
	userdb_box_init(box);
	userdb_box_configure(box, CONFIG);
	userdb_box_reopen(box);
	*state = box;
	return 0;
}

static int
tear_down(void **state)
{
	userdb_box_done(*state);
	free(*state);
	return 0;
}

static void *
serve_short_of_memory(void *context)
{
	const struct connection *connection = context;

	memory_begin();
	userdb_service_serve(connection);
	memory_end();
	(void)close(connection->fd); /* as the listener does */
	return NULL;
}

/* 1: done; 0: refused; < 0: no answer came. */
static int
call_without_memory(
    struct userdb_box *box, const char *method, const char *text)
{
	struct userdb_service service = {&box->userdb, 12345};
	struct connection connection = {.uid = 12345, .context = &service};
	struct varlink_client client = {0};
	struct varlink_reply reply = {0};
	AUTO_JSON parameters = cJSON_Parse(text);
	pthread_t thread;
	int fds[2], r;

	assert_non_null(parameters);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	client.fd = fds[0];
	connection.fd = fds[1];
	assert_int_equal(
	    pthread_create(&thread, NULL, serve_short_of_memory, &connection),
	    0);
	r = varlink_client_call(&client, method, parameters, false,
	    stream_now_ms() + CALL_MS, &reply);
	varlink_client_done(&client);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (r == 0)
		r = reply.error == NULL;
	varlink_reply_done(&reply);
	return r;
}

/* ---- calls ---- */

#define GROUPS "'groups': ['box-users', 'sudo']"

/* Somebody else in each round. */
struct somebody {
	char name[16], publish[160], withdraw[64];
	unsigned uid;
};

static struct somebody
somebody_new(unsigned number)
{
	struct somebody one = {.uid = 70001 + number};

	(void)sprintf(one.name, "u%u", number);
	(void)sprintf(one.publish,
	    "{\"user\": {\"name\": \"%s\", \"uid\": %u, \"realName\": \"A\", "
	    "\"groups\": [\"box-users\", \"sudo\"]}}",
	    one.name, one.uid);
	(void)sprintf(
	    one.withdraw, "{\"name\": \"%s\", \"uid\": %u}", one.name, one.uid);
	return one;
}

static bool
has(const struct userdb_box *box, const struct somebody *one, const char *end)
{
	char file[64];

	(void)snprintf(file, sizeof(file), "%s%s", one->name, end);
	return userdb_box_has(box, file);
}

static void
assert_whole(const struct userdb_box *box, const struct somebody *one)
{
	char file[64];

	assert_true(has(box, one, ".user"));
	assert_true(has(box, one, ".group"));
	assert_true(has(box, one, ":box-users.membership"));
	assert_true(has(box, one, ":sudo.membership"));
	(void)sprintf(file, "%u.user", one->uid);
	assert_true(userdb_box_has(box, file));
	(void)sprintf(file, "%u.group", one->uid);
	assert_true(userdb_box_has(box, file));
}

static void
assert_id_is_taken(struct userdb_box *box, const struct somebody *one)
{
	assert_string_equal(
	    userdb_box_publish(box, "mallory", one->uid, ""), "id-taken");
}

static void
a_user_appears_whole_or_at_the_next_call(void **state)
{
	struct userdb_box *box = *state;
	int r = 0;

	for (unsigned i = 0; memory_next(); i++) {
		struct somebody one = somebody_new(i);

		r = call_without_memory(
		    box, "io.authbox.Userdb.Publish", one.publish);
		if (r > 0)
			assert_whole(box, &one);
		/* His id is nobody else's, however far it came. */
		assert_string_equal(
		    userdb_box_publish(box, one.name, one.uid, GROUPS), "");
		assert_whole(box, &one);
		assert_id_is_taken(box, &one);
	}
	assert_int_equal(r, 1);
}

static void
a_user_disappears_and_his_id_stays_his(void **state)
{
	struct userdb_box *box = *state;
	char text[64];
	int r = 0;

	for (unsigned i = 0; memory_next(); i++) {
		struct somebody one = somebody_new(i);

		assert_string_equal(
		    userdb_box_publish(box, one.name, one.uid, GROUPS), "");
		r = call_without_memory(
		    box, "io.authbox.Userdb.Withdraw", one.withdraw);
		if (r > 0)
			assert_false(has(box, &one, ".user"));
		(void)snprintf(text, sizeof(text), "{'name': '%s', 'uid': %u}",
		    one.name, one.uid);
		assert_string_equal(
		    userdb_box_ask(box, "Withdraw", text, NULL), "");
		assert_false(has(box, &one, ".user"));
		assert_false(has(box, &one, ":sudo.membership"));
		assert_id_is_taken(box, &one);
	}
	assert_int_equal(r, 1);
}

static void
questions_are_answered_or_not(void **state)
{
	struct userdb_box *box = *state;
	struct somebody one = somebody_new(0);
	int r = 0;

	(void)userdb_box_publish(box, one.name, one.uid, GROUPS);
	/* OpenSSL's first use of all, which ends a program without memory. */
	(void)userdb_box_ask(box, "Propose", "{'name': 'eve'}", NULL);
	while (memory_next())
		r = call_without_memory(
		    box, "io.authbox.Userdb.Propose", "{\"name\": \"eve\"}");
	assert_int_equal(r, 1);
	while (memory_next())
		r = call_without_memory(box, "io.authbox.Userdb.List", "{}");
	assert_true(r >= 0);
	assert_whole(box, &one);
}

/* ---- the start ---- */

static void
a_start_publishes_all_or_fails(void **state)
{
	struct userdb_box *box = *state;
	struct somebody one = somebody_new(0);
	int r = -1;

	assert_string_equal(
	    userdb_box_publish(box, one.name, one.uid, GROUPS), "");
	while (memory_next()) {
		userdb_done(&box->userdb);
		memory_begin();
		r = userdb_init(&box->userdb, &box->paths);
		memory_end();
		if (r == 0 && box->userdb.config)
			assert_whole(box, &one);
		userdb_box_reopen(box);
		assert_whole(box, &one);
		assert_id_is_taken(box, &one);
	}
	assert_int_equal(r, 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_user_appears_whole_or_at_the_next_call),
	    TEST(a_user_disappears_and_his_id_stays_his),
	    TEST(questions_are_answered_or_not),
	    TEST(a_start_publishes_all_or_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
