/*
 * Names of accounts that packages make are refused even where the package is
 * not installed: the user would else own what it brings one day. So are those
 * of powerful groups, since each user has a group of his name, and sudoers or
 * docker.sock may wait for it.
 */
#include "base/unix_name.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz_"
#define OTHERS	"0123456789-"

static const char *const powerful_groups[] = {"adm", "admin", "bin",
    "cloud-admins", "daemon", "disk", "docker", "google-sudoers", "incus",
    "incus-admin", "input", "kmem", "kvm", "libvirt", "libvirt-qemu", "lxd",
    "mem", "microk8s", "operator", "podman", "postgres", "qubes", "root",
    "shadow", "snap_microk8s", "ssl-cert", "staff", "sudo", "sys",
    "systemd-journal", "tty", "utmp", "wheel", NULL};

static const char *const accounts[] = {"apache", "authbox", "authbox-fetch",
    "authbox-userdb", "avahi", "backup", "bind", "colord", "cups", "dbus",
    "dhcpcd", "dnsmasq", "dovecot", "dovenull", "etcd", "exim", "ftp", "games",
    "gdm", "git", "gitlab", "gluster", "gnats", "grafana", "halt", "haproxy",
    "http", "httpd", "influxdb", "irc", "jenkins", "landscape", "ldap",
    "lightdm", "list", "lp", "mail", "man", "memcache", "messagebus", "mongodb",
    "munge", "mysql", "nagios", "named", "news", "nfsnobody", "nginx", "nobody",
    "nogroup", "nslcd", "ntp", "openldap", "polkitd", "postfix", "prometheus",
    "proxy", "puppet", "pulse", "rabbitmq", "redis", "rpc", "rtkit", "sddm",
    "shutdown", "slurm", "smmsp", "snort", "squid", "sshd", "sssd", "statd",
    "sync", "syslog", "tomcat", "toor", "tss", "unbound", "users", "usbmux",
    "uucp", "uuidd", "varnish", "vboxadd", "www", "www-data", "xrdp", "zabbix",
    NULL};

static bool
is_among(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (streq(*list, name))
			return true;
	return false;
}

bool
unix_name_is_powerful_group(const char *group)
{
	return is_among(powerful_groups, group);
}

/* A separator stands between two other characters. */
static bool
separators_part(const char *name, const char *separators)
{
	for (const char *c = name; *c; c++)
		if (strchr(separators, *c) &&
		    (c == name || c[1] == '\0' || strchr(separators, c[1]) ||
			c[1] == '-'))
			return false;
	return true;
}

static const char *
find_grammar_fault(const char *name, enum unix_name_characters characters)
{
	static const char *const allowed[] = {
	    LETTERS OTHERS, LETTERS OTHERS ".", LETTERS OTHERS ".@"};
	size_t max = characters == UNIX_NAME_MAIL ? UNIX_NAME_BYTES_MAX
						  : UNIX_NAME_PLAIN_BYTES_MAX;
	size_t size = strnlen(name, max + 1);

	if (size == 0)
		return "is empty";
	if (size > max)
		return characters == UNIX_NAME_MAIL
			   ? "is longer than 64 characters"
			   : "is longer than 31 characters";
	if (strspn(name, allowed[characters]) != size)
		return "holds a character that user names must not have here";
	if (!strchr(LETTERS, name[0]))
		return "does not begin with a letter from a to z";
	if (!separators_part(name, ".@") ||
	    strchr(name, '@') != strrchr(name, '@'))
		return "has a dot or @ where none may stand";
	return NULL;
}

const char *
unix_name_find_fault(const char *name, enum unix_name_characters characters)
{
	const char *fault = find_grammar_fault(name, characters);

	if (fault)
		return fault;
	if (is_among(accounts, name) || is_among(powerful_groups, name) ||
	    text_after(name, "systemd-"))
		return "is a name that systems use for themselves";
	return NULL;
}
