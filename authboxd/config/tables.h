/*
 * The kinds of resources. The order of fields in a table is their order in
 * `config explain` and in authbox-resources(5).
 */
#ifndef CONFIG_TABLES_H
#define CONFIG_TABLES_H

#include "config/field.h"

struct kind {
	const char *name;
	const char *help; /* one line */
	const struct table *table;
	const char *file; /* NULL: any; else this file alone, and no
			   * other kind stands there */
	bool single;	  /* one resource at most */
	/* Take over what a resource of this kind holds, and zero it. -ENOMEM:
	 * nothing was taken. */
	int (*put)(struct config *config, void *resource);
};

/* All kinds. */
const struct kind *tables_kinds(size_t *ret_count);

/* NULL: no such kind. */
const struct kind *tables_find(const char *name);

/* The name of a kind near to an unknown one, NULL: none is. */
const char *tables_find_near(const char *name);

/* What a configuration holds, freed by the tables; the struct stays. */
void tables_free_resources(struct config *config);

/* How AidboxConfig is read; what it decides goes to config->notices. */
struct provider {
	char *name;
	enum notice_provider type;
};

struct aidbox_config {
	char *id;
	struct provider *providers;
	size_t provider_count;
	char *default_provider;
};

/* An entry of TokenIntrospector.jwt.keys while it is read. */
struct introspector_key {
	struct secret *k;
	char *pub, *kty, *alg, *format, *kid;
	struct jwk *key; /* made of them */
};

/* The tables, each in the file of its name. */
extern const struct table table_auth_config, table_client, table_user,
    table_aidbox_config, table_settings, table_token_introspector,
    table_introspector_key, table_identity_provider, table_role,
    table_access_policy, table_provisioning;

/* What authbox-userdb reads, without the end of its name. */
#define TABLES_PROVISIONING_FILE "userdb"

/* Words for writing tables. */
#define AT(type, member)    .at = offsetof(struct type, member)
#define COUNT(type, member) .count_at = offsetof(struct type, member)
#define FIELDS(array)                                                          \
	.fields = (array), .field_count = sizeof(array) / sizeof((array)[0])

/* What every resource has, but for its id. */
#define TABLES_COMMON                                                          \
	{                                                                      \
	    .path = "resourceType",                                            \
	    .type = FIELD_KIND,                                                \
	    .required = true,                                                  \
	    .help = "The kind of the resource.",                               \
	},                                                                     \
	{                                                                      \
		.path = "meta", .type = FIELD_IGNORED,                         \
		.help = "Versions and tags of the web server's.",              \
	}

#endif
