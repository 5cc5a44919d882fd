/*
 * nss-systemd reads the names of all records for each look-up of a group: with
 * 10,000 users that takes longer than all else together. So groups are asked of
 * the other sources that nsswitch.conf(5) names, and its records are looked for
 * by name. Users, which every service that has groups of its own has too, are
 * asked of all.
 */
#include "userdb/others.h"

#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "userdb/lookup.h"

#define BUFFER_BYTES_MIN 4096
#define BUFFER_BYTES_MAX (8 << 20) /* a group of 100,000 members fits */
#define LINE_BYTES	 1024

/* The sources of a line of nsswitch.conf, but for systemd and what follows it
 * in brackets. The line has at most LINE_BYTES, and what is left fits too. */
static void
drop_systemd(char *line, char ret_sources[LINE_BYTES])
{
	bool dropped = false;
	char *rest = NULL;
	size_t size = 0;

	ret_sources[0] = '\0';
	line[strcspn(line, "#\n")] = '\0';
	for (char *word = strtok_r(line, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		dropped = streq(word, "systemd") || (dropped && word[0] == '[');
		if (!dropped)
			size += (size_t)snprintf(ret_sources + size,
			    LINE_BYTES - size, "%s%s", size > 0 ? " " : "",
			    word);
	}
}

static int
configure_groups(void)
{
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char line[LINE_BYTES], sources[LINE_BYTES] = "";
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = text_after(line, "group:") != NULL;
	if (file)
		(void)fclose(file); /* it was only read */
	if (found)
		drop_systemd(line + strlen("group:"), sources);
	return __nss_configure_lookup(
		   "group", sources[0] != '\0' ? sources : "files") < 0
		   ? -errno
		   : 0;
}

int
others_init(void)
{
	/* nss-systemd's switch, see its manual. */
	if (setenv("SYSTEMD_BYPASS_USERDB", LOOKUP_SERVICE, 1) < 0)
		return -errno;
	return configure_groups();
}

/* The results that getpwnam(3) lists for "not found", besides success. */
static int
result_of(int error, bool found)
{
	if (error == 0)
		return found;
	return error == ENOENT || error == ESRCH ? 0 : -error;
}

/* By name, or by id when `name` is NULL. */
static int
have_user(const char *name, uint32_t id)
{
	size_t size = BUFFER_BYTES_MIN;
	struct passwd entry, *found = NULL;
	int error;

	do {
		AUTO_TEXT buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		error = name ? getpwnam_r(name, &entry, buffer, size, &found)
			     : getpwuid_r(id, &entry, buffer, size, &found);
		size *= 2;
	} while (error == ERANGE && size <= BUFFER_BYTES_MAX);
	return result_of(error, found != NULL);
}

/* `ret_gid` may be NULL. */
static int
have_group(const char *name, uint32_t id, gid_t *ret_gid)
{
	size_t size = BUFFER_BYTES_MIN;
	struct group entry, *found = NULL;
	int error;

	do {
		AUTO_TEXT buffer = malloc(size);

		if (!buffer)
			return -ENOMEM;
		error = name ? getgrnam_r(name, &entry, buffer, size, &found)
			     : getgrgid_r(id, &entry, buffer, size, &found);
		if (error == 0 && found && ret_gid)
			*ret_gid = entry.gr_gid;
		size *= 2;
	} while (error == ERANGE && size <= BUFFER_BYTES_MAX);
	return result_of(error, found != NULL);
}

/* A group's record, by name or id. */
static bool
have_record(const char *stem)
{
	static const char *const folders[] = {"/etc/userdb", "/run/userdb",
	    "/run/host/userdb", "/usr/local/lib/userdb", "/usr/lib/userdb",
	    "/lib/userdb"};
	char path[128];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s.group", folders[i], stem);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

int
others_have_name(const char *name)
{
	int r = have_user(name, 0);

	if (r == 0)
		r = have_group(name, 0, NULL);
	return r != 0 ? r : have_record(name);
}

int
others_have_id(uint32_t id)
{
	char stem[16];
	int r = have_user(NULL, id);

	if (r == 0)
		r = have_group(NULL, id, NULL);
	(void)snprintf(stem, sizeof(stem), "%u", id);
	return r != 0 ? r : have_record(stem);
}

int
others_have_root_group(const char *group)
{
	gid_t gid = (gid_t)-1;
	int r = have_group(group, 0, &gid);

	return r > 0 ? gid == 0 : r;
}
