/* Which files decide who gets in, and which are refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/config.h"

#define AUTHCONFIG "resourceType: AuthConfig\nid: app\n"
#define HOOK                                                                   \
	AUTHCONFIG "twoFactor:\n  webhook:\n    endpoint: "                    \
		   "https://a/\n    headers:\n      X: "

/* A folder of its own for each test. */
struct folder {
	char path[64];
	struct config *config;
	struct config_report report;
};

static int
set_up(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	if (!folder)
		return -1;
	(void)snprintf(
	    folder->path, sizeof(folder->path), "/tmp/test_config.XXXXXX");
	if (!mkdtemp(folder->path)) {
		free(folder);
		return -1;
	}
	*state = folder;
	return 0;
}

static int
tear_down(void **state)
{
	struct folder *folder = *state;
	char command[128];
	int r;

	config_unref(folder->config);
	config_report_done(&folder->report);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder->path);
	r = system(command);
	free(folder);
	return r;
}

static void
path_of(const struct folder *folder, const char *name, char *ret_path)
{
	(void)snprintf(ret_path, 128, "%s/%s", folder->path, name);
}

static void
put_bytes(const struct folder *folder, const char *name, const char *bytes,
    size_t size, mode_t mode)
{
	char path[128];
	AUTO_FD fd = -1;

	path_of(folder, name, path);
	(void)unlink(path); /* there may be none */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void
put(const struct folder *folder, const char *name, const char *text,
    mode_t mode)
{
	put_bytes(folder, name, text, strlen(text), mode);
}

static int
load(struct folder *folder)
{
	config_unref(folder->config);
	folder->config = NULL;
	config_report_done(&folder->report);
	return config_load(folder->path, &folder->config, &folder->report);
}

/* The load is refused, and a message has both parts in it. */
static void
check_refused(struct folder *folder, const char *file, const char *said)
{
	int r = load(folder);

	assert_int_equal(r, -EINVAL);
	assert_null(folder->config);
	assert_true(folder->report.count > 0);
	if (!strstr(folder->report.messages[0].text, file) ||
	    !strstr(folder->report.messages[0].text, said))
		fail_msg("expected %s … %s, but it said %s", file, said,
		    folder->report.messages[0].text);
}

static void
config_of_an_empty_or_missing_folder_is_empty(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(load(folder), 0);
	assert_int_equal(folder->config->auth_config_count, 0);
	assert_int_equal(rmdir(folder->path), 0);
	assert_int_equal(load(folder), 0);
	assert_int_equal(mkdir(folder->path, 0700), 0);
}

static void
config_reads_yaml_and_json_in_name_order(void **state)
{
	struct folder *folder = *state;
	const struct config *config;

	put(folder, "20.yaml", "resourceType: AuthConfig\nid: b\n", 0644);
	put(folder, "10.json",
	    "{\"resourceType\": \"AuthConfig\",\n\t\"id\": \"a\",\n"
	    "\t\"twoFactor\": {\"digits\": 8, \"issuerName\": \"\\u00e9\"}}\n",
	    0644);
	put(folder, "notes.txt", "%%%\n", 0644);
	put(folder, ".hidden.yaml", "%%%\n", 0644);
	put(folder, "old.yaml~", "%%%\n", 0644);
	assert_int_equal(load(folder), 0);
	assert_int_equal(folder->report.count, 0);
	config = folder->config;
	assert_int_equal(config->auth_config_count, 2);
	assert_string_equal(config->auth_configs[0].id, "a");
	assert_int_equal(config->auth_configs[0].two_factor.digits, 8);
	assert_string_equal(
	    config->auth_configs[0].two_factor.issuer_name, "\xc3\xa9");
	assert_string_equal(config->auth_configs[1].id, "b");
}

static void
a_file_named_yml_is_noted(void **state)
{
	struct folder *folder = *state;

	put(folder, "app.yml", AUTHCONFIG, 0644);
	assert_int_equal(load(folder), 0);
	assert_int_equal(folder->report.count, 1);
	assert_non_null(
	    strstr(folder->report.messages[0].text, "app.yml: is not read"));
}

static void
files_that_others_may_write_are_refused(void **state)
{
	struct folder *folder = *state;

	put(folder, "a.yaml", AUTHCONFIG, 0664);
	check_refused(folder, "/a.yaml: ", "chmod go-w");
	put(folder, "a.yaml", AUTHCONFIG, 0602);
	check_refused(folder, "/a.yaml: ", "chmod go-w");
	put(folder, "a.yaml", AUTHCONFIG, 0644);
	assert_int_equal(load(folder), 0);
	assert_int_equal(chmod(folder->path, 0777), 0);
	check_refused(folder, folder->path, "chmod go-w");
}

static void
files_of_other_users_are_refused(void **state)
{
	struct folder *folder = *state;
	char path[128];

	if (geteuid() != 0)
		skip();
	put(folder, "a.yaml", AUTHCONFIG, 0644);
	path_of(folder, "a.yaml", path);
	assert_int_equal(chown(path, 65534, 0), 0);
	check_refused(folder, "/a.yaml: ", "chown root");
}

static void
what_is_no_regular_file_is_refused(void **state)
{
	struct folder *folder = *state;
	char path[128], target[128];

	put(folder, "target", AUTHCONFIG, 0644);
	path_of(folder, "a.yaml", path);
	path_of(folder, "target", target);
	assert_int_equal(symlink(target, path), 0);
	check_refused(folder, "/a.yaml: ", "symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_refused(folder, "/a.yaml: ", "not a regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	check_refused(folder, "/a.yaml: ", "not a regular file");
}

static void
files_without_end_are_refused(void **state)
{
	struct folder *folder = *state;
	size_t size = 1048576 + 1;
	char *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, '\n', size);
	put_bytes(folder, "a.yaml", bytes, size, 0644);
	check_refused(folder, "/a.yaml: ", "too large");
	put_bytes(folder, "a.yaml", bytes, size - 1, 0644);
	assert_int_equal(load(folder), 0);
	free(bytes);
}

static void
folders_without_end_are_refused(void **state)
{
	struct folder *folder = *state;
	char name[32];

	for (int i = 0; i < 257; i++) {
		(void)snprintf(name, sizeof(name), "%03d.yaml", i);
		put(folder, name, "", 0644);
	}
	check_refused(folder, folder->path, "more than 256 files");
}

static void
a_folder_that_is_a_file_is_an_error(void **state)
{
	struct folder *folder = *state;
	char path[128];

	put(folder, "file", "", 0644);
	path_of(folder, "file", path);
	assert_int_equal(
	    config_load(path, &folder->config, &folder->report), -ENOTDIR);
	assert_null(folder->config);
	assert_int_equal(folder->report.error_count, 1);
}

static void
a_secret_in_clear_must_not_be_readable_by_others(void **state)
{
	struct folder *folder = *state;

	put(folder, "a.yaml", HOOK "hunter2\n      Y: hunter3\n", 0644);
	check_refused(folder, "/a.yaml:7: AuthConfig/app: twoFactor.webhook.",
	    "&& chmod 640");
	assert_int_equal(folder->report.count, 1);
	assert_null(strstr(folder->report.messages[0].text, "hunter"));
	put(folder, "a.yaml", HOOK "hunter2\n", 0640);
	assert_int_equal(load(folder), 0);
}

static const struct secret *
header_of(const struct folder *folder)
{
	const struct auth_config *app;
	char *why = NULL;

	assert_int_equal(
	    config_get_auth_config(folder->config, "app", &app, &why), 0);
	assert_int_equal(app->two_factor.webhook.header_count, 1);
	return app->two_factor.webhook.headers[0].value;
}

static void
a_secret_can_stand_in_a_file_of_its_own(void **state)
{
	struct folder *folder = *state;
	char yaml[512];

	(void)snprintf(
	    yaml, sizeof(yaml), HOOK "{file: %s/secret}\n", folder->path);
	put(folder, "a.yaml", yaml, 0644);
	check_refused(folder, "headers.X: ", "/secret does not exist");

	put(folder, "secret", "hunter2\n", 0600);
	assert_int_equal(load(folder), 0);
	assert_string_equal(header_of(folder)->bytes, "hunter2");

	put(folder, "secret", "hunter2\n", 0644);
	check_refused(folder, "headers.X: ", "&& chmod 640");
	put(folder, "secret", "hunter2\n", 0620);
	check_refused(folder, "headers.X: ", "chmod go-w");
	put(folder, "secret", "\n", 0600);
	check_refused(folder, "headers.X: ", "is empty");
	put_bytes(folder, "secret", "a\0b", 3, 0600);
	check_refused(folder, "headers.X: ", "is no value of a header");
}

static void
a_secret_can_be_a_credential(void **state)
{
	struct folder *folder = *state;

	put(folder, "a.yaml", HOOK "{credential: hook}\n", 0644);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	check_refused(folder, "headers.X: ", "LoadCredential=hook:PATH");

	put(folder, "hook", "hunter2", 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder->path, 1), 0);
	assert_int_equal(load(folder), 0);
	assert_string_equal(header_of(folder)->bytes, "hunter2");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

/* A file that is being written is read with its end missing. */
static void
a_file_cut_at_any_byte_is_read_whole_or_not_at_all(void **state)
{
	static const char yaml[] =
	    "resourceType: AuthConfig\nid: app\n"
	    "twoFactor:\n  issuerName: Demo\n  digits: 8\n  period: 60\n"
	    "  exempt:\n  - {group: a, network: 10.0.0.0/8}\n"
	    "  webhook: {endpoint: 'https://a/', headers: {X: y}}\n"
	    "---\nresourceType: Client\nid: web\npeers: [nginx]\n"
	    "services: [nginx]\n---\nresourceType: User\nid: eve\n"
	    "email: \"eve@example.org\"\n";
	struct folder *folder = *state;

	for (size_t cut = 0; cut < sizeof(yaml); cut++) {
		int r;

		put_bytes(folder, "a.yaml", yaml, cut, 0600);
		r = load(folder);
		if (r == 0)
			assert_int_equal(folder->report.error_count, 0);
		else
			assert_true(r == -EINVAL && !folder->config &&
				    folder->report.error_count > 0);
		/* Whoever cuts a line must at least be told. */
		if (r == 0 && cut > 0 && yaml[cut - 1] != '\n')
			assert_true(folder->report.count > 0);
	}
	assert_int_equal(folder->config->user_count, 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(config_of_an_empty_or_missing_folder_is_empty),
	    TEST(config_reads_yaml_and_json_in_name_order),
	    TEST(a_file_named_yml_is_noted),
	    TEST(files_that_others_may_write_are_refused),
	    TEST(files_of_other_users_are_refused),
	    TEST(what_is_no_regular_file_is_refused),
	    TEST(files_without_end_are_refused),
	    TEST(folders_without_end_are_refused),
	    TEST(a_folder_that_is_a_file_is_an_error),
	    TEST(a_secret_in_clear_must_not_be_readable_by_others),
	    TEST(a_secret_can_stand_in_a_file_of_its_own),
	    TEST(a_secret_can_be_a_credential),
	    TEST(a_file_cut_at_any_byte_is_read_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
