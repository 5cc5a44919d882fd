/* AccessPolicy: who may use which service. */
#include "config/check.h"
#include "config/tables.h"

static const struct field_word engine_words[] = {{"allow", POLICY_ALLOW},
    {"matcho", POLICY_MATCHO}, {"complex", POLICY_COMPLEX}, {NULL, 0}};

static const char *const other_engines[] = {"sql", "json-schema", "clj",
    "matcho-rpc", "allow-rpc", "signed-rpc", "smart-on-fhir", NULL};

/* One policy inside another. */
static const struct table node_table;

#define NO_ENGINE "That engine is not supported; use matcho."

/* What a policy and one inside it have in common; `node` leads there. */
#define NODE_FIELDS(holder, node)                                              \
	{                                                                      \
	    .path = "engine",                                                  \
	    .type = FIELD_CHOICE,                                              \
	    .words = engine_words,                                             \
	    .refused_words = other_engines,                                    \
	    .refused_why = "is not supported by authbox, which has no "        \
			   "database and no web requests; say the same with "  \
			   "matcho",                                           \
	    AT(holder, node engine),                                           \
	    .fallback_note = "by the rest",                                    \
	    .help = "How the request is judged.",                              \
	},                                                                     \
	    {                                                                  \
		.path = "matcho",                                              \
		.type = FIELD_PATTERN,                                         \
		AT(holder, node matcho),                                       \
		.help = "What the request must be like.",                      \
	    },                                                                 \
	    {                                                                  \
		.path = "and",                                                 \
		.type = FIELD_OBJECTS,                                         \
		.table = &node_table,                                          \
		.max = POLICY_NODES_MAX,                                       \
		AT(holder, node all),                                          \
		COUNT(holder, node all_count),                                 \
		.help = "With complex: all of these must be true.",            \
	    },                                                                 \
	    {                                                                  \
		.path = "or",                                                  \
		.type = FIELD_OBJECTS,                                         \
		.table = &node_table,                                          \
		.max = POLICY_NODES_MAX,                                       \
		AT(holder, node any),                                          \
		COUNT(holder, node any_count),                                 \
		.help = "With complex: one of these; they have the fields of " \
			"and[].",                                              \
	    },                                                                 \
	    {                                                                  \
		.path = "sql",                                                 \
		.type = FIELD_REFUSED,                                         \
		.help = NO_ENGINE,                                             \
	    },                                                                 \
	{                                                                      \
		.path = "schema", .type = FIELD_REFUSED, .help = NO_ENGINE,    \
	}

#define NOTHING

static const struct field node_fields[] = {
    NODE_FIELDS(policy_node, NOTHING),
    {
	.path = "description",
	.type = FIELD_ANY,
	.help = "A remark for people.",
    },
};

static const struct table node_table = {
    FIELDS(node_fields),
    .size = sizeof(struct policy_node),
    .check = check_policy_node,
};

static const struct field_word stage_words[] = {{"login", POLICY_STAGE_LOGIN},
    {"account", POLICY_STAGE_ACCOUNT}, {NULL, 0}};

static const struct field_word link_kinds[] = {
    {"User", POLICY_LINK_USER}, {"Client", POLICY_LINK_CLIENT}, {NULL, 0}};

static const struct field access_policy_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	AT(access_policy, id),
	.fallback_note = "FILE-LINE",
	.help = "The policy's name, in audit records.",
    },
    {
	.path = "description",
	.type = FIELD_TEXT,
	.shape = &shape_prose,
	AT(access_policy, description),
	.help = "A remark for people.",
    },
    NODE_FIELDS(access_policy, rule.),
    {
	.path = "link",
	.type = FIELD_REFERENCES,
	.words = link_kinds,
	.min = 1, /* an empty list would be one for all */
	.max = 256,
	AT(access_policy, links),
	COUNT(access_policy, link_count),
	.fallback_note = "all",
	.help = "Only for these.",
    },
    {
	.path = "roleName",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(access_policy, role_name),
	.fallback_note = "all",
	.help = "Only for users with this role.",
    },
    {
	.path = "stage",
	.type = FIELD_CHOICE,
	.words = stage_words,
	AT(access_policy, stage),
	.fallback_note = "logins by token",
	.help = "login: by token, but not in account; account: all logins.",
    },
    {
	.path = "type",
	.type = FIELD_REFUSED,
	.help = "Web requests have types, logins have none; use matcho.",
    },
    {
	.path = "rpc",
	.type = FIELD_REFUSED,
	.help = NO_ENGINE,
    },
    {
	.path = "clj",
	.type = FIELD_REFUSED,
	.help = NO_ENGINE,
    },
    {
	.path = "module",
	.type = FIELD_IGNORED,
	.help = "What the policy belongs to.",
    },
    {
	.path = "source",
	.type = FIELD_IGNORED,
	.help = "Where the policy comes from.",
    },
};

const struct table table_access_policy = {
    FIELDS(access_policy_fields),
    .size = sizeof(struct access_policy),
    .check = check_access_policy,
};
