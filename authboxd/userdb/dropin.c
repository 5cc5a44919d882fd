#include "userdb/dropin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/unix_name.h"

#define TEMPORARY  ".authbox-userdb.new"
#define PLACE	   "authbox-userdb:authbox-userdb.membership"
#define FILE_BYTES 320 /* of a file's name: "NAME:GROUP.membership" */

/* ---- single files ---- */

/* 0: the place is free, or ours to take. */
static int
check_owner(int dir_fd, const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return st.st_uid == geteuid() ? 0 : -EEXIST;
}

bool
dropin_is_free(int dir_fd, const struct account *account)
{
	static const char *const kinds[] = {"user", "group"};
	char name[FILE_BYTES];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(
		    name, sizeof(name), "%s.%s", account->name, kinds[i]);
		if (check_owner(dir_fd, name) < 0)
			return false;
		(void)snprintf(
		    name, sizeof(name), "%u.%s", account->uid, kinds[i]);
		if (check_owner(dir_fd, name) < 0)
			return false;
	}
	return true;
}

static int
move_to(int dir_fd, const char *name)
{
	int r = check_owner(dir_fd, name);

	if (r == 0 && renameat(dir_fd, TEMPORARY, dir_fd, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir_fd, TEMPORARY, 0); /* the next call does */
	return r;
}

static int
put_file(int dir_fd, const char *name, const char *text)
{
	AUTO_FD fd = -1;
	ssize_t n;

	(void)unlinkat(dir_fd, TEMPORARY, 0); /* or O_EXCL tells */
	fd = openat(dir_fd, TEMPORARY,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n != (ssize_t)strlen(text))
		return n < 0 ? -errno : -EIO;
	return move_to(dir_fd, name);
}

static int
put_link(int dir_fd, const char *name, const char *target)
{
	(void)unlinkat(dir_fd, TEMPORARY, 0); /* or the next call tells */
	if (symlinkat(target, dir_fd, TEMPORARY) < 0)
		return -errno;
	return move_to(dir_fd, name);
}

static int
drop_file(int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int
dropin_put_place(int dir_fd)
{
	return put_file(dir_fd, PLACE, "{}");
}

/* ---- one account ---- */

static char *
print_user(const struct account *account)
{
	AUTO_JSON object = cJSON_CreateObject();

	if (!cJSON_AddStringToObject(object, "userName", account->name) ||
	    !cJSON_AddNumberToObject(object, "uid", account->uid) ||
	    !cJSON_AddNumberToObject(object, "gid", account->uid) ||
	    !cJSON_AddStringToObject(object, "realName", account->real_name) ||
	    !cJSON_AddStringToObject(object, "homeDirectory", account->home) ||
	    !cJSON_AddStringToObject(object, "shell", account->shell) ||
	    !cJSON_AddStringToObject(object, "disposition", "regular"))
		return NULL;
	return cJSON_PrintUnformatted(object);
}

static char *
print_group(const struct account *account)
{
	AUTO_JSON object = cJSON_CreateObject();

	if (!cJSON_AddStringToObject(object, "groupName", account->name) ||
	    !cJSON_AddNumberToObject(object, "gid", account->uid) ||
	    !cJSON_AddStringToObject(object, "disposition", "regular"))
		return NULL;
	return cJSON_PrintUnformatted(object);
}

/* A record and its link by id. */
static int
put_record(int dir_fd, const struct account *account, const char *kind,
    const char *text)
{
	char name[FILE_BYTES], link[FILE_BYTES];
	int r;

	if (!text)
		return -ENOMEM;
	(void)snprintf(name, sizeof(name), "%s.%s", account->name, kind);
	(void)snprintf(link, sizeof(link), "%u.%s", account->uid, kind);
	r = put_file(dir_fd, name, text);
	return r < 0 ? r : put_link(dir_fd, link, name);
}

static void
name_membership(
    const struct account *account, const char *group, char ret_name[FILE_BYTES])
{
	(void)snprintf(ret_name, FILE_BYTES, "%.*s:%.200s.membership",
	    UNIX_NAME_BYTES_MAX, account->name, group);
}

static int
put_memberships(int dir_fd, const struct account *account)
{
	char name[FILE_BYTES];
	int r = 0;

	for (char *const *g = account->groups; *g && r == 0; g++) {
		name_membership(account, *g, name);
		r = put_file(dir_fd, name, "{}"); /* empty would be a mask */
	}
	return r;
}

/* Those of `before` that `account` (NULL: nobody) has not. */
static int
drop_memberships(
    int dir_fd, const struct account *before, const struct account *account)
{
	char name[FILE_BYTES];
	int r = 0;

	for (char *const *g = before->groups; *g && r == 0; g++) {
		if (account && account_has_group(account, *g))
			continue;
		name_membership(before, *g, name);
		r = drop_file(dir_fd, name);
	}
	return r;
}

int
dropin_publish(
    int dir_fd, const struct account *account, const struct account *before)
{
	AUTO_TEXT user = print_user(account);
	AUTO_TEXT group = print_group(account);
	int r;

	/* What is taken away goes before anything is given. */
	r = before ? drop_memberships(dir_fd, before, account) : 0;
	if (r == 0)
		r = put_record(dir_fd, account, "group", group);
	if (r == 0)
		r = put_memberships(dir_fd, account);
	if (r == 0)
		r = put_record(dir_fd, account, "user", user);
	return r;
}

int
dropin_remove(int dir_fd, const struct account *account, bool keep_name)
{
	static const char *const kinds[] = {"user", "group"};
	char name[FILE_BYTES];
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++) {
		(void)snprintf(
		    name, sizeof(name), "%u.%s", account->uid, kinds[i]);
		r = drop_file(dir_fd, name);
		(void)snprintf(
		    name, sizeof(name), "%s.%s", account->name, kinds[i]);
		if (r == 0 && !keep_name && account->name[0] != '\0')
			r = drop_file(dir_fd, name);
	}
	if (r == 0 && !keep_name)
		r = drop_memberships(dir_fd, account, NULL);
	return r;
}

/* ---- all ---- */

/* Whether a user is there who explains the file `stem` + kind: by name, or by
 * id when the stem is a number. */
static int
has_owner(struct roll *roll, const char *stem)
{
	AUTO(account) account = NULL;
	int r;

	if (stem[strspn(stem, "0123456789")] != '\0')
		return roll_find_name(roll, stem, NULL);
	r = roll_find_uid(roll, (uint32_t)strtoul(stem, NULL, 10), &account);
	return r > 0 ? !account->withdrawn : r;
}

/* 1: a member of his groups; 0: no more. */
static int
is_member(struct roll *roll, const char *name, const char *group)
{
	AUTO(account) account = NULL;
	int r = roll_find_name(roll, name, &account);

	return r > 0 ? account_has_group(account, group) : r;
}

/* 1: somebody in the roll has this file; 0: nobody; -ENOMEM. */
static int
is_wanted(struct roll *roll, const char *file)
{
	AUTO_TEXT stem = strdup(file);
	char *dot = stem ? strrchr(stem, '.') : NULL, *colon;

	if (!stem)
		return -ENOMEM;
	if (!dot || streq(file, PLACE))
		return 1;
	*dot = '\0';
	colon = strchr(stem, ':');
	if (streq(dot + 1, "membership") && colon) {
		*colon = '\0';
		return is_member(roll, stem, colon + 1);
	}
	if (!streq(dot + 1, "user") && !streq(dot + 1, "group"))
		return 1;
	return has_owner(roll, stem);
}

/* As root every administrator's file looks like ours, so only what is a user's
 * of ours is touched then: his memberships. */
static int
clean_file(int dir_fd, struct roll *roll, const char *file)
{
	struct stat st;
	int r = is_wanted(roll, file);

	if (r != 0)
		return r < 0 ? r : 0;
	if (fstatat(dir_fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (st.st_uid != geteuid() || (geteuid() == 0 && !strchr(file, ':')))
		return 0;
	return drop_file(dir_fd, file);
}

int
dropin_clean(int dir_fd, struct roll *roll)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int r = 0;

	if (!folder) {
		r = -errno;
		if (copy >= 0)
			(void)close(copy); /* nothing is left to be told */
		return r;
	}
	while (r == 0) {
		errno = 0;
		entry = readdir(folder);
		if (!entry) {
			r = -errno;
			break;
		}
		if (entry->d_name[0] != '.')
			r = clean_file(dir_fd, roll, entry->d_name);
	}
	(void)closedir(folder); /* it was only read */
	return r;
}
