/*
 * Whoever has taken authboxd over asks authbox-userdb for more than root
 * allows. Each test is named after the attempt; after each, only what root
 * allows lies where nss-systemd reads.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness/userdb_box.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* The id in a record of a user or group. */
static int64_t
id_of(const struct userdb_box *box, const char *file, const char *member)
{
	AUTO_TEXT text = userdb_box_read(box, file);
	AUTO_JSON record = text ? cJSON_Parse(text) : NULL;
	int64_t id = -1;

	if (!record || json_find_int(record, member, &id) != 1)
		fail_msg("%s: %s", file, text ? text : "cannot be read");
	return id;
}

static void
check_file(const struct userdb_box *box, const char *file)
{
	const char *dot = strrchr(file, '.');
	char path[512], target[512] = "";

	assert_non_null(dot);
	(void)snprintf(path, sizeof(path), "%s/%s", box->dropins, file);
	/* A link leads to a file beside it. */
	if (readlink(path, target, sizeof(target) - 1) > 0)
		assert_null(strchr(target, '/'));
	if (streq(dot, ".user") || streq(dot, ".group")) {
		bool user = streq(dot, ".user");

		assert_in_range(
		    id_of(box, file, user ? "uid" : "gid"), 70000, 70199);
		assert_in_range(id_of(box, file, "gid"), 70000, 70199);
		return;
	}
	assert_string_equal(dot, ".membership");
	if (!strstr(file, ":box-users.") && !strstr(file, ":sudo.") &&
	    !streq(file, "authbox-userdb:authbox-userdb.membership"))
		fail_msg("%s", file);
}

/* All that lies there is allowed. */
static void
check_dropins(const struct userdb_box *box)
{
	DIR *folder = opendir(box->dropins);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			check_file(box, entry->d_name);
	(void)closedir(folder);
}

static int
set_up(void **state)
{
	struct userdb_box *box = malloc(sizeof(*box));

	assert_non_null(box);
	userdb_box_init(box);
	*state = box;
	return 0;
}

static int
tear_down(void **state)
{
	check_dropins(*state);
	userdb_box_done(*state);
	free(*state);
	return 0;
}

#define assert_refused(reason, answer) assert_string_equal(answer, reason)

static void
it_asks_for_root_and_for_ids_outside_the_range(void **state)
{
	static const unsigned ids[] = {0, 1, 999, 1000, 65534, 65535, 69999,
	    70200, 61184, 524288, 2147483647, 2147483648, 4294967294,
	    4294967295};

	for (size_t i = 0; i < LENGTH(ids); i++)
		assert_refused(
		    "range", userdb_box_publish(*state, "mallory", ids[i], ""));
	assert_refused("org.varlink.service.InvalidParameter",
	    userdb_box_ask(*state, "Publish",
		"{'user': {'name': 'mallory', 'uid': 4294967296}}", NULL));
	assert_refused("org.varlink.service.InvalidParameter",
	    userdb_box_ask(*state, "Publish",
		"{'user': {'name': 'mallory', 'uid': -1}}", NULL));
	assert_refused("org.varlink.service.InvalidParameter",
	    userdb_box_ask(*state, "Publish",
		"{'user': {'name': 'mallory', 'uid': 70000.5}}", NULL));
	assert_refused("org.varlink.service.InvalidParameter",
	    userdb_box_ask(*state, "Publish",
		"{'user': {'name': 'mallory', 'uid': '70000'}}", NULL));
	assert_false(userdb_box_has(*state, "mallory.user"));
}

static void
it_asks_for_names_that_mean_something(void **state)
{
	static const char *const names[] = {"root", "daemon", "www-data",
	    "sshd", "sudo", "docker", "wheel", "postgres", "systemd-network",
	    "authbox", "authbox-userdb", "nobody", "users", "mail", "toor"};

	for (size_t i = 0; i < LENGTH(names); i++)
		assert_refused(
		    "name", userdb_box_publish(*state, names[i], 70000, ""));
	/* Of the host, whatever it is called there. */
	assert_refused(
	    "name-taken", userdb_box_publish(*state, "tape", 70000, ""));
}

static void
it_asks_for_names_that_leave_the_folder_or_the_line(void **state)
{
	static const char *const names[] = {"", ".", "..", "../mallory",
	    "../../etc/userdb/m", "/etc/passwd", "a/b", "mallory.user",
	    "mallory:sudo", "a:x:0:0", "a\\nroot:x:0:0", "a\\r", "a\\tb",
	    "70001", "0", "-a", "a b", "Mallory", "m\\u0430llory", "a\\u0001",
	    "%s%n", "$(id)", "a;b", "*", "a,b",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < LENGTH(names); i++)
		assert_refused(
		    "name", userdb_box_publish(*state, names[i], 70000, ""));
	for (unsigned c = 1; c < 256; c++) {
		char name[16], text[4];

		(void)snprintf(text, sizeof(text), "%c", (int)c);
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", (int)c))
			continue;
		(void)snprintf(name, sizeof(name), "m\\u%04x", c);
		assert_refused(
		    "name", userdb_box_publish(*state, name, 70000, ""));
	}
}

static void
it_gives_groups_that_root_did_not_list(void **state)
{
	static const char *const groups[] = {"docker", "root", "adm", "shadow",
	    "wheel", "disk", "lxd", "box-users ", "Box-users", "", "../sudo",
	    "sudo.membership", "a:b"};
	char members[256];

	for (size_t i = 0; i < LENGTH(groups); i++) {
		(void)snprintf(members, sizeof(members),
		    "'groups': ['box-users', '%s']", groups[i]);
		assert_refused("group",
		    userdb_box_publish(*state, "mallory", 70000, members));
	}
	assert_false(userdb_box_has(*state, "mallory.user"));
	assert_refused("",
	    userdb_box_publish(*state, "mallory", 70000, "'groups': ['sudo']"));
	assert_true(userdb_box_has(*state, "mallory:sudo.membership"));
	/* A list of them takes nothing away from the demand. */
	assert_refused("group", userdb_box_publish(*state, "mallory", 70000,
				    "'groups': ['sudo', 'adm']"));
	assert_false(userdb_box_has(*state, "mallory:adm.membership"));
}

static void
it_chooses_homes_and_shells(void **state)
{
	static const char *const homes[] = {"/", "/root", "/etc",
	    "/etc/systemd/system/ssh.service.d", "/home/alice",
	    "/home/mallory/", "/home/mallory/..", "home/mallory", ""};
	static const char *const shells[] = {
	    "/tmp/sh", "", "/bin/bash ", "/usr/bin/bash", "bash"};
	char members[256];

	for (size_t i = 0; i < LENGTH(homes); i++) {
		(void)snprintf(
		    members, sizeof(members), "'home': '%s'", homes[i]);
		assert_refused("home",
		    userdb_box_publish(*state, "mallory", 70000, members));
	}
	for (size_t i = 0; i < LENGTH(shells); i++) {
		(void)snprintf(
		    members, sizeof(members), "'shell': '%s'", shells[i]);
		assert_refused("shell",
		    userdb_box_publish(*state, "mallory", 70000, members));
	}
	assert_refused(
	    "", userdb_box_publish(*state, "mallory", 70000,
		    "'home': '/home/mallory', 'shell': '/bin/bash'"));
	assert_refused("home",
	    userdb_box_publish(*state, "mallory", 70000, "'home': '/root'"));
}

static void
it_writes_fields_into_real_names(void **state)
{
	static const char *const real_names[] = {"a:0:0",
	    "a\\nroot:x:0:0::/:", "a\\r", "a\\u0000b", "a\\u001b[31m",
	    "a\\u0085"};
	char members[512], text[300];

	for (size_t i = 0; i < LENGTH(real_names); i++) {
		const char *answer;

		(void)snprintf(members, sizeof(members), "'realName': '%s'",
		    real_names[i]);
		if (strstr(real_names[i], "u0000"))
			continue; /* the test's own JSON ends there */
		answer = userdb_box_publish(*state, "mallory", 70000, members);
		assert_refused("real-name", answer);
	}
	memset(text, 'a', 257);
	text[257] = '\0';
	(void)snprintf(members, sizeof(members), "'realName': '%s'", text);
	assert_refused(
	    "real-name", userdb_box_publish(*state, "mallory", 70000, members));
	/* What JSON would read as more stays one text. */
	assert_refused("", userdb_box_publish(*state, "mallory", 70000,
			       "'realName': 'a\\\"}, {\\\"'"));
	assert_int_equal(id_of(*state, "mallory.user", "uid"), 70000);
}

static void
it_takes_another_users_name_or_id(void **state)
{
	assert_refused("", userdb_box_publish(*state, "alice", 70010, ""));
	assert_refused(
	    "id-changed", userdb_box_publish(*state, "alice", 70011, ""));
	assert_refused(
	    "id-taken", userdb_box_publish(*state, "mallory", 70010, ""));
	assert_int_equal(id_of(*state, "alice.user", "uid"), 70010);
	assert_int_equal(id_of(*state, "70010.user", "uid"), 70010);
	assert_false(userdb_box_has(*state, "mallory.user"));
	assert_refused(
	    "id-changed", userdb_box_ask(*state, "Withdraw",
			      "{'name': 'alice', 'uid': 70011}", NULL));
	assert_true(userdb_box_has(*state, "alice.user"));
}

/* What a user owned must not become another's. */
static void
it_gives_an_old_id_to_somebody_else(void **state)
{
	for (int again = 0; again < 2; again++) {
		(void)userdb_box_publish(*state, "alice", 70010, "");
		assert_refused(
		    "", userdb_box_ask(*state, "Withdraw",
			    "{'name': 'alice', 'uid': 70010}", NULL));
		assert_false(userdb_box_has(*state, "alice.user"));
		assert_refused("id-taken",
		    userdb_box_publish(*state, "mallory", 70010, ""));
		/* Not to one of the same name either: he may be another. */
		assert_refused(
		    "id-taken", userdb_box_publish(*state, "alice", 70010, ""));
		userdb_box_reopen(*state);
	}
}

static void
it_replaces_records_of_others(void **state)
{
	const struct userdb_box *box = *state;
	char path[256];

	if (geteuid() != 0)
		skip(); /* only root can make files of others */
	(void)snprintf(path, sizeof(path), "%s/hand.user", box->dropins);
	assert_int_equal(symlink("70020.group", path), 0);
	assert_int_equal(lchown(path, 4711, 4711), 0);
	assert_refused(
	    "name-taken", userdb_box_publish(*state, "hand", 70020, ""));
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/70021.group", box->dropins);
	assert_int_equal(symlink("x", path), 0);
	assert_int_equal(lchown(path, 4711, 4711), 0);
	assert_refused(
	    "name-taken", userdb_box_publish(*state, "eve", 70021, ""));
	assert_int_equal(unlink(path), 0);
}

/* It is authboxd's socket, and no one else's. */
static void
others_ask(void **state)
{
	struct varlink_reply reply;

	assert_true(userdb_box_call_as(*state, 1000, "io.authbox.Userdb.List",
			NULL, &reply) < 0);
	assert_true(userdb_box_call_as(*state, 65534, "io.authbox.Userdb.List",
			NULL, &reply) < 0);
	varlink_reply_done(&reply);
}

static void
it_sends_what_is_no_request(void **state)
{
	static const char *const calls[][2] = {
	    {"Publish", "{}"},
	    {"Publish", "{'user': []}"},
	    {"Publish", "{'user': 'mallory'}"},
	    {"Publish", "{'user': {}}"},
	    {"Publish", "{'user': {'name': 'mallory'}}"},
	    {"Publish", "{'user': {'uid': 70000}}"},
	    {"Publish", "{'user': {'name': 7, 'uid': 70000}}"},
	    {"Publish",
		"{'user': {'name': 'mallory', 'uid': 70000, 'gid': 0}}"},
	    {"Publish", "{'user': {'name': 'mallory', 'uid': 70000, "
			"'groups': 'sudo'}}"},
	    {"Publish", "{'user': {'name': 'mallory', 'uid': 70000, "
			"'groups': [0]}}"},
	    {"Publish", "{'user': {'name': 'mallory', 'uid': 70000, "
			"'groups': ['sudo', 'sudo']}}"},
	    {"Publish", "{'user': {'name': 'mallory', 'uid': 70000, "
			"'taken': 0}}"},
	    {"Publish", "{'user': {'name': 'mallory', 'uid': 70000, "
			"'withdrawn': false}}"},
	    {"Withdraw", "{'name': 'mallory'}"},
	    {"Withdraw", "{'uid': 70000}"},
	    {"Propose", "{}"},
	    {"Propose", "{'name': 1}"},
	};

	for (size_t i = 0; i < LENGTH(calls); i++)
		assert_refused("org.varlink.service.InvalidParameter",
		    userdb_box_ask(*state, calls[i][0], calls[i][1], NULL));
	assert_false(userdb_box_has(*state, "mallory.user"));
}

/* Many names of one hash, and all that fit: no id twice, and then an end. */
static void
it_fills_the_range(void **state)
{
	struct userdb_box *box = *state;
	unsigned made = 0;
	char name[32], text[64];

	for (unsigned i = 0; i < 210; i++) {
		struct varlink_reply reply;
		int64_t uid = 0;

		(void)snprintf(name, sizeof(name), "u%u", i);
		(void)snprintf(text, sizeof(text), "{'name': '%s'}", name);
		if (userdb_box_ask(box, "Propose", text, &reply)[0] == '\0')
			assert_int_equal(
			    json_find_int(reply.parameters, "uid", &uid), 1);
		varlink_reply_done(&reply);
		if (uid == 0)
			continue;
		assert_refused(
		    "", userdb_box_publish(box, name, (unsigned)uid, ""));
		made++;
	}
	assert_int_equal(made, 200);
	assert_refused("range-full",
	    userdb_box_ask(box, "Propose", "{'name': 'last'}", NULL));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(it_asks_for_root_and_for_ids_outside_the_range),
	    TEST(it_asks_for_names_that_mean_something),
	    TEST(it_asks_for_names_that_leave_the_folder_or_the_line),
	    TEST(it_gives_groups_that_root_did_not_list),
	    TEST(it_chooses_homes_and_shells),
	    TEST(it_writes_fields_into_real_names),
	    TEST(it_takes_another_users_name_or_id),
	    TEST(it_gives_an_old_id_to_somebody_else),
	    TEST(it_replaces_records_of_others),
	    TEST(others_ask),
	    TEST(it_sends_what_is_no_request),
	    TEST(it_fills_the_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
