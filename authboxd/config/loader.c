#include "config/loader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "config/check.h"
#include "config/find.h"
#include "config/place.h"
#include "config/resolve.h"
#include "config/resource.h"
#include "config/scalar.h"
#include "config/tables.h"

#define ID_CHARACTERS                                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* A Unix user can speak for one Client only. */
static void
check_peers(struct loader *loader, unsigned line, const struct client *client)
{
	for (size_t i = 0; client->peers && client->peers[i]; i++) {
		const struct client *other = config_find_client_by_peer(
		    loader->config, client->peers[i]);

		if (other)
			report_error(&loader->reader.report, line, "peers",
			    "%s is a peer of Client/%s already; a user can "
			    "speak as one client only",
			    client->peers[i], other->id);
	}
}

/* "FILE-LINE" for a resource that may do without an id and has none: whoever
 * meets it in an audit record finds the resource. Lent from the resource; NULL:
 * its kind needs an id, or no memory. */
static const char *
make_id(struct loader *loader, const struct table *table, unsigned line,
    void *resource)
{
	struct report *report = &loader->reader.report;
	const char *slash = strrchr(report->file, '/');
	const char *file = slash ? slash + 1 : report->file;
	char id[ID_BYTES_MAX + 1];
	const struct field *field;
	bool below;
	char **at;

	field = field_find(table, "id", &below);
	if (!field || field->required)
		return NULL;
	(void)snprintf(id, sizeof(id), "%.48s-%u", file, line);
	for (char *c = id; *c != '\0'; c++)
		if (!strchr(ID_CHARACTERS, *c))
			*c = '_';
	if (id[0] == '.' || id[0] == '-')
		id[0] = '_';

	at = (void *)((char *)resource + field->at);
	free(*at);
	*at = strdup(id);
	if (!*at)
		report->failure = -ENOMEM;
	return *at;
}

static void
read_resource(struct loader *loader, const struct kind *kind,
    const struct tree *root, void *resource)
{
	struct report *report = &loader->reader.report;
	const struct tree *id = tree_find(root, "id");
	size_t errors = report->to->error_count;
	const struct tree *insecure = tree_find(root, "insecure");

	loader->reader.insecure = insecure && insecure->type == TREE_TEXT &&
				  insecure->plain &&
				  streq(insecure->text, "true");
	resource_init(&loader->reader, kind->table, resource);
	if (!id)
		report->id = make_id(loader, kind->table, root->line, resource);
	resource_read(&loader->reader, kind->table, "", root, resource);
	if (kind->table == &table_client)
		check_peers(loader, root->line, resource);
	if (report->id && !place_put(&loader->places, report, kind, report->id,
			      id ? id->line : root->line))
		return;

	if (report->to->error_count == errors && report->failure == 0 &&
	    kind->put(loader->config, resource) < 0)
		report->failure = -ENOMEM;
}

/* authbox-userdb reads one file, and must not see the secrets of others. */
static bool
file_fits(struct report *report, unsigned line, const struct kind *kind)
{
	const char *slash = strrchr(report->file, '/');
	const char *end = text_after(
	    slash ? slash + 1 : report->file, TABLES_PROVISIONING_FILE);
	bool is_userdbs = end && (end[0] == '.' || end[0] == '\0');

	if (kind->file && !is_userdbs)
		report_error(report, line, "resourceType",
		    "a %s must stand in the file %s.yaml, which "
		    "authbox-userdb reads; move it there",
		    kind->name, kind->file);
	else if (!kind->file && is_userdbs)
		report_error(report, line, "resourceType",
		    "a %s must not stand in the file that authbox-userdb "
		    "reads; move it to another one",
		    kind->name);
	return is_userdbs == (kind->file != NULL);
}

/* The kind that a document names; NULL: the report says why none. */
static const struct kind *
find_kind(struct report *report, const struct tree *root)
{
	const struct tree *type = tree_find(root, "resourceType");
	const struct kind *kind;
	const char *near;
	char name[65];

	if (!type || type->type != TREE_TEXT || tree_is_empty(type)) {
		report_error(report, type ? type->line : root->line, NULL,
		    "no resourceType; say what this document is, as in "
		    "\"resourceType: AuthConfig\"");
		return NULL;
	}
	kind = tables_find(type->text);
	if (kind)
		return file_fits(report, type->line, kind) ? kind : NULL;

	text_copy_for_log(type->text, name, sizeof(name));
	near = tables_find_near(name);
	if (near)
		report_error(report, type->line, "resourceType",
		    "%s: unknown kind; did you mean %s?", name, near);
	else
		report_error(report, type->line, "resourceType",
		    "%s: unknown kind; \"authboxctl config explain\" lists "
		    "the known ones",
		    name);
	return NULL;
}

static void
read_document(struct loader *loader, const struct tree *root)
{
	struct report *report = &loader->reader.report;
	const struct tree *id = tree_find(root, "id");
	const struct kind *kind;
	void *resource;

	if (tree_is_empty(root))
		return; /* nothing but comments */
	if (root->type != TREE_MAP) {
		report_error(report, root->line, NULL,
		    "a document must be a map of fields; two documents are "
		    "parted by a line with ---");
		return;
	}
	if (++loader->resource_count > LOADER_RESOURCES_MAX) {
		report_error(report, root->line, NULL,
		    "more than %d resources in all", LOADER_RESOURCES_MAX);
		return;
	}
	kind = find_kind(report, root);
	if (!kind)
		return;
	resource = calloc(1, kind->table->size);
	if (!resource) {
		report->failure = -ENOMEM;
		return;
	}

	report->kind = kind->name;
	if (id && id->type == TREE_TEXT && user_name_is_valid(id->text))
		report->id = id->text;
	read_resource(loader, kind, root, resource);
	report->kind = report->id = NULL;
	resource_done(kind->table, resource);
	free(resource);
}

void
loader_read(struct loader *loader, const char *file, const char *bytes,
    size_t size, bool others_may_read)
{
	struct report *report = &loader->reader.report;
	AUTO(tree_reader) reader = NULL;
	struct tree_fault fault = {0};
	int r;

	report->file = file;
	loader->reader.others_may_read = others_may_read;
	loader->reader.told_others_may_read = false;
	r = tree_reader_new(bytes, size, &reader);
	while (r >= 0 && !report_is_full(report)) {
		AUTO(tree) root = NULL;

		r = tree_reader_next(reader, &root, &fault);
		if (r <= 0)
			break;
		read_document(loader, root);
	}
	if (r == -EBADMSG)
		report_error(report, fault.line, NULL, "%s", fault.why);
	else if (r < 0)
		report->failure = r;
	if (r == 0 && size > 0 && bytes[size - 1] != '\n')
		report_note(report, 0, NULL,
		    "the last line has no end; if the file was cut, write it "
		    "again");
}

/* The environment's way of setting one switch. */
static void
read_environment(struct loader *loader)
{
	static const char *const names[] = {
	    "BOX_SECURITY_INTROSPECTION_CREATE_USER",
	    "BOX_FEATURES_AUTHENTICATION_INTROSPECTION_CREATE__USER"};
	struct report *report = &loader->reader.report;
	const char *first = NULL;
	bool on = false;

	report->file = "environment";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		bool was = on;

		if (!value)
			continue;
		if (streq(value, "1") || streq(value, "0"))
			on = streq(value, "1");
		else if (!scalar_parse_boolean(value, &on))
			report_error(
			    report, 0, names[i], "must be true, false, 1 or 0");
		if (first && was != on)
			report_error(report, 0, names[i],
			    "says something else than %s; set one of the two",
			    first);
		first = names[i];
	}
	if (first)
		loader->config->settings.introspection_create_user = on;
}

static int
compare_users(const void *a, const void *b)
{
	return text_order(((const struct declared_user *)a)->id,
	    ((const struct declared_user *)b)->id);
}

static uint64_t
next_generation(void)
{
	struct timespec now;

	/* Cannot fail for this clock. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Notices by webhook need one. */
static void
check_notices(struct loader *loader)
{
	const struct config *config = loader->config;

	if (config->notices != NOTICE_WEBHOOK)
		return;
	for (size_t i = 0; i < config->auth_config_count; i++)
		if (config->auth_configs[i].two_factor.webhook.endpoint)
			return;
	loader->reader.report.file = "AidboxConfig";
	report_note(&loader->reader.report, 0, "provider.default",
	    "notices go to the log, because no AuthConfig has "
	    "twoFactor.webhook.endpoint");
}

int
loader_init(struct loader *loader, struct config_report *report)
{
	struct reader *reader = &loader->reader;
	struct config *config;

	*loader = (struct loader){.reader.report.to = report};
	config = calloc(1, sizeof(*config));
	if (!config)
		return -ENOMEM;

	config->references = 1;
	config->generation = next_generation();
	loader->config = config;
	reader->report.file = "";
	resource_init(reader, &table_settings, &config->settings);
	resource_init(reader, &table_auth_config, &config->built_in);
	config->built_in.id = strdup("built-in");
	config->built_in.two_factor.issuer_name = check_default_issuer();
	if (!config->built_in.id || !config->built_in.two_factor.issuer_name)
		reader->report.failure = -ENOMEM;
	return reader->report.failure;
}

void
loader_done(struct loader *loader)
{
	place_free_all(&loader->places);
	config_unref(loader->config);
	loader->config = NULL;
}

int
loader_finish(struct loader *loader, struct config **ret_config)
{
	struct config *config = loader->config;
	int r;

	read_environment(loader);
	check_notices(loader);
	if (loader->reader.report.failure < 0)
		return loader->reader.report.failure;
	if (config->user_count > 0)
		qsort(config->users, config->user_count, sizeof(*config->users),
		    compare_users);
	r = find_sort_identifiers(config);
	if (r < 0)
		return r;
	resolve_references(loader);
	if (loader->reader.report.failure < 0)
		return loader->reader.report.failure;
	if (loader->reader.report.to->error_count > 0)
		return -EINVAL;
	*ret_config = TAKE(loader->config);
	return 0;
}
