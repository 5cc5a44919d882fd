/* What nss-systemd asks, and what it is answered. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "userdb/lookup.h"

#define METHOD(m)                                                              \
	"{\"method\":\"io.systemd.UserDatabase." m "\",\"parameters\":{"
#define SERVICE "\"service\":\"" LOOKUP_SERVICE "\"}"

static const struct {
	const char *text;
	enum lookup_kind kind;
	const char *name;
	uint32_t id;
} requests[] = {
    {METHOD("GetUserRecord") "\"userName\":\"alice\"," SERVICE "}",
	LOOKUP_USER_BY_NAME, "alice", 0},
    {METHOD("GetUserRecord") "\"uid\":70000," SERVICE "}", LOOKUP_USER_BY_ID,
	"", 70000},
    {METHOD("GetGroupRecord") "\"groupName\":\"alice\"," SERVICE "}",
	LOOKUP_GROUP_BY_NAME, "alice", 0},
    {METHOD("GetGroupRecord") "\"gid\":70000," SERVICE "}", LOOKUP_GROUP_BY_ID,
	"", 70000},
    {METHOD("GetUserRecord") SERVICE ",\"more\":true}", LOOKUP_ALL, "", 0},
    {METHOD("GetGroupRecord") SERVICE ",\"more\":true}", LOOKUP_ALL, "", 0},
    {METHOD("GetMemberships") "\"userName\":\"alice\"," SERVICE
			      ",\"more\":true}",
	LOOKUP_NOTHING, "", 0},
    /* Newer ones say more; what they ask for by name is the same. */
    {METHOD("GetUserRecord") "\"userName\":\"alice\",\"uidMin\":0," SERVICE "}",
	LOOKUP_USER_BY_NAME, "alice", 0},
    {METHOD("GetUserRecord") "\"userName\":\"a\",\"uid\":70000," SERVICE "}",
	LOOKUP_NOTHING, "", 0},
    {METHOD("GetUserRecord") "\"userName\":7," SERVICE "}", LOOKUP_NOTHING, "",
	0},
    {METHOD("GetUserRecord") "\"uid\":-1," SERVICE "}", LOOKUP_USER_BY_ID, "",
	0},
    {METHOD("GetUserRecord") "\"uid\":4294967296," SERVICE "}",
	LOOKUP_USER_BY_ID, "", 0},
    {METHOD("GetUserRecord") "\"userName\":\"alice\",\"service\":\"x\"}}",
	LOOKUP_FOREIGN, "", 0},
    {METHOD("GetUserRecord") "\"userName\":\"alice\"}}", LOOKUP_FOREIGN, "", 0},
    {METHOD("Other") SERVICE "}", LOOKUP_UNKNOWN, "", 0},
    {"{\"method\":\"io.other.GetUserRecord\",\"parameters\":{" SERVICE "}",
	LOOKUP_UNKNOWN, "", 0},
};

static void
requests_are_read_as_nss_systemd_means_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct lookup lookup;

		if (lookup_parse(requests[i].text, strlen(requests[i].text),
			&lookup) != 0 ||
		    lookup.kind != requests[i].kind ||
		    !streq(lookup.name, requests[i].name) ||
		    lookup.id != requests[i].id)
			fail_msg("%s", requests[i].text);
	}
}

static void
what_is_no_request_is_refused(void **state)
{
	static const char *const texts[] = {"", "{}", "[]", "x",
	    "{\"method\":7}", METHOD("GetUserRecord") SERVICE,
	    METHOD("GetUserRecord") SERVICE "} "};
	struct lookup lookup;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		if (lookup_parse(texts[i], strlen(texts[i]), &lookup) !=
		    -EBADMSG)
			fail_msg("%s", texts[i]);
}

/* A record of sshd's look-up: it has the id twice, and no group besides. */
static void
a_record_has_what_sshd_keeps(void **state)
{
	struct provisioning provisioning = {
	    .home = strdup("/home/%u"), .shell = strdup("/bin/zsh")};
	struct lookup lookup = {.kind = LOOKUP_USER_BY_NAME};
	char text[LOOKUP_BYTES_MAX];
	size_t size;

	(void)state;
	size =
	    lookup_print_record(&lookup, &provisioning, "alice", 70000, text);
	assert_int_equal(size, strlen(text) + 1);
	assert_string_equal(text,
	    "{\"parameters\":{\"record\":{\"userName\":\"alice\",\"uid\":70000,"
	    "\"gid\":70000,\"homeDirectory\":\"/home/alice\",\"shell\":\"/bin/"
	    "zsh\",\"disposition\":\"regular\",\"service\":\"" LOOKUP_SERVICE
	    "\"},\"incomplete\":false}}");
	lookup.kind = LOOKUP_GROUP_BY_ID;
	size =
	    lookup_print_record(&lookup, &provisioning, "alice", 70000, text);
	assert_int_equal(size, strlen(text) + 1);
	assert_string_equal(text,
	    "{\"parameters\":{\"record\":{\"groupName\":\"alice\",\"gid\":"
	    "70000,"
	    "\"disposition\":\"regular\",\"service\":\"" LOOKUP_SERVICE
	    "\"},\"incomplete\":false}}");
	free(provisioning.home);
	free(provisioning.shell);
}

static void
nothing_is_said_in_the_interfaces_words(void **state)
{
	static const struct {
		enum lookup_kind kind;
		const char *error;
	} table[] = {
	    {LOOKUP_NOTHING, "io.systemd.UserDatabase.NoRecordFound"},
	    {LOOKUP_USER_BY_NAME, "io.systemd.UserDatabase.NoRecordFound"},
	    {LOOKUP_ALL, "io.systemd.UserDatabase.EnumerationNotSupported"},
	    {LOOKUP_FOREIGN, "io.systemd.UserDatabase.BadService"},
	    {LOOKUP_UNKNOWN, "org.varlink.service.MethodNotFound"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char text[LOOKUP_BYTES_MAX];
		size_t size = lookup_print_nothing(table[i].kind, text);
		AUTO_JSON tree = NULL;
		const char *error = "";

		assert_int_equal(size, strlen(text) + 1);
		assert_int_equal(json_parse(text, size - 1, &tree, NULL), 0);
		assert_int_equal(json_find_text(tree, "error", &error), 1);
		assert_string_equal(error, table[i].error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_read_as_nss_systemd_means_them),
	    cmocka_unit_test(what_is_no_request_is_refused),
	    cmocka_unit_test(a_record_has_what_sshd_keeps),
	    cmocka_unit_test(nothing_is_said_in_the_interfaces_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
