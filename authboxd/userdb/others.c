#include "userdb/others.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "userdb/lookup.h"

#define BUFFER_BYTES_MIN 4096
#define BUFFER_BYTES_MAX (8 << 20) /* a group of 100,000 members fits */

int
others_init(void)
{
	/* nss-systemd's switch, see its manual. */
	return setenv("SYSTEMD_BYPASS_USERDB", LOOKUP_SERVICE, 1) < 0 ? -errno
								      : 0;
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

int
others_have_name(const char *name)
{
	int r = have_user(name, 0);

	return r != 0 ? r : have_group(name, 0, NULL);
}

int
others_have_id(uint32_t id)
{
	int r = have_user(NULL, id);

	return r != 0 ? r : have_group(NULL, id, NULL);
}

int
others_have_root_group(const char *group)
{
	gid_t gid = (gid_t)-1;
	int r = have_group(group, 0, &gid);

	return r > 0 ? gid == 0 : r;
}

int
others_walk_files(others_see *see, void *context)
{
	FILE *users = fopen("/etc/passwd", "re");
	FILE *groups = fopen("/etc/group", "re");
	const struct passwd *user;
	const struct group *group;
	int r = 0;

	while (users && r == 0 && (user = fgetpwent(users)))
		r = see(context, user->pw_name, user->pw_uid);
	while (groups && r == 0 && (group = fgetgrent(groups)))
		r = see(context, group->gr_name, group->gr_gid);
	if (users)
		(void)fclose(users); /* it was only read */
	if (groups)
		(void)fclose(groups);
	return r;
}
