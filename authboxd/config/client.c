/* What a Client may ask for. */
#include "config/config.h"

/* Services that end in a process of the Unix account: whoever has none must
 * never be told "yes" there, whatever a Client lists. */
static const char *const account_services[] = {"sshd", "sudo", "sudo-i", "su",
    "su-l", "login", "remote", "runuser", "runuser-l", "cron", "crond", "atd",
    "systemd-user", "polkit-1", "doas", "gdm-password", "lightdm", "sddm",
    "xdm", NULL};

bool
config_client_serves(const struct client *client, const char *service)
{
	char *const *name = client ? client->services : NULL;

	for (; name && *name; name++)
		if (streq(*name, service))
			return true;
	return false;
}

bool
config_client_serves_without_account(
    const struct client *client, const char *service)
{
	for (const char *const *name = account_services; *name; name++)
		if (streq(*name, service))
			return false;
	return config_client_serves(client, service);
}
