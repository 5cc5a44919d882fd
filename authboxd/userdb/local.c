/*
 * What was read is trusted while the files have the marks (mark.h) that they
 * had then. A file that has just been changed is read again each time, until it
 * has been left alone for a while.
 *
 * Only what nss-systemd(8) and "files" of nsswitch.conf(5) have is understood.
 * The services that nss-systemd asks may say anything, but for some of
 * systemd's own: those that tell again what is seen here, and that of dynamic
 * users, whose ids are none of ours and whose names are links in a folder.
 */
#include "userdb/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "userdb/lookup.h"
#include "userdb/mark.h"

#define LINE_BYTES 1024
#define PATH_BYTES 320

#define PASSWD	"etc/passwd"
#define GROUP	"etc/group"
#define SWITCH	"etc/nsswitch.conf"
#define SERVERS "run/systemd/userdb"
#define DYNAMIC "run/systemd/dynamic-uid/direct:"

/* What decides whether all is as it was. From FOLDERS on: where drop-in records
 * are. The folder that we publish in changes all the time, and is not here. */
static const char *const watched[] = {PASSWD, GROUP, SWITCH, SERVERS,
    "etc/userdb", "run/host/userdb", "usr/local/lib/userdb", "usr/lib/userdb",
    "lib/userdb"};
#define WATCHED (sizeof(watched) / sizeof(watched[0]))
#define FOLDERS 4
#define OURS	"run/userdb"

struct view {
	bool is_settled;    /* read, and good as long as the marks are */
	bool is_understood; /* there is nothing but what was read */
	struct mark marks[WATCHED];
	char **names;
	uint32_t *ids;
	size_t count, room; /* of both */
};

struct local {
	int root_fd;
	pthread_mutex_t refresh_lock; /* only ever tried: nobody waits */
	pthread_mutex_t lock;	      /* of view */
	struct view *view;
};

/* ---- views ---- */

static void
view_free(struct view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->count; i++)
		free(view->names[i]);
	free(view->names);
	free(view->ids);
	free(view);
}
CLEANUP_DEFINE(view)

static int
add(void *context, const char *name, uint32_t id)
{
	struct view *view = context;
	size_t room = view->room ? view->room * 2 : 128;
	void *names, *ids;

	if (view->count == LOCAL_ENTRIES_MAX)
		return -E2BIG;
	if (view->count == view->room) {
		names = reallocarray(view->names, room, sizeof(*view->names));
		if (!names)
			return -ENOMEM;
		view->names = names;
		ids = reallocarray(view->ids, room, sizeof(*view->ids));
		if (!ids)
			return -ENOMEM;
		view->ids = ids;
		view->room = room;
	}
	view->names[view->count] = strdup(name);
	if (!view->names[view->count])
		return -ENOMEM;
	view->ids[view->count++] = id;
	return 0;
}

static int
order_names(const void *a, const void *b)
{
	return text_order(*(char *const *)a, *(char *const *)b);
}

static int
order_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* ---- reading ---- */

static void
get_marks(const struct local *local, struct mark ret_marks[WATCHED])
{
	mark_get_all(local->root_fd, watched, WATCHED, ret_marks);
}

static FILE *
open_file(const struct local *local, const char *path)
{
	int fd = openat(local->root_fd, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		(void)close(fd); /* nothing was read */
	return file;
}

static int
walk(FILE *file, bool has_groups, local_see *see, void *context)
{
	const struct passwd *user;
	const struct group *group;
	int r = 0;

	while (r == 0 && has_groups && (group = fgetgrent(file)))
		r = see(context, group->gr_name, group->gr_gid);
	while (r == 0 && !has_groups && (user = fgetpwent(file)))
		r = see(context, user->pw_name, user->pw_uid);
	if (r == 0 && !feof(file))
		r = -EIO;
	(void)fclose(file); /* it was only read */
	return r;
}

int
local_walk_files(struct local *local, local_see *see, void *context)
{
	static const char *const paths[] = {PASSWD, GROUP};
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++) {
		FILE *file = open_file(local, paths[i]);

		if (file)
			r = walk(file, i == 1, see, context);
		else if (errno != ENOENT)
			r = -errno;
	}
	return r;
}

/* The sources of a line are "files" and "systemd", whatever it says in brackets
 * about what follows from their answers. */
static bool
names_local_sources(char *sources)
{
	bool in_brackets = false;
	char *rest = NULL;

	sources[strcspn(sources, "#\n")] = '\0';
	for (char *c = sources; *c; c++) {
		in_brackets = *c == '[' || (in_brackets && *c != ']');
		if (in_brackets || *c == ']')
			*c = ' ';
	}
	for (char *word = strtok_r(sources, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest))
		if (!streq(word, "files") && !streq(word, "systemd"))
			return false;
	return true;
}

/* What follows the name of one of the two databases in a line of
 * nsswitch.conf; NULL: the line is of none. */
static char *
after_database(char *line)
{
	static const char *const databases[] = {"passwd", "group"};
	char *start = line + strspn(line, " \t");

	for (size_t i = 0; i < 2; i++) {
		size_t size = strlen(databases[i]);

		if (text_after(start, databases[i]) &&
		    strchr(": \t\n", start[size]))
			return start + size;
	}
	return NULL;
}

/* Whether both databases are of such sources alone. What is not written as it
 * mostly is may be meant otherwise, and is not understood. */
static bool
switch_is_local(const struct local *local)
{
	FILE *file = open_file(local, SWITCH);
	unsigned found = 0, good = 0;
	char line[LINE_BYTES];

	while (file && fgets(line, sizeof(line), file)) {
		bool is_whole = strlen(line) < sizeof(line) - 1;
		char *sources = after_database(line);

		if (!sources)
			continue;
		found++;
		good += is_whole && sources[0] == ':' &&
			names_local_sources(sources + 1);
	}
	if (file)
		(void)fclose(file); /* it was only read */
	return found == 2 && good == 2;
}

static bool
service_is_understood(const char *name)
{
	static const char *const known[] = {LOOKUP_SERVICE,
	    "io.systemd.DynamicUser", "io.systemd.DropIn",
	    "io.systemd.Multiplexer", "io.systemd.NameServiceSwitch"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (streq(name, known[i]))
			return true;
	return name[0] == '.'; /* nss-systemd passes over them */
}

static bool
services_are_understood(const struct local *local)
{
	int fd =
	    openat(local->root_fd, SERVERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool understood;

	if (!folder) {
		understood = fd < 0 && errno == ENOENT;
		if (fd >= 0)
			(void)close(fd); /* nothing was read */
		return understood;
	}
	do {
		errno = 0;
		entry = readdir(folder);
		understood =
		    entry ? service_is_understood(entry->d_name) : errno == 0;
	} while (entry && understood);
	(void)closedir(folder); /* it was only read */
	return understood;
}

static void
read_view(struct local *local, const struct timespec *now, struct view *view)
{
	struct mark after[WATCHED];
	int r;

	get_marks(local, view->marks);
	r = local_walk_files(local, add, view);
	view->is_understood =
	    r == 0 && switch_is_local(local) && services_are_understood(local);
	get_marks(local, after);
	/* Too much is too much next time as well. */
	view->is_settled = (r == 0 || r == -E2BIG) &&
			   mark_equal_all(view->marks, after, WATCHED) &&
			   mark_is_quiet_all(after, WATCHED, now);
	if (view->count == 0)
		return;
	qsort(view->names, view->count, sizeof(*view->names), order_names);
	qsort(view->ids, view->count, sizeof(*view->ids), order_ids);
}

/* ---- public ---- */

int
local_new(const char *root, struct local **ret_local)
{
	AUTO(local) local = calloc(1, sizeof(*local));

	if (!local)
		return -ENOMEM;
	/* On Linux neither can fail. */
	(void)pthread_mutex_init(&local->refresh_lock, NULL);
	(void)pthread_mutex_init(&local->lock, NULL);
	local->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (local->root_fd < 0)
		return -errno;
	*ret_local = TAKE(local);
	return 0;
}

void
local_free(struct local *local)
{
	if (!local)
		return;
	view_free(local->view);
	if (local->root_fd >= 0)
		(void)close(local->root_fd); /* a folder, not even read */
	(void)pthread_mutex_destroy(&local->refresh_lock);
	(void)pthread_mutex_destroy(&local->lock);
	free(local);
}

/* With the lock held. */
static bool
is_current(const struct local *local, const struct mark marks[WATCHED])
{
	return local->view && local->view->is_settled &&
	       mark_equal_all(local->view->marks, marks, WATCHED);
}

void
local_refresh(struct local *local, const struct timespec *now)
{
	struct mark marks[WATCHED];
	AUTO(view) view = NULL;
	struct view *old;
	bool current;

	if (pthread_mutex_trylock(&local->refresh_lock) != 0)
		return; /* another thread is at it */
	get_marks(local, marks);
	(void)pthread_mutex_lock(&local->lock);
	current = is_current(local, marks);
	(void)pthread_mutex_unlock(&local->lock);
	if (!current)
		view = calloc(1, sizeof(*view));
	if (view) {
		read_view(local, now, view);
		(void)pthread_mutex_lock(&local->lock);
		old = local->view;
		local->view = TAKE(view);
		(void)pthread_mutex_unlock(&local->lock);
		view_free(old);
	}
	(void)pthread_mutex_unlock(&local->refresh_lock);
}

/* 1, 0; -EAGAIN: it cannot be seen. */
static int
have_file(const struct local *local, const char *path)
{
	struct stat st;

	if (fstatat(local->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -EAGAIN;
}

/* A record of any folder. One that is only there to mask another counts too. */
static int
have_record(const struct local *local, const struct mark marks[WATCHED],
    const char *stem)
{
	static const char *const kinds[] = {"user", "group"};
	char path[PATH_BYTES];
	int r = 0;

	for (size_t i = FOLDERS; i <= WATCHED && r == 0; i++) {
		if (i < WATCHED && !marks[i].is_there)
			continue;
		for (size_t k = 0; k < 2 && r == 0; k++) {
			(void)snprintf(path, sizeof(path), "%s/%s.%s",
			    i < WATCHED ? watched[i] : OURS, stem, kinds[k]);
			r = have_file(local, path);
		}
	}
	return r;
}

static int
is_dynamic(const struct local *local, const char *name)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), DYNAMIC "%s", name);
	return have_file(local, path);
}

/* By name, or by id when `name` is NULL. */
static int
find(struct local *local, const char *name, uint32_t id,
    const struct mark marks[WATCHED])
{
	const struct view *view;
	int r = -EAGAIN;

	(void)pthread_mutex_lock(&local->lock);
	view = local->view;
	if (is_current(local, marks) && view->is_understood)
		r = view->count > 0 &&
		    (name ? bsearch(&name, view->names, view->count,
				sizeof(*view->names), order_names)
			  : bsearch(&id, view->ids, view->count,
				sizeof(*view->ids), order_ids));
	(void)pthread_mutex_unlock(&local->lock);
	return r;
}

int
local_have_name(struct local *local, const char *name)
{
	struct mark marks[WATCHED];
	int r;

	get_marks(local, marks);
	r = find(local, name, 0, marks);
	if (r == 0)
		r = have_record(local, marks, name);
	return r != 0 ? r : is_dynamic(local, name);
}

int
local_have_id(struct local *local, uint32_t id)
{
	struct mark marks[WATCHED];
	char stem[16];
	int r;

	get_marks(local, marks);
	r = find(local, NULL, id, marks);
	(void)snprintf(stem, sizeof(stem), "%u", id);
	return r != 0 ? r : have_record(local, marks, stem);
}
