/*
 * Any user that a taken-over authboxd may ask authbox-userdb for. What is let
 * pass is within what root allowed, read here once more by other means; and
 * what is kept comes back the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/loader.h"
#include "userdb/account.h"
#include "userdb/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char yaml[] = "resourceType: Provisioning\n"
			   "uidRange: {min: 70000, max: 70999}\n"
			   "shell: /bin/bash\n"
			   "home: /home/%u\n"
			   "groups:\n"
			   "  claim: groups\n"
			   "  map:\n"
			   "    - {value: d, group: users}\n"
			   "    - {value: a, group: sudo, powerful: true}\n";

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static struct config *
load(void)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;

	demand(loader_init(&loader, &report) == 0);
	loader_read(&loader, "userdb.yaml", yaml, strlen(yaml), false);
	demand(loader_finish(&loader, &config) == 0);
	loader_done(&loader);
	config_report_done(&report);
	return config;
}

/* ^[a-z_][a-z0-9_-]{0,30}$ */
static bool
is_plain_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t size = strlen(name);

	return size >= 1 && size <= 31 && strchr(letters, name[0]) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789-") == size;
}

/* What would become a line of passwd(5). */
static void
check_allowed(const struct account *account)
{
	char home[64];

	demand(is_plain_name(account->name));
	demand(!streq(account->name, "root"));
	demand(account->uid >= 70000 && account->uid <= 70999);
	demand(streq(account->shell, "/bin/bash"));
	(void)snprintf(home, sizeof(home), "/home/%s", account->name);
	demand(streq(account->home, home));
	demand(!strpbrk(account->real_name, ":\n\r"));
	for (char *const *group = account->groups; *group; group++)
		demand(streq(*group, "users") || streq(*group, "sudo"));
}

static void
check_same(const struct account *a, const struct account *b)
{
	size_t i;

	demand(streq(a->name, b->name) && a->uid == b->uid);
	demand(streq(a->real_name, b->real_name));
	demand(streq_null(a->home, b->home) || (!a->home && !b->home));
	demand(streq_null(a->shell, b->shell) || (!a->shell && !b->shell));
	for (i = 0; a->groups[i]; i++)
		demand(b->groups[i] && streq(a->groups[i], b->groups[i]));
	demand(!b->groups[i]);
}

/* Printed and read, it is what it was. */
static void
check_round(const struct account *account)
{
	AUTO_JSON printed = account_print(account);
	AUTO(account) again = NULL;
	const char *wrong = NULL;

	demand(printed && account_parse(printed, &again, &wrong) == 0);
	check_same(account, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *config;
	AUTO_JSON tree = NULL;
	AUTO(account) account = NULL;
	struct rule_refusal refusal = {0};
	const char *wrong = NULL;
	int r;

	if (!config)
		config = load();
	if (json_parse((const char *)data, size, &tree, NULL) < 0)
		return 0;
	r = account_parse(tree, &account, &wrong);
	demand(r == 0 ? account != NULL : r == -EINVAL && wrong && !account);
	if (r < 0)
		return 0;
	check_round(account);
	demand(rule_complete(config->provisioning, NULL, account) == 0);
	if (rule_allows(config->provisioning, NULL, account, &refusal))
		check_allowed(account);
	else
		demand(refusal.reason && refusal.message);
	return 0;
}
