/* A server that asks about others than its own user: Client. */
#include "config/check.h"
#include "config/tables.h"

static const struct field client_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	.required = true,
	AT(client, id),
	.help = "The client's name, in audit records and on the API.",
    },
    {
	.path = "secret",
	.type = FIELD_SECRET,
	AT(client, secret),
	.help = "What the client proves its name with on the API.",
    },
    {
	.path = "peers",
	.type = FIELD_TEXTS,
	.shape = &shape_user,
	.max = 64,
	AT(client, peers),
	.help = "Unix users that speak as this client.",
    },
    {
	.path = "services",
	.type = FIELD_TEXTS,
	.shape = &shape_service,
	.max = 64,
	AT(client, services),
	.help = "The services that its peers may ask for.",
    },
    {
	.path = "connections",
	.type = FIELD_NUMBER,
	.min = 1,
	.max = SETTINGS_CONNECTIONS_MAX,
	AT(client, connections),
	.fallback = "128",
	.help = "Connections that its peers together may hold.",
    },
    {
	.path = "auth",
	.type = FIELD_IGNORED,
	.help = "Web flows of the followed server.",
    },
    {
	.path = "first_party",
	.type = FIELD_IGNORED,
	.help = "Web flows of the followed server.",
    },
    {
	.path = "grant_types",
	.type = FIELD_IGNORED,
	.help = "Web flows of the followed server.",
    },
    {
	.path = "name",
	.type = FIELD_IGNORED,
	.help = "A title for people.",
    },
    {
	.path = "description",
	.type = FIELD_IGNORED,
	.help = "A remark for people.",
    },
};

const struct table table_client = {
    FIELDS(client_fields),
    .size = sizeof(struct client),
    .check = check_client,
};
