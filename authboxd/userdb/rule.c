#include "userdb/rule.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

int
rule_complete(const struct provisioning *provisioning,
    const struct account *published, struct account *account)
{
	char home[CONFIG_HOME_BYTES_MAX + 1];

	if (!account->home && published)
		account->home = strdup(published->home);
	else if (!account->home &&
		 !config_provisioning_find_fault(provisioning, account->name)) {
		config_provisioning_home(provisioning, account->name, home);
		account->home = strdup(home);
	} else if (!account->home) {
		account->home = strdup(""); /* the name is refused anyway */
	}
	if (!account->shell)
		account->shell = strdup(provisioning->shell);
	return account->home && account->shell ? 0 : -ENOMEM;
}

static bool
refuse(
    struct rule_refusal *ret_refusal, const char *reason, const char *message)
{
	*ret_refusal = (struct rule_refusal){reason, message};
	return false;
}

/* One line; a colon would end the field in passwd. */
static bool
is_real_name(const char *text)
{
	return strlen(text) <= ACCOUNT_REAL_NAME_BYTES_MAX &&
	       text_is_printable(text, strlen(text)) && !strchr(text, ':');
}

/* A user keeps his home; a new one has it where root said. Anywhere else
 * pam_mkhomedir would make a folder for him as root. */
static bool
is_home(const struct provisioning *provisioning,
    const struct account *published, const struct account *account)
{
	char home[CONFIG_HOME_BYTES_MAX + 1];

	if (published)
		return streq(account->home, published->home);
	config_provisioning_home(provisioning, account->name, home);
	return streq(account->home, home);
}

static bool
are_groups(
    const struct provisioning *provisioning, const struct account *account)
{
	for (char *const *group = account->groups; *group; group++)
		if (!config_provisioning_has_group(provisioning, *group))
			return false;
	return true;
}

bool
rule_allows(const struct provisioning *provisioning,
    const struct account *published, const struct account *account,
    struct rule_refusal *ret_refusal)
{
	struct unix_id_range range = config_provisioning_range(provisioning);

	if (config_provisioning_find_fault(provisioning, account->name))
		return refuse(ret_refusal, "name",
		    "The name's form is not allowed here; see username of "
		    "Provisioning.");
	if (!unix_id_may_be(&range, account->uid))
		return refuse(ret_refusal, "range",
		    "The uid is not in uidRange of Provisioning, or no user "
		    "may have it.");
	if (published && published->uid != account->uid)
		return refuse(ret_refusal, "id-changed",
		    "The user is published with another uid, which cannot be "
		    "changed.");
	if (!is_real_name(account->real_name))
		return refuse(ret_refusal, "real-name",
		    "The real name must be one line of at most 256 bytes "
		    "without a colon.");
	if (!is_home(provisioning, published, account))
		return refuse(ret_refusal, "home",
		    "The home is not what Provisioning says.");
	if (!streq(account->shell, provisioning->shell) &&
	    !(published && streq(account->shell, published->shell)))
		return refuse(ret_refusal, "shell",
		    "The shell is not what Provisioning says.");
	if (!are_groups(provisioning, account))
		return refuse(ret_refusal, "group",
		    "A group is not in groups.map of Provisioning.");
	return true;
}

size_t
rule_drop_groups(
    const struct provisioning *provisioning, struct account *account)
{
	size_t kept = 0, dropped = 0;

	for (size_t i = 0; account->groups[i]; i++) {
		char *group = account->groups[i];

		if (config_provisioning_has_group(provisioning, group)) {
			account->groups[kept++] = group;
		} else {
			free(group);
			dropped++;
		}
	}
	account->groups[kept] = NULL;
	return dropped;
}
