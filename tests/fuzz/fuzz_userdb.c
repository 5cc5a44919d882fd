/*
 * What nss-systemd and authboxd may send to authbox-userdb: any bytes are a
 * request or none, answers are JSON that fits, and no account that the rules
 * let pass has an id, a name, a home or a group that root did not allow. The
 * first byte says who sends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "userdb/lookup.h"
#include "userdb/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static struct group_rule groups[] = {
    {(char *)(uintptr_t) "a", (char *)(uintptr_t) "box-users", false},
    {(char *)(uintptr_t) "b", (char *)(uintptr_t) "sudo", true},
};

static const struct provisioning provisioning = {
    .uid_min = 65536,
    .uid_max = 99999,
    .username_characters = UNIX_NAME_MAIL,
    .shell = (char *)(uintptr_t) "/bin/bash",
    .home = (char *)(uintptr_t) "/home/%u",
    .groups = groups,
    .group_count = 2,
    .first_login = true,
};

static void
check_answer(const char *text, size_t size)
{
	AUTO_JSON tree = NULL;

	demand(size > 0 && size <= LOOKUP_BYTES_MAX);
	demand(text[size - 1] == '\0' && strlen(text) == size - 1);
	demand(json_parse(text, size - 1, &tree, NULL) == 0);
	demand(json_find(tree, "parameters") != NULL);
}

static void
from_nss_systemd(const char *text, size_t size)
{
	struct lookup lookup;
	char answer[LOOKUP_BYTES_MAX];
	size_t answer_size;

	if (lookup_parse(text, size, &lookup) < 0)
		return;
	demand(memchr(lookup.name, '\0', sizeof(lookup.name)) != NULL);
	answer_size = lookup_print_nothing(lookup.kind, answer);
	check_answer(answer, answer_size);
	if (config_provisioning_find_fault(&provisioning, lookup.name))
		return;
	answer_size = lookup_print_record(
	    &lookup, &provisioning, lookup.name, 70000, answer);
	check_answer(answer, answer_size);
}

static void
check_allowed(const struct account *account)
{
	demand(account->uid >= 65536 && account->uid <= 99999);
	demand(
	    strspn(account->name, "abcdefghijklmnopqrstuvwxyz0123456789_-.@") ==
	    strlen(account->name));
	demand(!streq(account->name, "root") && account->name[0] != '.');
	demand(text_after(account->home, "/home/") &&
	       streq(account->home + 6, account->name));
	demand(streq(account->shell, "/bin/bash"));
	demand(!strpbrk(account->real_name, ":\n\r"));
	for (char *const *group = account->groups; *group; group++)
		demand(streq(*group, "box-users") || streq(*group, "sudo"));
}

static void
from_authboxd(const char *text, size_t size)
{
	AUTO(account) account = NULL;
	AUTO(account) again = NULL;
	AUTO_JSON object = NULL;
	AUTO_JSON printed = NULL;
	struct rule_refusal refusal = {0};
	const char *wrong = NULL;
	int r;

	if (json_parse(text, size, &object, NULL) < 0)
		return;
	r = account_parse(object, &account, &wrong);
	demand(r == 0 || wrong);
	if (r < 0)
		return;
	demand(rule_complete(&provisioning, NULL, account) == 0);
	if (rule_allows(&provisioning, NULL, account, &refusal))
		check_allowed(account);
	else
		demand(refusal.reason && refusal.message);

	/* The own copy reads what it wrote. */
	printed = account_print_kept(account);
	demand(printed && account_parse_kept(printed, &again, &wrong) == 0);
	demand(streq(again->name, account->name) && again->uid == account->uid);
	(void)rule_drop_groups(&provisioning, again);
	for (char *const *group = again->groups; *group; group++)
		demand(config_provisioning_has_group(&provisioning, *group));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	if (data[0] & 1)
		from_authboxd(text, size - 1);
	else
		from_nss_systemd(text, size - 1);
	return 0;
}
