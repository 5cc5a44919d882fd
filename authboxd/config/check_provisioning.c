/* Provisioning: whoever writes it decides what a provider may make of us. */
#include "config/check.h"

#include <string.h>

#include "base/regex.h"
#include "base/text.h"

#define HOME_PLACE	"%u"
#define CONTAINER_FIRST 524288 /* what systemd takes for containers */
#define CONTAINER_LAST	1879048191
#define SUBUID_FIRST	100000 /* SUB_UID_MIN of login.defs */

void
check_group_rule(
    struct report *report, unsigned line, const char *shown, void *object)
{
	const struct group_rule *rule = object;

	if (unix_name_is_powerful_group(rule->group) && !rule->powerful)
		report_error(report, line, shown,
		    "whoever is in the group %s is, or can become, root or "
		    "reads what others wrote; say \"powerful: true\" if that "
		    "is meant",
		    rule->group);
}

static void
check_range(
    struct report *report, unsigned line, const struct provisioning *given)
{
	if (given->uid_min > given->uid_max) {
		report_error(report, line, "uidRange.max",
		    "is below uidRange.min (%u)", given->uid_min);
		return;
	}
	if (given->uid_min <= CONTAINER_LAST &&
	    given->uid_max >= CONTAINER_FIRST)
		report_note(report, line, "uidRange",
		    "has ids from %d to %d, which systemd gives to containers",
		    CONTAINER_FIRST, CONTAINER_LAST);
	else if (given->uid_max >= SUBUID_FIRST &&
		 given->uid_min < CONTAINER_FIRST)
		report_note(report, line, "uidRange",
		    "has ids from %d on, which /etc/subuid may give to "
		    "containers",
		    SUBUID_FIRST);
}

/* An absolute path whose last part has the name, once. */
static void
check_home(struct report *report, unsigned line, const char *home)
{
	const char *place = strstr(home, HOME_PLACE);

	if (!place || strchr(place + 1, '%') ||
	    strcspn(home, "%") != (size_t)(place - home))
		report_error(report, line, "home",
		    "must have %%u, which becomes the user's name, once, and "
		    "no other %%");
	else if (strchr(home, ':') || strstr(home, "//") ||
		 strstr(home, "/../") || strstr(home, "/./") ||
		 home[strlen(home) - 1] == '/')
		report_error(report, line, "home",
		    "must be a plain path: no colon, no empty part, no . or "
		    "..");
	else if (strlen(home) + UNIX_NAME_BYTES_MAX > CONFIG_HOME_BYTES_MAX)
		report_error(report, line, "home", "is too long");
}

/* "\N" of a group that the pattern has. */
static void
check_replacement(
    struct report *report, unsigned line, const struct provisioning *given)
{
	const char *at = given->username_replacement;
	size_t groups = given->username_compiled
			    ? regex_get_group_count(given->username_compiled)
			    : 0;

	while (at && (at = strchr(at, '\\'))) {
		unsigned group = (unsigned)(at[1] - '0');

		if (group > 9 || group > groups) {
			report_error(report, line, "username.replacement",
			    "has a \\ without the number of a group that "
			    "username.pattern has");
			return;
		}
		at += 2;
	}
}

void
check_provisioning(
    struct report *report, unsigned line, const char *shown, void *object)
{
	const struct provisioning *given = object;

	(void)shown;
	check_range(report, line, given);
	check_home(report, line, given->home);
	check_replacement(report, line, given);
	if (strchr(given->shell, ':'))
		report_error(report, line, "shell", "must have no colon");
}
