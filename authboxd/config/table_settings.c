/* What is of the whole daemon: Settings, and where notices go. */
#include "config/check.h"
#include "config/tables.h"

static const struct field settings_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	.required = true,
	AT(settings, id),
	.help = "Any name; there is one Settings.",
    },
    {
	.path = "http.proxy",
	.type = FIELD_URL,
	.may_be_http = true, /* TLS goes through it to the real host */
	AT(settings, http_proxy),
	.fallback_note = "none",
	.help = "The proxy for every HTTP request.",
    },
    {
	.path = "http.ca",
	.type = FIELD_TEXT,
	.shape = &shape_path,
	AT(settings, http_ca),
	.fallback_note = "the system's",
	.help = "PEM file of the authorities that are trusted instead.",
    },
    {
	.path = "limits.connections",
	.type = FIELD_NUMBER,
	.min = 16,
	.max = SETTINGS_CONNECTIONS_MAX,
	AT(settings, connections_max),
	.fallback = "2048",
	.help = "Connections at once; for all but root, a quarter of it.",
    },
    {
	.path = "limits.connectionsPerUid",
	.type = FIELD_NUMBER,
	.min = 1,
	.max = SETTINGS_CONNECTIONS_MAX,
	AT(settings, connections_per_uid),
	.fallback = "16",
	.help = "Of these, by one user; root has no such limit.",
    },
    {
	.path = "limits.creationsPerMinute",
	.type = FIELD_NUMBER,
	.min = 1,
	.max = SETTINGS_CREATIONS_MAX,
	AT(settings, creations_per_minute),
	.fallback = "60",
	.help = "Users whom one issuer's tokens may create.",
    },
    {
	.path = "limits.creationsPerDay",
	.type = FIELD_NUMBER,
	.min = 1,
	.max = SETTINGS_CREATIONS_MAX,
	AT(settings, creations_per_day),
	.fallback = "1000",
	.help = "The same for a day.",
    },
    {
	.path = "session.freshLogin",
	.type = FIELD_NUMBER,
	.min = 0,
	.max = 3600,
	AT(settings, fresh_login_s),
	.fallback = "300",
	.help = "Seconds in which a login may make a session; 0: never.",
    },
    {
	.path = "log.debug",
	.type = FIELD_BOOLEAN,
	AT(settings, log_debug),
	.fallback = "false",
	.help = "Log each step of a login; never a code or secret.",
    },
    {
	.path = "security.introspection-create-user",
	.type = FIELD_BOOLEAN,
	AT(settings, introspection_create_user),
	.fallback = "false",
	.help = "Create the user that a good token names.",
    },
};

const struct table table_settings = {
    FIELDS(settings_fields),
    .size = sizeof(struct settings),
    .check = check_settings,
};

static const struct field_word provider_words[] = {
    {"console", NOTICE_CONSOLE}, {"webhook", NOTICE_WEBHOOK}, {NULL, 0}};

static const struct field provider_fields[] = {
    {
	.path = "type",
	.type = FIELD_CHOICE,
	.words = provider_words,
	.required = true,
	AT(provider, type),
	.help = "The journal, or the AuthConfig's webhook.",
    },
};

static const struct table provider_table = {
    FIELDS(provider_fields),
    .size = sizeof(struct provider),
};

static const struct field aidbox_config_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	.required = true,
	AT(aidbox_config, id),
	.help = "Any name; there is one AidboxConfig.",
    },
    {
	.path = "provider.default",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(aidbox_config, default_provider),
	.fallback_note = "the only one",
	.help = "The provider that notices go to.",
    },
    {
	.path = "provider.*",
	.type = FIELD_OBJECTS,
	.table = &provider_table,
	.max = 16,
	AT(aidbox_config, providers),
	COUNT(aidbox_config, provider_count),
	.help = "A provider, by any name.",
    },
};

const struct table table_aidbox_config = {
    FIELDS(aidbox_config_fields),
    .size = sizeof(struct aidbox_config),
    .check = check_aidbox_config,
};
