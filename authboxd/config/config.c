#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/regex.h"
#include "base/text.h"
#include "config/loader.h"
#include "config/pam_stack.h"
#include "config/resource.h"
#include "config/source.h"
#include "config/tables.h"

#define FILE_BYTES_MAX	 1048576
#define FILES_MAX	 256
#define ENTRIES_MAX	 4096 /* of the folder, whatever their names */
#define FOLDER_BYTES_MAX 16777216

void
config_report_done(struct config_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->messages[i].text);
	free(report->messages);
	*report = (struct config_report){0};
}

/* The names of a folder's resource files, in order. */
struct names {
	char *names[FILES_MAX];
	size_t count;
	size_t bytes; /* of the files that were read */
};

static void
names_free(struct names *names)
{
	for (size_t i = 0; names && i < names->count; i++)
		free(names->names[i]);
	free(names);
}
CLEANUP_DEFINE(names)

static int
compare_names(const void *a, const void *b)
{
	return text_order(*(char *const *)a, *(char *const *)b);
}

static bool
ends_with(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size > end_size && streq(name + size - end_size, end);
}

/* Consider one entry of the folder. */
static int
put_name(struct names *names, struct report *report, const char *name)
{
	if (name[0] == '.')
		return 0;
	if (ends_with(name, ".yml"))
		report_note(report, 0, name,
		    "is not read; rename it so that it ends in .yaml");
	if (!ends_with(name, ".yaml") && !ends_with(name, ".json"))
		return 0;
	if (names->count == FILES_MAX) {
		report_error(report, 0, NULL,
		    "holds more than %d files; join some", FILES_MAX);
		return -EINVAL;
	}
	names->names[names->count] = strdup(name);
	if (!names->names[names->count])
		return -ENOMEM;
	names->count++;
	return 0;
}

static int
read_names(DIR *folder, struct report *report, struct names **ret_names)
{
	AUTO(names) names = calloc(1, sizeof(*names));
	int r;

	if (!names)
		return -ENOMEM;
	for (unsigned i = 0;; i++) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(folder);
		if (!entry && errno != 0)
			return -errno;
		if (!entry)
			break;
		if (i == ENTRIES_MAX) {
			report_error(report, 0, NULL,
			    "holds more than %d entries; is it the right "
			    "folder?",
			    ENTRIES_MAX);
			return -EINVAL;
		}
		r = put_name(names, report, entry->d_name);
		if (r < 0)
			return r;
	}
	qsort(
	    names->names, names->count, sizeof(names->names[0]), compare_names);
	*ret_names = TAKE(names);
	return 0;
}

static void
load_file(struct loader *loader, int dir_fd, const char *dir, const char *name,
    struct names *names)
{
	struct report *report = &loader->reader.report;
	struct source source = {0};
	AUTO_TEXT path = NULL;
	const char *why = "";
	int r;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		report->failure = -ENOMEM;
		return;
	}
	report->file = path;
	r = source_read(dir_fd, name, FILE_BYTES_MAX, &source, &why);
	names->bytes += source.size;
	if (r == -ENOMEM)
		report->failure = r;
	else if (r < 0)
		report_error(report, 0, NULL, "%s", why);
	else if (names->bytes > FOLDER_BYTES_MAX)
		report_error(report, 0, NULL,
		    "with this file the folder holds more than %d MiB",
		    FOLDER_BYTES_MAX / 1048576);
	else
		loader_read(loader, path, source.bytes, source.size,
		    source.others_may_read);
	source_done(&source);
	report->file = dir;
}

/* Read the files of a folder that is there. */
static int
load_folder(struct loader *loader, DIR *folder, const char *dir)
{
	struct report *report = &loader->reader.report;
	AUTO(names) names = NULL;
	const char *why = "";
	int r;

	report->file = dir;
	r = source_check_folder(dirfd(folder), &why);
	if (r == -EPERM) {
		report_error(report, 0, NULL, "%s", why);
		return 0;
	}
	if (r == 0)
		r = read_names(folder, report, &names);
	if (r < 0)
		return r;

	for (size_t i = 0; i < names->count && !report_is_full(report); i++)
		load_file(loader, dirfd(folder), dir, names->names[i], names);
	return 0;
}

int
config_load(const char *dir, struct config **ret_config,
    struct config_report *ret_report)
{
	struct loader loader;
	DIR *folder;
	int r;

	r = loader_init(&loader, ret_report);
	folder = r == 0 ? opendir(dir) : NULL;
	if (r == 0 && !folder && errno != ENOENT) {
		r = -errno;
		loader.reader.report.file = dir;
		report_error(&loader.reader.report, 0, NULL,
		    "cannot be read: %s; the daemon's user must be allowed to",
		    strerrordesc_np(-r));
	}
	if (folder) {
		r = load_folder(&loader, folder, dir);
		(void)closedir(folder); /* it was only read */
	}
	if (r == 0)
		pam_stack_note_factors(
		    &loader.reader.report, loader.config, PAM_STACK_FOLDER);
	if (r == 0)
		r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

/* Read the one file into the loader. */
static int
load_provisioning(struct loader *loader, int fd, const char *path)
{
	struct report *report = &loader->reader.report;
	struct source source = {0};
	const char *why = "";
	int r;

	r = fd < 0 ? source_read(AT_FDCWD, path, FILE_BYTES_MAX, &source, &why)
		   : source_read_open(fd, FILE_BYTES_MAX, &source, &why);
	if (r == -ENOMEM || r == -ENOENT)
		return r;
	report->file = path;
	if (r < 0)
		report_error(report, 0, NULL, "%s", why);
	else
		loader_read(loader, path, source.bytes, source.size, false);
	source_done(&source);
	if (report->to->error_count == 0 && !loader->config->provisioning)
		report_error(report, 0, NULL, "has no Provisioning; add one");
	return 0;
}

int
config_load_provisioning(int fd, const char *path, struct config **ret_config,
    struct config_report *ret_report)
{
	struct loader loader;
	int r;

	r = loader_init(&loader, ret_report);
	if (r == 0)
		r = load_provisioning(&loader, fd, path);
	if (r == 0)
		r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

struct config *
config_ref(struct config *config)
{
	(void)__atomic_add_fetch(&config->references, 1, __ATOMIC_RELAXED);
	return config;
}

void
config_unref(struct config *config)
{
	if (!config ||
	    __atomic_sub_fetch(&config->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	tables_free_resources(config);
	free(config);
}

/* "app, admin": the ids of all AuthConfigs. NULL: no memory. */
static char *
print_ids(const struct config *config)
{
	AUTO_TEXT ids = strdup("");

	for (size_t i = 0; ids && i < config->auth_config_count; i++) {
		char *longer;

		if (asprintf(&longer, "%s%s%s", ids, i ? ", " : "",
			config->auth_configs[i].id) < 0)
			return NULL;
		free(ids);
		ids = longer;
	}
	return TAKE(ids);
}

/* Why there is no such AuthConfig; NULL: no memory. */
static char *
print_why(const struct config *config, const char *id)
{
	AUTO_TEXT ids = print_ids(config);
	char shown[ID_BYTES_MAX + 1], *why;
	int size;

	if (!ids)
		return NULL;
	text_copy_word_for_log(id, shown, sizeof(shown));
	if (id[0] == '\0')
		size = asprintf(&why,
		    "there are several AuthConfigs (%s); say which, as in "
		    "config=%s",
		    ids, config->auth_configs[0].id);
	else if (config->auth_config_count == 0)
		size = asprintf(&why,
		    "no AuthConfig has the id %s, and there is none at all",
		    shown);
	else
		size = asprintf(&why,
		    "no AuthConfig has the id %s; there are: %s", shown, ids);
	return size < 0 ? NULL : why;
}

int
config_get_auth_config(const struct config *config, const char *id,
    const struct auth_config **ret_auth_config, char **ret_why)
{
	size_t count = config->auth_config_count;

	if (!id)
		id = "";
	if (id[0] == '\0' && count <= 1) {
		*ret_auth_config =
		    count == 0 ? &config->built_in : config->auth_configs;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		if (streq(config->auth_configs[i].id, id)) {
			*ret_auth_config = &config->auth_configs[i];
			return 0;
		}
	*ret_why = print_why(config, id);
	return -ENOENT;
}

const struct client *
config_find_client_by_peer(const struct config *config, const char *user)
{
	for (size_t i = 0; i < config->client_count; i++) {
		char *const *peers = config->clients[i].peers;

		for (; peers && *peers; peers++)
			if (streq(*peers, user))
				return &config->clients[i];
	}
	return NULL;
}

static int
compare_user_id(const void *id, const void *user)
{
	return text_order(id, ((const struct declared_user *)user)->id);
}

const struct declared_user *
config_find_user(const struct config *config, const char *id)
{
	if (config->user_count == 0)
		return NULL;
	return bsearch(id, config->users, config->user_count,
	    sizeof(*config->users), compare_user_id);
}

bool
config_names_users(
    const struct config *config, const struct token_introspector *introspector)
{
	if (introspector->names_users != NAMES_USERS_UNSAID)
		return introspector->names_users == NAMES_USERS_YES;
	return config->introspector_count == 1;
}

bool
config_token_match(
    const struct token_introspector *introspector, const char *token)
{
	size_t steps = REGEX_STEPS_MAX;
	struct regex_part part;

	return introspector->token_compiled &&
	       regex_match_whole(
		   introspector->token_compiled, token, &steps, &part) == 1;
}

const struct client_auth *
config_get_client_auth(const struct token_introspector *introspector)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;

	if (introspector->introspection_authorization)
		return NULL;
	if (introspector->client_auth.method != CLIENT_AUTH_NONE)
		return &introspector->client_auth;
	if (provider && provider->client.method != CLIENT_AUTH_NONE)
		return &provider->client;
	return NULL;
}
