/* authboxctl and files: backups that are whole or not there, imports of which
 * nothing is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "authboxctl/backup_file.h"
#include "run_ctl.h"

struct folder {
	char path[64], file[96], partial[112];
};

static int
folder_init(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	(void)strcpy(folder->path, "/tmp/authbox-files-XXXXXX");
	if (!mkdtemp(folder->path))
		return -1;
	(void)snprintf(
	    folder->file, sizeof(folder->file), "%s/file", folder->path);
	(void)snprintf(folder->partial, sizeof(folder->partial), "%s.partial",
	    folder->file);
	*state = folder;
	return 0;
}

static int
folder_done(void **state)
{
	struct folder *folder = *state;

	(void)unlink(folder->file);
	(void)unlink(folder->partial);
	(void)rmdir(folder->path);
	free(folder);
	return 0;
}

static void
put_file(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), (int)size);
	(void)close(fd);
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
run_backup(struct run *run, struct folder *folder,
    const struct fake_daemon_step *steps)
{
	char words[160];

	(void)snprintf(words, sizeof(words), "store backup %s", folder->file);
	run_script(run, steps, words, "");
}

#define MORE(method) "{\"method\":\"io.authbox." method "\",\"more\":true}"
#define PART(data)                                                             \
	"{\"continues\":true,\"parameters\":{\"data\":\"" data "\""            \
	"}}"

static void
a_backup_is_put_together_from_its_parts(void **state)
{
	/* 'YQ==' is "a", 'YmM=' is "bc", 'ZGVm' is "def". */
	static const struct fake_daemon_step steps[] = {
	    {MORE("Store.Backup"), {PART("YQ=="), PART("YmM="), PART("ZGVm"),
				       REPLY("{\"data\":\"\"}")}},
	    {0},
	};
	struct folder *folder = *state;
	char got[16] = "";
	struct run run;
	struct stat st;
	int fd;

	run_backup(&run, folder, steps);
	assert_int_equal(run.status, CTL_DONE);
	assert_contains(run.out, ": 6 bytes, sealed");
	fd = open(folder->file, O_RDONLY);
	assert_int_equal(read(fd, got, sizeof(got)), 6);
	assert_string_equal(got, "abcdef");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(exists(folder->partial));
	(void)close(fd);
	run_done(&run);
}

static void
a_backup_that_breaks_off_leaves_nothing(void **state)
{
	static const struct fake_daemon_step cases[] = {
	    {MORE("Store.Backup"), {PART("YQ="), NULL}},
	    {MORE("Store.Backup"), {PART("Y!=="), NULL}},
	    {MORE("Store.Backup"), {NULL}},
	    {MORE("Store.Backup"),
		{PART("YQ=="),
		    ERROR("Unavailable", "{\"reason\":\"store_io\"}")}},
	    {MORE("Store.Backup"), {"{}{}"}},
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_daemon_step steps[2] = {cases[i], {0}};
		struct run run;

		run_backup(&run, folder, steps);
		assert_int_not_equal(run.status, CTL_DONE);
		assert_false(exists(folder->file));
		assert_false(exists(folder->partial));
		run_done(&run);
	}
}

static void
a_backup_never_overwrites(void **state)
{
	static const struct fake_daemon_step none[] = {{0}};
	struct folder *folder = *state;
	struct backup_file *file;
	struct run run;

	put_file(folder->file, "old", 3);
	run_backup(&run, folder, none);
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "is not overwritten");
	run_done(&run);
	(void)unlink(folder->file);

	put_file(folder->partial, "old", 3);
	run_backup(&run, folder, none);
	assert_int_equal(run.status, CTL_REFUSED);
	assert_true(exists(folder->partial)); /* somebody else's */
	run_done(&run);
	(void)unlink(folder->partial);

	/* It may appear meanwhile. */
	assert_int_equal(backup_file_new(folder->file, &file), 0);
	put_file(folder->file, "old", 3);
	assert_int_equal(backup_file_finish(file), -EEXIST);
	backup_file_free(file);
	assert_false(exists(folder->partial));
	assert_int_equal(backup_file_new("/nowhere/at/all", &file), -ENOENT);
}

static void
a_google_authenticator_file_is_sent_as_it_is(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("Import.GoogleAuthenticator",
		 "{\"user\":\"bob\",\"text\":\"SECRETKEY\\n\\\" TOTP\\n\"}"),
		{REPLY("{\"device\":\"imported\",\"scratchCodes\":5}")}},
	    {0},
	};
	struct folder *folder = *state;
	char words[160];
	struct run run;

	put_file(folder->file, "SECRETKEY\n\" TOTP\n", 17);
	(void)snprintf(words, sizeof(words),
	    "import google-authenticator %s --user bob", folder->file);
	run_script(&run, steps, words, "");
	assert_int_equal(run.status, CTL_DONE);
	assert_string_equal(run.out,
	    "bob: device imported and 5 scratch codes are taken over.\n");
	run_done(&run);
}

static void
a_bad_line_is_named_with_its_file(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {CALL("Import.GoogleAuthenticator",
		 "{\"user\":\"bob\",\"text\":\"x\"}"),
		{ERROR("Import.BadText",
		    "{\"reason\":\"bad_text\",\"message\":\"No key.\","
		    "\"line\":1}")}},
	    {0},
	};
	struct folder *folder = *state;
	char words[160], expected[160];
	struct run run;

	put_file(folder->file, "x", 1);
	(void)snprintf(words, sizeof(words),
	    "import google-authenticator --user bob %s", folder->file);
	run_script(&run, steps, words, "");
	assert_int_equal(run.status, CTL_REFUSED);
	(void)snprintf(
	    expected, sizeof(expected), "%s:1: No key.\n", folder->file);
	assert_string_equal(run.err, expected);
	run_done(&run);
}

#define OATH(line) CALL("Import.Oath", "{\"line\":\"" line "\"}")
#define NOT_TAKEN                                                              \
	ERROR("Import.BadText",                                                \
	    "{\"reason\":\"bad_text\",\"message\":\"The key is not hex.\","    \
	    "\"line\":0}")

static const struct fake_daemon_step oath_steps[] = {
    {OATH("# comment"), {REPLY("{\"hadPin\":false}")}},
    {OATH("HOTP bob - 00"),
	{REPLY("{\"user\":\"bob\",\"device\":\"imported\",\"hadPin\":false}")}},
    {OATH("HOTP carol - zz"), {NOT_TAKEN}},
    {OATH("HOTP dan 1234 01"),
	{REPLY("{\"user\":\"dan\",\"device\":\"imported\",\"hadPin\":true}")}},
    {0},
};
#define OATH_FILE "# comment\nHOTP bob - 00\nHOTP carol - zz\nHOTP dan 1234 01"

static void
an_oath_file_gives_a_line_of_result_for_each_user(void **state)
{
	struct folder *folder = *state;
	char words[160], expected[256];
	struct run run;

	put_file(folder->file, OATH_FILE, sizeof(OATH_FILE) - 1);
	(void)snprintf(words, sizeof(words), "import oath %s", folder->file);
	run_script(&run, oath_steps, words, "");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_string_equal(run.out,
	    "bob: device imported is taken over.\n"
	    "dan: device imported is taken over, without its PIN.\n"
	    "2 taken over, 1 not.\n");
	(void)snprintf(expected, sizeof(expected),
	    "%s:3: The key is not hex.\n", folder->file);
	assert_string_equal(run.err, expected);
	run_done(&run);

	(void)snprintf(
	    words, sizeof(words), "import oath %s --json", folder->file);
	run_script(&run, oath_steps, words, "");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_string_equal(run.out,
	    "{\"imported\":[{\"user\":\"bob\",\"device\":\"imported\","
	    "\"hadPin\":false},{\"user\":\"dan\",\"device\":\"imported\","
	    "\"hadPin\":true}],\"failed\":[{\"line\":3,\"error\":\"bad_text\","
	    "\"message\":\"The key is not hex.\"}]}\n");
	run_done(&run);
}

static void
an_oath_file_is_given_up_when_nothing_of_it_is_allowed(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {OATH("# comment"),
		{ERROR("Forbidden", "{\"reason\":\"not_allowed\",\"message\":"
				    "\"Only root.\"}")}},
	    {0},
	};
	struct folder *folder = *state;
	char words[160];
	struct run run;

	put_file(folder->file, OATH_FILE, sizeof(OATH_FILE) - 1);
	(void)snprintf(words, sizeof(words), "import oath %s", folder->file);
	run_script(&run, steps, words, "");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_string_equal(run.err, "authboxctl: Only root.\n");
	run_done(&run);
}

static void
files_that_are_no_text_are_not_sent(void **state)
{
	struct folder *folder = *state;
	char words[160];
	struct run run;

	put_file(folder->file, "a\0b", 3);
	(void)snprintf(words, sizeof(words),
	    "import google-authenticator %s --user bob", folder->file);
	run_words(&run, "/nowhere", words, "");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "is not a text file");
	run_done(&run);

	(void)unlink(folder->file);
	assert_int_equal(mkfifo(folder->file, 0600), 0);
	run_words(&run, "/nowhere", words, "");
	assert_int_equal(run.status, CTL_REFUSED);
	assert_contains(run.err, "cannot be read");
	run_done(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_backup_is_put_together_from_its_parts),
	    cmocka_unit_test(a_backup_that_breaks_off_leaves_nothing),
	    cmocka_unit_test(a_backup_never_overwrites),
	    cmocka_unit_test(a_google_authenticator_file_is_sent_as_it_is),
	    cmocka_unit_test(a_bad_line_is_named_with_its_file),
	    cmocka_unit_test(an_oath_file_gives_a_line_of_result_for_each_user),
	    cmocka_unit_test(
		an_oath_file_is_given_up_when_nothing_of_it_is_allowed),
	    cmocka_unit_test(files_that_are_no_text_are_not_sent),
	};
	struct CMUnitTest each[sizeof(tests) / sizeof(tests[0])];

	/* Each test has a folder of its own. */
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		each[i] = tests[i];
		each[i].setup_func = folder_init;
		each[i].teardown_func = folder_done;
	}
	json_init();
	return cmocka_run_group_tests(each, NULL, NULL);
}
