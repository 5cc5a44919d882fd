/* Accounts over restarts, and which id a name gets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/harness/userdb_box.h"

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
	userdb_box_done(*state);
	free(*state);
	return 0;
}

static void
run_in(const struct userdb_box *box, const char *command)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "cd %s && %s", box->root, command);
	assert_int_equal(system(text), 0);
}

static int64_t
propose(struct userdb_box *box, const char *name, bool *ret_settled)
{
	struct varlink_reply reply;
	char text[96];
	int64_t uid = -1;

	(void)snprintf(text, sizeof(text), "{'name': '%s'}", name);
	assert_string_equal(userdb_box_ask(box, "Propose", text, &reply), "");
	assert_int_equal(json_find_int(reply.parameters, "uid", &uid), 1);
	assert_int_equal(
	    json_find_bool(reply.parameters, "settled", ret_settled), 1);
	varlink_reply_done(&reply);
	return uid;
}

static void
records_are_as_nss_systemd_reads_them(void **state)
{
	AUTO_TEXT user = NULL;
	AUTO_TEXT group = NULL;
	AUTO_TEXT member = NULL;

	assert_string_equal(userdb_box_publish(*state, "alice", 70000,
				"'realName': 'Alice A.', 'groups': "
				"['box-users']"),
	    "");
	user = userdb_box_read(*state, "70000.user");
	group = userdb_box_read(*state, "70000.group");
	member = userdb_box_read(*state, "alice:box-users.membership");
	assert_string_equal(user,
	    "{\"userName\":\"alice\",\"uid\":70000,\"gid\":70000,\"realName\":"
	    "\"Alice A.\",\"homeDirectory\":\"/home/alice\",\"shell\":\"/bin/"
	    "bash\",\"disposition\":\"regular\"}");
	assert_string_equal(group,
	    "{\"groupName\":\"alice\",\"gid\":70000,\"disposition\":"
	    "\"regular\"}");
	assert_string_equal(member, "{}");
}

static void
a_restart_publishes_all_again(void **state)
{
	struct userdb_box *box = *state;

	(void)userdb_box_publish(box, "alice", 70000, "'groups': ['sudo']");
	(void)userdb_box_publish(box, "bob", 70001, "");
	run_in(box, "rm dropins/*");
	userdb_box_reopen(box);
	assert_true(userdb_box_has(box, "alice:sudo.membership"));
	assert_true(userdb_box_has(box, "70001.group"));
	assert_string_equal(
	    userdb_box_publish(box, "bob", 70002, ""), "id-changed");
}

/* What a process that was killed left behind goes at the next start. */
static void
leftovers_go(void **state)
{
	struct userdb_box *box = *state;

	(void)userdb_box_publish(box, "alice", 70000, "");
	run_in(box, "echo {} >'dropins/alice:sudo.membership'; "
		    "echo {} >'dropins/gone:sudo.membership'; "
		    "echo x >dropins/.authbox-userdb.new; "
		    "echo x >dropins/README");
	userdb_box_reopen(box);
	assert_false(userdb_box_has(box, "alice:sudo.membership"));
	assert_false(userdb_box_has(box, "gone:sudo.membership"));
	assert_true(userdb_box_has(box, "README"));
	assert_true(userdb_box_has(box, "alice.user"));
}

/* Killed between the disk and the records, either way. */
static void
what_is_on_the_disk_counts(void **state)
{
	struct userdb_box *box = *state;

	(void)userdb_box_publish(box, "alice", 70000, "'groups': ['sudo']");
	(void)userdb_box_publish(box, "bob", 70001, "");
	run_in(box, "rm dropins/bob.user dropins/70001.group; "
		    "sed -i 's/\"withdrawn\":false/\"withdrawn\":true/' "
		    "state/70000.json");
	userdb_box_reopen(box);
	assert_true(userdb_box_has(box, "bob.user"));
	assert_true(userdb_box_has(box, "70001.group"));
	assert_false(userdb_box_has(box, "alice.user"));
	assert_false(userdb_box_has(box, "70000.user"));
	assert_false(userdb_box_has(box, "alice:sudo.membership"));
}

static void
a_damaged_file_reserves_its_id(void **state)
{
	struct userdb_box *box = *state;

	(void)userdb_box_publish(box, "alice", 70000, "");
	(void)userdb_box_publish(box, "bob", 70001, "");
	run_in(box, "echo '{' >state/70000.json; : >state/70005.json; "
		    "cp state/70001.json state/70006.json; "
		    "echo x >state/x.json");
	userdb_box_reopen(box);
	assert_false(userdb_box_has(box, "70006.user"));
	assert_true(userdb_box_has(box, "bob.user"));
	assert_string_equal(
	    userdb_box_publish(box, "carol", 70000, ""), "id-taken");
	assert_string_equal(
	    userdb_box_publish(box, "carol", 70005, ""), "id-taken");
	assert_string_equal(
	    userdb_box_publish(box, "carol", 70006, ""), "id-taken");
	assert_string_equal(userdb_box_publish(box, "alice", 70007, ""), "");
}

static void
a_narrower_rule_hides_who_is_outside(void **state)
{
	struct userdb_box *box = *state;

	(void)userdb_box_publish(box, "alice", 70000, "");
	(void)userdb_box_publish(box, "bob", 70100, "'groups': ['sudo']");
	userdb_box_configure(box, "resourceType: Provisioning\n"
				  "uidRange: {min: 70050, max: 70199}\n");
	userdb_box_reopen(box);
	assert_false(userdb_box_has(box, "alice.user"));
	assert_true(userdb_box_has(box, "bob.user"));
	assert_false(userdb_box_has(box, "bob:sudo.membership"));
	/* The home that he has stays his. */
	userdb_box_configure(box, USERDB_BOX_CONFIG "home: /srv/%u\n");
	userdb_box_reopen(box);
	assert_true(userdb_box_has(box, "alice.user"));
	assert_string_equal(userdb_box_publish(box, "alice", 70000, ""), "");
	assert_string_equal(
	    userdb_box_publish(box, "alice", 70000, "'home': '/srv/alice'"),
	    "home");
	assert_string_equal(
	    userdb_box_publish(box, "carol", 70002, "'home': '/srv/carol'"),
	    "");
}

static void
without_a_configuration_nothing_is_made(void **state)
{
	struct userdb_box *box = *state;

	(void)userdb_box_publish(box, "alice", 70000, "");
	userdb_box_configure(box, "resourceType: Nonsense\n");
	userdb_box_reopen(box);
	assert_true(userdb_box_has(box, "alice.user"));
	assert_string_equal(
	    userdb_box_publish(box, "bob", 70001, ""), "not-provisioned");
	assert_string_equal(
	    userdb_box_ask(box, "Propose", "{'name': 'bob'}", NULL),
	    "not-provisioned");
	userdb_box_configure(box, USERDB_BOX_CONFIG);
	userdb_reload(&box->userdb);
	assert_string_equal(userdb_box_publish(box, "bob", 70001, ""), "");
	/* A wrong one leaves the old in force. */
	userdb_box_configure(box, "x");
	userdb_reload(&box->userdb);
	assert_string_equal(userdb_box_publish(box, "carol", 70002, ""), "");
}

static void
a_login_that_met_another_must_come_again(void **state)
{
	struct userdb_box *box = *state;
	bool settled = false;
	int64_t first = propose(box, "tina", &settled), second;

	assert_true(settled);
	assert_string_equal(
	    userdb_box_publish(box, "ulla", (unsigned)first, ""), "");
	second = propose(box, "tina", &settled);
	assert_true(second != first);
	assert_false(settled);
	/* Once that is long ago nobody can have been told the first id. */
	run_in(box, "sed -i 's/\"taken\":[0-9]*/\"taken\":1000000/' state/*");
	userdb_box_reopen(box);
	assert_int_equal(propose(box, "tina", &settled), second);
	assert_true(settled);
}

/* sshd may know the id that he had, from before he went. */
static void
a_login_that_met_its_own_removal_must_come_again(void **state)
{
	struct userdb_box *box = *state;
	bool settled = true;
	int64_t first = propose(box, "tina", &settled);
	char text[64];

	assert_string_equal(
	    userdb_box_publish(box, "tina", (unsigned)first, ""), "");
	run_in(box, "sed -i 's/\"taken\":[0-9]*/\"taken\":1000000/' state/*");
	userdb_box_reopen(box);
	(void)snprintf(
	    text, sizeof(text), "{'name': 'tina', 'uid': %d}", (int)first);
	assert_string_equal(userdb_box_ask(box, "Withdraw", text, NULL), "");
	assert_true(propose(box, "tina", &settled) != first);
	assert_false(settled);
}

static void
what_sshd_was_told_is_settled_while_nothing_changes(void **state)
{
	struct userdb_box *box = *state;
	bool settled = false;
	int64_t uid;

	userdb_look_into(&box->userdb, "vera");
	uid = propose(box, "vera", &settled);
	assert_true(settled);
	/* She was told another id, by whatever was in the way then. */
	told_put(
	    box->userdb.told, "vera", (uint32_t)uid + 1, clock_monotonic_ms());
	assert_int_equal(propose(box, "vera", &settled), uid);
	assert_false(settled);
}

/* A host of its own for the box, whose files are trusted at once. */
static void
put_host(struct userdb_box *box, const char *sources)
{
	static char root[96]; /* kept by reference */
	struct timespec later;
	char command[256];

	(void)snprintf(command, sizeof(command),
	    "mkdir -p host/etc && cd host/etc && "
	    "echo alice:x:20001:20001::/:/bin/sh >passwd && touch group && "
	    "printf 'passwd: %s\\ngroup: %s\\n' >nsswitch.conf",
	    sources, sources);
	run_in(box, command);
	(void)snprintf(root, sizeof(root), "%s/host", box->root);
	box->paths.root = root;
	userdb_box_reopen(box);
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &later), 0);
	later.tv_sec += 1000;
	local_refresh(box->userdb.local, &later);
}

static int
told(const struct userdb_box *box, const char *name, uint32_t *ret_uid)
{
	return told_find_name(
	    box->userdb.told, name, clock_monotonic_ms(), ret_uid);
}

static void
a_name_is_looked_up_in_memory_where_that_is_all(void **state)
{
	struct userdb_box *box = *state;
	bool settled = false;
	uint32_t uid = 0;

	put_host(box, "files systemd");
	assert_true(userdb_look_up(&box->userdb, "vera"));
	assert_int_equal(told(box, "vera", &uid), 1);
	assert_int_equal(propose(box, "vera", &settled), uid);
	assert_true(settled);
	assert_true(userdb_look_up(&box->userdb, "alice"));
	assert_int_equal(told(box, "alice", &uid), 0);
	/* An id that somebody gets meanwhile. */
	assert_int_equal(told(box, "vera", &uid), 1);
	assert_string_equal(userdb_box_publish(box, "walt", uid, ""), "");
	assert_true(userdb_look_up(&box->userdb, "vera"));
	assert_int_equal(told(box, "vera", &uid), 1);
	assert_int_not_equal(propose(box, "walt", &settled), uid);
}

static void
a_name_is_not_looked_up_in_memory_where_there_is_more(void **state)
{
	struct userdb_box *box = *state;
	uint32_t uid = 0;

	put_host(box, "files sss systemd");
	assert_false(userdb_look_up(&box->userdb, "vera"));
	assert_int_equal(told(box, "vera", &uid), -ENOENT);
	userdb_look_into(&box->userdb, "vera");
	assert_int_equal(told(box, "vera", &uid), 1);
}

/* A full range takes long to walk, and every name would. */
static void
nobody_waits_for_a_walk_through_the_range(void **state)
{
	struct userdb_box *box = *state;
	uint32_t uid = 0;

	put_host(box, "files systemd");
	for (uint32_t i = 70000; i <= 70199; i++)
		assert_int_equal(
		    roll_put(box->userdb.roll, account_new_reservation("", i)),
		    0);
	assert_false(userdb_look_up(&box->userdb, "vera"));
	assert_int_equal(told(box, "vera", &uid), -ENOENT);
	userdb_look_into(&box->userdb, "vera");
	assert_int_equal(told(box, "vera", &uid), 0);
}

static void
whoever_is_published_keeps_his_own(void **state)
{
	bool settled = false;

	(void)userdb_box_publish(*state, "alice", 70042, "");
	assert_int_equal(propose(*state, "alice", &settled), 70042);
	assert_true(settled);
}

static void
the_list_comes_in_parts(void **state)
{
	struct userdb_box *box = *state;
	struct varlink_reply reply;
	char name[16];

	for (unsigned i = 0; i < 70; i++) {
		(void)snprintf(name, sizeof(name), "u%u", i);
		(void)userdb_box_publish(box, name, 70000 + i, "");
	}
	assert_string_equal(userdb_box_ask(box, "List", "{}", &reply), "");
	assert_true(reply.continues);
	assert_int_equal(
	    cJSON_GetArraySize(json_find(reply.parameters, "users")), 32);
	varlink_reply_done(&reply);
}

/* It was somebody's by the store of authboxd, and the own copy was lost. */
static void
an_id_that_nobody_is_known_to_have_had_is_reserved(void **state)
{
	struct userdb_box *box = *state;
	bool settled;
	int64_t uid = propose(box, "dora", &settled), other;
	char text[96];

	(void)snprintf(
	    text, sizeof(text), "{'name': 'dora', 'uid': %d}", (int)uid);
	for (int again = 0; again < 2; again++) {
		assert_string_equal(
		    userdb_box_ask(box, "Withdraw", text, NULL), "");
		assert_string_equal(
		    userdb_box_publish(box, "dora", (uint32_t)uid, ""),
		    "id-taken");
		other = propose(box, "dora", &settled);
		assert_int_not_equal(other, uid);
		/* sshd may have been told the one before. */
		assert_false(settled);
		userdb_box_reopen(box);
	}
	assert_string_equal(
	    userdb_box_publish(box, "dora", (uint32_t)other, ""), "");

	/* What nobody can get takes no place. */
	assert_string_equal(userdb_box_ask(box, "Withdraw",
				"{'name': 'erik', 'uid': 1000}", NULL),
	    "");
	assert_string_equal(userdb_box_ask(box, "Withdraw",
				"{'name': '../x', 'uid': 70100}", NULL),
	    "");
	run_in(box, "test ! -e state/1000.json && test ! -e state/70100.json");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(records_are_as_nss_systemd_reads_them),
	    TEST(a_restart_publishes_all_again),
	    TEST(leftovers_go),
	    TEST(what_is_on_the_disk_counts),
	    TEST(a_damaged_file_reserves_its_id),
	    TEST(a_narrower_rule_hides_who_is_outside),
	    TEST(without_a_configuration_nothing_is_made),
	    TEST(a_login_that_met_another_must_come_again),
	    TEST(a_login_that_met_its_own_removal_must_come_again),
	    TEST(what_sshd_was_told_is_settled_while_nothing_changes),
	    TEST(a_name_is_looked_up_in_memory_where_that_is_all),
	    TEST(a_name_is_not_looked_up_in_memory_where_there_is_more),
	    TEST(nobody_waits_for_a_walk_through_the_range),
	    TEST(whoever_is_published_keeps_his_own),
	    TEST(the_list_comes_in_parts),
	    TEST(an_id_that_nobody_is_known_to_have_had_is_reserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
