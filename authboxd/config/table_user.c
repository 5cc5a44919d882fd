/* What the configuration declares of a person: User. */
#include "config/tables.h"

static const struct field identifier_fields[] = {
    {
	.path = "system",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(user_identifier, system),
	.help = "The issuer: iss of the tokens.",
    },
    {
	.path = "value",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	.required = true,
	AT(user_identifier, value),
	.help = "The subject: sub of the tokens.",
    },
    {
	.path = "use",
	.type = FIELD_IGNORED,
	.help = "What the name is for.",
    },
    {
	.path = "type",
	.type = FIELD_IGNORED,
	.help = "What sort of a name it is.",
    },
};

static const struct table identifier_table = {
    FIELDS(identifier_fields),
    .size = sizeof(struct user_identifier),
};

static const struct field user_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_user,
	.required = true,
	AT(declared_user, id),
	.help = "The user's Unix name.",
    },
    {
	.path = "email",
	.type = FIELD_TEXT,
	.shape = &shape_email,
	AT(declared_user, email),
	.help = "Sent to the webhook.",
    },
    {
	.path = "phoneNumber",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(declared_user, phone_number),
	.help = "Sent to the webhook.",
    },
    {
	.path = "displayName",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(declared_user, display_name),
	.help = "Sent to the webhook.",
    },
    {
	.path = "inactive",
	.type = FIELD_BOOLEAN,
	AT(declared_user, inactive),
	.fallback = "false",
	.help = "Every login of the user is refused.",
    },
    {
	.path = "allowSystem",
	.type = FIELD_BOOLEAN,
	AT(declared_user, allow_system),
	.fallback = "false",
	.help = "A token may lead to this account below uid 1000.",
    },
    {
	.path = "twoFactor.transport",
	.type = FIELD_TEXT,
	.shape = &shape_word,
	AT(declared_user, two_factor_transport),
	.fallback_note = "an app",
	.help = "Codes go by webhook; the receiver gets this word.",
    },
    {
	.path = "twoFactor.enabled",
	.type = FIELD_REFUSED,
	.help = "The store says so: enrol with authboxctl 2fa enrol.",
    },
    {
	.path = "twoFactor.secretKey",
	.type = FIELD_REFUSED,
	.help = "Keys are in the store alone: use authboxctl import.",
    },
    {
	.path = "data",
	.type = FIELD_JSON,
	AT(declared_user, data),
	.help = "Anything; policies find it as user.data.",
    },
    {
	.path = "identifier",
	.type = FIELD_OBJECTS,
	.table = &identifier_table,
	.max = 16,
	AT(declared_user, identifiers),
	COUNT(declared_user, identifier_count),
	.help = "Whose tokens are the user's, by issuer and subject.",
    },
    {
	.path = "name",
	.type = FIELD_IGNORED,
	.help = "The parts of a name; displayName is used.",
    },
    {
	.path = "password",
	.type = FIELD_REFUSED,
	.help = "The password is that of the Unix account.",
    },
};

const struct table table_user = {
    FIELDS(user_fields),
    .size = sizeof(struct declared_user),
};
