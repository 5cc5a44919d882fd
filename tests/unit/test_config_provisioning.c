/* Provisioning: from claims to names, homes and groups, and what is refused. */
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
#include "config/loader.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define KIND	  "resourceType: Provisioning\n"

static int
load_as(const char *file, const char *yaml, struct config **ret_config,
    struct config_report *report)
{
	struct loader loader;
	int r;

	assert_int_equal(loader_init(&loader, report), 0);
	loader_read(&loader, file, yaml, strlen(yaml), false);
	r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

static struct config *
load(const char *yaml)
{
	struct config_report report = {0};
	struct config *config = NULL;

	if (load_as("userdb.yaml", yaml, &config, &report) != 0)
		fail_msg("%s", report.messages[0].text);
	config_report_done(&report);
	assert_non_null(config->provisioning);
	return config;
}

static void
defaults_are_sensible(void **state)
{
	AUTO(config) config = load(KIND);
	const struct provisioning *p = config->provisioning;
	char home[CONFIG_HOME_BYTES_MAX + 1];

	(void)state;
	assert_int_equal(p->uid_min, 65536);
	assert_int_equal(p->uid_max, 99999);
	assert_string_equal(p->username_claim, "sub");
	assert_string_equal(p->groups_claim, "groups");
	assert_string_equal(p->shell, "/bin/bash");
	assert_false(p->first_login);
	assert_false(config_provisioning_has_group(p, "users"));
	config_provisioning_home(p, "alice", home);
	assert_string_equal(home, "/home/alice");
}

static const struct {
	const char *yaml, *value;
	const char *name; /* NULL: none */
} names[] = {
    {"", "alice", "alice"},
    {"", "Alice", "alice"},
    {"username: {case: keep}\n", "Alice", NULL},
    {"", "alice@example.org", NULL},
    {"", "", NULL},
    {"", "root", NULL},
    {"", "sudo", NULL},
    {"", "0", NULL},
    {"", "alice\n", NULL},
    {"username: {pattern: '^(.*)@example\\.org$', replacement: '\\1'}\n",
	"alice@example.org", "alice"},
    {"username: {pattern: '(.*)@example\\.org'}\n", "alice@example.org",
	"alice"},
    {"username: {pattern: '(.*)@example\\.org'}\n", "alice@example.com", NULL},
    {"username: {pattern: '(.*)@example\\.org'}\n", "alice@example-org", NULL},
    {"username: {pattern: '(.*)@example\\.org'}\n", "root@example.org", NULL},
    {"username: {pattern: '(.*)@example\\.org'}\n", "x@example.org@example.org",
	NULL},
    {"username: {pattern: '.*'}\n", "bob", "bob"},
    {"username: {pattern: '(\\w+)\\.(\\w+)', replacement: '\\2_\\1'}\n",
	"alice.smith", "smith_alice"},
    {"username: {pattern: '(a)?(b)', replacement: 'x\\1\\2'}\n", "b", "xb"},
    {"username: {replacement: 'u-\\0'}\n", "42", "u-42"},
    {"username: {characters: dots}\n", "alice.smith", "alice.smith"},
    {"username: {characters: mail}\n", "a@example.org", "a@example.org"},
    {"username: {names: '[a-c].*'}\n", "carol", "carol"},
    {"username: {names: '[a-c].*'}\n", "dora", NULL},
    {"username: {names: 'a|b'}\n", "ab", NULL},
    {"username: {replacement: '\\0\\0\\0\\0'}\n", "aaaaaaaaaaaaaaaaaaaaaaaa",
	NULL},
};

static void
claims_become_names_or_nobody(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++) {
		char yaml[256], name[UNIX_NAME_BYTES_MAX + 1] = "untouched";
		AUTO(config) config = NULL;
		const char *fault;

		(void)snprintf(yaml, sizeof(yaml), KIND "%s", names[i].yaml);
		config = load(yaml);
		fault = config_provisioning_name(
		    config->provisioning, names[i].value, name);
		if (!fault != !!names[i].name ||
		    !streq(name, names[i].name ? names[i].name : "untouched"))
			fail_msg("%s%s: %s", names[i].yaml, names[i].value,
			    fault ? fault : name);
	}
}

static const struct {
	const char *yaml, *told;
} wrong[] = {
    {"uidRange: {min: 1000}\n", "65536 to 2147483646"},
    {"uidRange: {max: 2147483647}\n", "65536 to 2147483646"},
    {"uidRange: {min: 70000, max: 69999}\n", "below uidRange.min"},
    {"home: /home\n", "must have %u"},
    {"home: /home/%u/%u\n", "must have %u"},
    {"home: /home/%h/%u\n", "must have %u"},
    {"home: /home/../%u\n", "plain path"},
    {"home: /home/%u/\n", "plain path"},
    {"home: home/%u\n", "absolute path"},
    {"home: \"/home/a:%u\"\n", "plain path"},
    {"shell: \"/bin/a:b\"\n", "no colon"},
    {"shell: bash\n", "absolute path"},
    {"username: {replacement: '\\1'}\n", "number of a group"},
    {"username: {pattern: 'a', replacement: '\\1'}\n", "number of a group"},
    {"username: {pattern: '(a)', replacement: '\\2'}\n", "number of a group"},
    {"username: {pattern: '(a)', replacement: 'a\\'}\n", "number of a group"},
    {"username: {pattern: '(a)', replacement: '\\x'}\n", "number of a group"},
    {"username: {names: '('}\n", "regular expression"},
    {"groups: {map: [{value: a, group: sudo}]}\n", "powerful: true"},
    {"groups: {map: [{value: a, group: docker, powerful: false}]}\n",
	"powerful: true"},
    {"groups: {map: [{value: a}]}\n", "group"},
    {"---\n" KIND, "can be one Provisioning only"},
    {"---\nresourceType: AuthConfig\nid: a\n", "must not stand in the file"},
};

static void
what_would_give_too_much_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct config_report report = {0};
		struct config *config = NULL;
		char yaml[256];

		(void)snprintf(yaml, sizeof(yaml), KIND "%s", wrong[i].yaml);
		if (load_as("/etc/authbox/userdb.yaml", yaml, &config,
			&report) != -EINVAL)
			fail_msg("taken: %s", wrong[i].yaml);
		if (!strstr(report.messages[0].text, wrong[i].told))
			fail_msg(
			    "%s: %s", wrong[i].yaml, report.messages[0].text);
		config_report_done(&report);
	}
}

static void
powerful_groups_take_a_second_yes(void **state)
{
	AUTO(config)
	config =
	    load(KIND "groups: {map: [{value: dev, group: users}, "
		      "{value: Unix Admins, group: sudo, powerful: true}]}\n");
	const struct provisioning *p = config->provisioning;

	(void)state;
	assert_true(config_provisioning_has_group(p, "users"));
	assert_true(config_provisioning_has_group(p, "sudo"));
	assert_false(config_provisioning_has_group(p, "docker"));
	assert_false(config_provisioning_has_group(p, "dev"));
}

static void
it_stands_alone_in_its_file(void **state)
{
	static const struct {
		const char *file, *yaml;
		bool good;
	} table[] = {
	    {"/etc/authbox/userdb.yaml", KIND, true},
	    {"userdb.json", "{\"resourceType\": \"Provisioning\"}", true},
	    {"userdb", KIND, true},
	    {"/etc/userdb.yaml/x.yaml", KIND, false},
	    {"userdb2.yaml", KIND, false},
	    {"authbox.yaml", KIND, false},
	    {"userdb.yaml", "resourceType: User\nid: a\n", false},
	    {"userdb2.yaml", "resourceType: User\nid: a\n", true},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		struct config_report report = {0};
		struct config *config = NULL;

		if ((load_as(table[i].file, table[i].yaml, &config, &report) ==
			0) != table[i].good)
			fail_msg("%s", table[i].file);
		config_unref(config);
		config_report_done(&report);
	}
}

/* As authbox-userdb does it: an open file, or a path. */
static void
the_one_file_is_read_by_itself(void **state)
{
	char folder[] = "/tmp/authbox-test-XXXXXX", path[64];
	struct config_report report = {0};
	struct config *config = NULL;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/userdb.yaml", folder);
	assert_int_equal(
	    config_load_provisioning(-1, path, &config, &report), -ENOENT);
	assert_int_equal(report.count, 0);

	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(
	    config_load_provisioning(-1, path, &config, &report), -EINVAL);
	assert_non_null(strstr(report.messages[0].text, "no Provisioning"));
	config_report_done(&report);

	assert_int_equal(write(fd, KIND, strlen(KIND)), strlen(KIND));
	assert_int_equal(
	    config_load_provisioning(-1, path, &config, &report), 0);
	config_unref(config);
	config_report_done(&report);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(
	    config_load_provisioning(fd, path, &config, &report), 0);
	config_unref(config);
	config_report_done(&report);

	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(
	    config_load_provisioning(-1, path, &config, &report), -EINVAL);
	config_report_done(&report);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_sensible),
	    cmocka_unit_test(claims_become_names_or_nobody),
	    cmocka_unit_test(what_would_give_too_much_is_refused),
	    cmocka_unit_test(powerful_groups_take_a_second_yes),
	    cmocka_unit_test(it_stands_alone_in_its_file),
	    cmocka_unit_test(the_one_file_is_read_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
