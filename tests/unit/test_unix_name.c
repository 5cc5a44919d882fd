#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/unix_name.h"

#define X30 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *name;
	bool plain, dots, mail;
} names[] = {
    {"alice", true, true, true}, {"_a-1_", true, true, true},
    {"a", true, true, true}, {"x" X30, true, true, true},
    {"xx" X30, false, false, true}, {"xx" X30 "@" X30 "x", false, false, true},
    {"xx" X30 "@" X30 "xx", false, false, false},
    {"alice.smith", false, true, true}, {"a.b.c", false, true, true},
    {"alice.smith@example.org", false, false, true},
    {"a@b", false, false, true}, {"a@b@c", false, false, false},
    {"a..b", false, false, false}, {".a", false, false, false},
    {"a.", false, false, false}, {"a@", false, false, false},
    {"@a", false, false, false}, {"a.@b", false, false, false},
    {"a.-b", false, false, false}, {"", false, false, false},
    {".", false, false, false}, {"..", false, false, false},
    {"-a", false, false, false}, {"1a", false, false, false},
    {"65537", false, false, false}, {"0", false, false, false},
    {"Alice", false, false, false}, {"a b", false, false, false},
    {"a:b", false, false, false}, {"a/b", false, false, false},
    {"../etc", false, false, false}, {"a\n", false, false, false},
    {"a\r", false, false, false}, {"a%s", false, false, false},
    {"a$", false, false, false}, {"a\\b", false, false, false},
    {"a,b", false, false, false}, {"a\x7f", false, false, false},
    {"caf\xc3\xa9", false, false, false},
    {"\xd0\xb0lice", false, false, false}, /* a Cyrillic a */
};

static void
names_are_strict_and_wider_only_by_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!unix_name_find_fault(names[i].name, UNIX_NAME_PLAIN) !=
			names[i].plain ||
		    !unix_name_find_fault(names[i].name, UNIX_NAME_DOTS) !=
			names[i].dots ||
		    !unix_name_find_fault(names[i].name, UNIX_NAME_MAIL) !=
			names[i].mail)
			fail_msg("%s", names[i].name);
}

static void
names_of_systems_are_nobodys(void **state)
{
	static const char *const taken[] = {"root", "daemon", "www-data",
	    "nobody", "sshd", "postgres", "systemd-resolve", "systemd-x",
	    "sudo", "docker", "wheel", "adm", "shadow", "authbox",
	    "authbox-userdb"};

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (!unix_name_find_fault(taken[i], UNIX_NAME_MAIL))
			fail_msg("%s", taken[i]);
	assert_null(unix_name_find_fault("roots", UNIX_NAME_PLAIN));
}

static void
groups_as_good_as_root_are_known(void **state)
{
	static const char *const powerful[] = {"root", "sudo", "wheel", "adm",
	    "docker", "lxd", "libvirt", "disk", "shadow", "kvm",
	    "systemd-journal"};

	(void)state;
	for (size_t i = 0; i < sizeof(powerful) / sizeof(powerful[0]); i++)
		if (!unix_name_is_powerful_group(powerful[i]))
			fail_msg("%s", powerful[i]);
	assert_false(unix_name_is_powerful_group("developers"));
	assert_false(unix_name_is_powerful_group("audio"));
}

/* Nothing but the grammar's own characters ever passes. */
static void
no_byte_besides_the_grammars_passes(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char name[] = {'a', (char)c, 'a', '\0'};
		bool plain = (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
			     (c >= '0' && c <= '9');

		if (!unix_name_find_fault(name, UNIX_NAME_PLAIN) != plain ||
		    !unix_name_find_fault(name, UNIX_NAME_MAIL) !=
			(plain || c == '.' || c == '@'))
			fail_msg("byte %d", c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_strict_and_wider_only_by_option),
	    cmocka_unit_test(names_of_systems_are_nobodys),
	    cmocka_unit_test(groups_as_good_as_root_are_known),
	    cmocka_unit_test(no_byte_besides_the_grammars_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
