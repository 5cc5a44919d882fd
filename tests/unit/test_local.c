/* What a host's own files say, on a host in a folder. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "userdb/local.h"

#define LATER 1000 /* seconds until a file that was just written is trusted */

struct host {
	char root[64];
	struct local *local;
};

static void
run_in(const struct host *host, const char *command)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "cd %s && %s", host->root, command);
	assert_int_equal(system(text), 0);
}

static int
set_up(void **state)
{
	struct host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	(void)strcpy(host->root, "/tmp/authbox-test-XXXXXX");
	assert_non_null(mkdtemp(host->root));
	run_in(host,
	    "mkdir -p etc run/systemd/userdb run/userdb usr/lib; "
	    "echo 'passwd: files systemd' >etc/nsswitch.conf; "
	    "echo 'group: files [SUCCESS=merge] systemd' >>etc/nsswitch.conf; "
	    "echo 'alice:x:20001:20002::/:/bin/sh' >etc/passwd; "
	    "echo 'bob:x:20003:20003::/:/bin/sh' >>etc/passwd; "
	    "echo 'crew:x:20004:alice,bob' >etc/group; "
	    "ln -s nowhere run/systemd/userdb/io.authbox.FirstLogin");
	assert_int_equal(local_new(host->root, &host->local), 0);
	*state = host;
	return 0;
}

static int
tear_down(void **state)
{
	struct host *host = *state;
	char command[128];

	local_free(host->local);
	(void)snprintf(command, sizeof(command), "rm -rf %s", host->root);
	assert_int_equal(system(command), 0);
	free(host);
	return 0;
}

/* `seconds` after /etc/passwd was changed last. */
static void
refresh(struct host *host, int seconds)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/etc/passwd", host->root);
	assert_int_equal(stat(path, &st), 0);
	st.st_ctim.tv_sec += seconds;
	local_refresh(host->local, &st.st_ctim);
}

static void
names_and_ids_of_both_files_are_taken(void **state)
{
	struct host *host = *state;

	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "alice"), 1);
	assert_int_equal(local_have_name(host->local, "crew"), 1);
	assert_int_equal(local_have_name(host->local, "dora"), 0);
	assert_int_equal(local_have_name(host->local, "alic"), 0);
	assert_int_equal(local_have_id(host->local, 20001), 1);
	assert_int_equal(local_have_id(host->local, 20003), 1);
	assert_int_equal(local_have_id(host->local, 20004), 1);
	assert_int_equal(local_have_id(host->local, 20005), 0);
}

static void
nothing_is_known_before_it_was_read(void **state)
{
	struct host *host = *state;

	assert_int_equal(local_have_name(host->local, "alice"), -EAGAIN);
	assert_int_equal(local_have_id(host->local, 20001), -EAGAIN);
}

/* Whichever way it changes; but not within a tick of the clock, or so that it
 * shows all the same. */
static void
a_change_is_seen_at_the_next_question(void **state)
{
	static const char *const changes[] = {
	    "echo 'dora:x:20010:20010::/:/bin/sh' >>etc/passwd",
	    "cp etc/group etc/new && mv etc/new etc/group",
	    "sed -i s/20003/20033/ etc/passwd",
	    "rm etc/group",
	    "echo '# more' >>etc/nsswitch.conf",
	    "touch run/systemd/userdb/.new && touch -d @1 run/systemd/userdb",
	    "mkdir etc/userdb",
	    "mkdir -p usr/local/lib/userdb",
	};
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		refresh(host, LATER);
		assert_int_equal(local_have_name(host->local, "erik"), 0);
		run_in(host, changes[i]);
		assert_int_equal(local_have_name(host->local, "erik"), -EAGAIN);
		assert_int_equal(local_have_id(host->local, 20050), -EAGAIN);
	}
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "dora"), 1);
	assert_int_equal(local_have_id(host->local, 20033), 1);
	assert_int_equal(local_have_id(host->local, 20003), 0);
	assert_int_equal(local_have_name(host->local, "crew"), 0);
}

/* It could be changed again within the same tick of the file system's clock. */
static void
a_file_that_was_just_written_is_not_trusted(void **state)
{
	struct host *host = *state;

	refresh(host, LATER);
	run_in(host, "sed -i s/20003/20034/ etc/passwd");
	refresh(host, 0);
	assert_int_equal(local_have_id(host->local, 20034), -EAGAIN);
	/* The clock may have been set back since. */
	refresh(host, -LATER);
	assert_int_equal(local_have_id(host->local, 20034), 1);
}

static int
known_with(struct host *host, const char *nsswitch)
{
	char path[128];
	FILE *file;

	/* Moved there, so that it is another file than before. */
	(void)snprintf(path, sizeof(path), "%s/etc/new", host->root);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(nsswitch, file) >= 0);
	assert_int_equal(fclose(file), 0);
	run_in(host, "mv etc/new etc/nsswitch.conf");
	refresh(host, LATER);
	return local_have_name(host->local, "erik");
}

static void
where_there_are_other_sources_they_must_be_asked(void **state)
{
	static const struct {
		const char *nsswitch;
		bool known;
	} cases[] = {
	    {"passwd: files systemd\ngroup: files systemd\n", true},
	    {"passwd:files\n\tgroup:\tfiles\n", true},
	    {"hosts: files dns\npasswd: files # sss\ngroup: files\n", true},
	    {"passwd: files [!SUCCESS=continue NOTFOUND=return] systemd\n"
	     "group: files\n",
		true},
	    {"passwd_compat: nis\npasswd: files\ngroup: files\n", true},
	    {"passwd: files sss systemd\ngroup: files systemd\n", false},
	    {"passwd: files systemd\ngroup: files ldap\n", false},
	    {"passwd: compat systemd\ngroup: compat systemd\n", false},
	    {"passwd: files systemd\n", false},
	    {"group: files systemd\n", false},
	    {"passwd files\npasswd: files\ngroup: files\n", false},
	    {"passwd: files\npasswd: sss\ngroup: files\n", false},
	    {"passwd : files\ngroup: files\n", false},
	    {"passwd: files [x]sss\ngroup: files\n", false},
	    {"", false},
	};
	struct host *host = *state;
	AUTO_TEXT line = calloc(1, 5000);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (known_with(host, cases[i].nsswitch) !=
		    (cases[i].known ? 0 : -EAGAIN))
			fail_msg("%s", cases[i].nsswitch);
	/* What does not fit is not known. */
	assert_non_null(line);
	(void)snprintf(
	    line, 5000, "group: files\npasswd: files %2000s systemd\n", "");
	assert_int_equal(known_with(host, line), -EAGAIN);
	run_in(host, "rm etc/nsswitch.conf");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), -EAGAIN);
}

static void
services_that_may_say_anything_must_be_asked(void **state)
{
	struct host *host = *state;

	run_in(host, "cd run/systemd/userdb && touch io.systemd.DynamicUser "
		     "io.systemd.DropIn io.systemd.NameServiceSwitch "
		     "io.systemd.Multiplexer");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), 0);
	run_in(host, "touch run/systemd/userdb/io.systemd.Home && "
		     "touch -d @1 run/systemd/userdb");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), -EAGAIN);
	assert_int_equal(local_have_id(host->local, 20050), -EAGAIN);
	run_in(host, "rm -r run/systemd/userdb");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), 0);
}

static void
records_of_each_folder_are_taken(void **state)
{
	static const char *const folders[] = {
	    "etc", "run", "run/host", "usr/local/lib", "usr/lib", "lib"};
	struct host *host = *state;
	char command[256];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(command, sizeof(command),
		    "mkdir -p %s/userdb && cd %s/userdb && echo {} >u%zu.user "
		    "&& touch g%zu.group && ln -s none 7000%zu.user && "
		    "ln -s none 7100%zu.group",
		    folders[i], folders[i], i, i, i, i);
		run_in(host, command);
	}
	refresh(host, LATER);
	for (unsigned i = 0; i < 6; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%u", i);
		assert_int_equal(local_have_name(host->local, name), 1);
		(void)snprintf(name, sizeof(name), "g%u", i);
		assert_int_equal(local_have_name(host->local, name), 1);
		assert_int_equal(local_have_id(host->local, 70000 + i), 1);
		assert_int_equal(local_have_id(host->local, 71000 + i), 1);
	}
	assert_int_equal(local_have_name(host->local, "u6"), 0);
	assert_int_equal(local_have_id(host->local, 70006), 0);
	/* Those of the folder that changes all the time as well. */
	run_in(host, "touch run/userdb/erik.user");
	assert_int_equal(local_have_name(host->local, "erik"), 1);
}

static void
names_of_dynamic_users_are_taken(void **state)
{
	struct host *host = *state;

	run_in(host, "mkdir run/systemd/dynamic-uid && "
		     "ln -s 61200 run/systemd/dynamic-uid/direct:erik");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), 1);
	assert_int_equal(local_have_name(host->local, "eri"), 0);
}

static void
what_cannot_be_seen_is_not_known(void **state)
{
	struct host *host = *state;

	run_in(host, "ln -s dynamic-uid run/systemd/dynamic-uid");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), -EAGAIN);
	run_in(host, "rm run/systemd/dynamic-uid && ln -s userdb etc/userdb");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), -EAGAIN);
	run_in(host, "rm etc/userdb etc/group && ln -s group etc/group");
	refresh(host, LATER);
	assert_int_equal(local_have_id(host->local, 20050), -EAGAIN);
	run_in(host, "rm etc/group && mkdir etc/group");
	refresh(host, LATER);
	assert_int_equal(local_have_id(host->local, 20050), -EAGAIN);
}

static void
too_many_are_not_kept(void **state)
{
	struct host *host = *state;

	run_in(host, "seq -f 'g%.0f:x:1:' 262141 >etc/group");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), 0);
	assert_int_equal(local_have_name(host->local, "g262141"), 1);
	run_in(host, "echo x >>etc/group; echo gx:x:1: >>etc/group; "
		     "echo gy:x:1: >>etc/group");
	refresh(host, LATER);
	assert_int_equal(local_have_name(host->local, "erik"), -EAGAIN);
}

/* Who walks sees lines of any length, and nothing that is none. */
static int
count(void *context, const char *name, uint32_t id)
{
	(void)name;
	*(unsigned *)context += id == 20004;
	return 0;
}

static void
a_group_of_many_members_is_seen(void **state)
{
	struct host *host = *state;
	unsigned found = 0;

	run_in(host, "{ printf 'big:x:20004:'; seq -s, 20000; "
		     "echo crew:x:20004:; echo; echo nonsense; } >etc/group");
	assert_int_equal(local_walk_files(host->local, count, &found), 0);
	assert_int_equal(found, 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(names_and_ids_of_both_files_are_taken),
	    TEST(nothing_is_known_before_it_was_read),
	    TEST(a_change_is_seen_at_the_next_question),
	    TEST(a_file_that_was_just_written_is_not_trusted),
	    TEST(where_there_are_other_sources_they_must_be_asked),
	    TEST(services_that_may_say_anything_must_be_asked),
	    TEST(records_of_each_folder_are_taken),
	    TEST(names_of_dynamic_users_are_taken),
	    TEST(what_cannot_be_seen_is_not_known),
	    TEST(too_many_are_not_kept),
	    TEST(a_group_of_many_members_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
