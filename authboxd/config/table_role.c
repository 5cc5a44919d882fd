/* Role: that a user has a role. */
#include "config/tables.h"

static const struct field_word user_kinds[] = {{"User", 0}, {NULL, 0}};

static const struct field role_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	AT(role, id),
	.fallback_note = "FILE-LINE",
	.help = "Any name.",
    },
    {
	.path = "name",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	.required = true,
	AT(role, name),
	.help = "The role, as roleName of a policy has it.",
    },
    {
	.path = "user",
	.type = FIELD_REFERENCE,
	.words = user_kinds,
	.required = true,
	AT(role, user_id),
	.help = "Who has it. For several users give several Roles.",
    },
    {
	.path = "links",
	.type = FIELD_JSON,
	AT(role, links),
	.help = "Anything; policies find it as role.links.",
    },
    {
	.path = "context",
	.type = FIELD_JSON,
	AT(role, context),
	.help = "Anything; policies find it as role.context.",
    },
    {
	.path = "description",
	.type = FIELD_ANY,
	.help = "A remark for people.",
    },
};

const struct table table_role = {
    FIELDS(role_fields),
    .size = sizeof(struct role),
};
