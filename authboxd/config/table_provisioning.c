/* Provisioning: how Unix accounts are made. */
#include "config/check.h"
#include "config/tables.h"

static const struct field group_fields[] = {
    {
	.path = "value",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	.required = true,
	AT(group_rule, value),
	.help = "One value of the claim, as the provider sends it.",
    },
    {
	.path = "group",
	.type = FIELD_TEXT,
	.shape = &shape_group,
	.required = true,
	AT(group_rule, group),
	.help = "The Unix group; nothing while it is not there.",
    },
    {
	.path = "powerful",
	.type = FIELD_BOOLEAN,
	AT(group_rule, powerful),
	.fallback = "false",
	.help = "The second yes, for groups like sudo, docker, adm.",
    },
};

static const struct table group_table = {
    FIELDS(group_fields),
    .size = sizeof(struct group_rule),
    .check = check_group_rule,
};

static const struct field_word case_words[] = {
    {"keep", USERNAME_CASE_KEEP}, {"lower", USERNAME_CASE_LOWER}, {NULL, 0}};

static const struct field_word character_words[] = {{"plain", UNIX_NAME_PLAIN},
    {"dots", UNIX_NAME_DOTS}, {"mail", UNIX_NAME_MAIL}, {NULL, 0}};

static const struct field provisioning_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	AT(provisioning, id),
	.fallback_note = "FILE-LINE",
	.help = "Any name; there is one Provisioning.",
    },
    {
	.path = "uidRange.min",
	.type = FIELD_NUMBER,
	.min = UNIX_ID_MIN,
	.max = UNIX_ID_MAX,
	AT(provisioning, uid_min),
	.fallback = "65536",
	.help = "The first id that a user may get.",
    },
    {
	.path = "uidRange.max",
	.type = FIELD_NUMBER,
	.min = UNIX_ID_MIN,
	.max = UNIX_ID_MAX,
	AT(provisioning, uid_max),
	.fallback = "99999",
	.help = "The last one.",
    },
    {
	.path = "username.claim",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(provisioning, username_claim),
	.fallback = "sub",
	.help = "The claim that the user's name is made of.",
    },
    {
	.path = "username.pattern",
	.type = FIELD_REGEX,
	AT(provisioning, username_pattern),
	COUNT(provisioning, username_compiled),
	.fallback_note = "all of it",
	.help = "The claim's form; with another one there is no user.",
    },
    {
	.path = "username.replacement",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(provisioning, username_replacement),
	.fallback_note = "first group, or all",
	.help = "The name; \\1 to \\9 are the pattern's groups.",
    },
    {
	.path = "username.case",
	.type = FIELD_CHOICE,
	.words = case_words,
	AT(provisioning, username_letters),
	.fallback = "lower",
	.help = "Whether capitals become small letters.",
    },
    {
	.path = "username.characters",
	.type = FIELD_CHOICE,
	.words = character_words,
	AT(provisioning, username_characters),
	.fallback = "plain",
	.help = "plain is a-z 0-9 _ -; dots has dots too, mail one @.",
    },
    {
	.path = "username.names",
	.type = FIELD_REGEX,
	AT(provisioning, names),
	COUNT(provisioning, names_compiled),
	.fallback_note = "any",
	.help = "Only such names; others stay unknown to this host.",
    },
    {
	.path = "shell",
	.type = FIELD_TEXT,
	.shape = &shape_path,
	AT(provisioning, shell),
	.fallback = "/bin/bash",
	.help = "The login shell.",
    },
    {
	.path = "home",
	.type = FIELD_TEXT,
	.shape = &shape_path,
	AT(provisioning, home),
	.fallback = "/home/%u",
	.help = "The home; %u is the name. pam_mkhomedir makes it.",
    },
    {
	.path = "groups.claim",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(provisioning, groups_claim),
	.fallback = "groups",
	.help = "The claim that groups.map is about: a text, or a list.",
    },
    {
	.path = "groups.map",
	.type = FIELD_OBJECTS,
	.table = &group_table,
	.max = 256,
	AT(provisioning, groups),
	COUNT(provisioning, group_count),
	.help = "Which values lead to which groups; to no others.",
    },
    {
	.path = "firstLogin",
	.type = FIELD_BOOLEAN,
	AT(provisioning, first_login),
	.fallback = "false",
	.help = "Let sshd ask who is not yet known to this host.",
    },
};

const struct table table_provisioning = {
    FIELDS(provisioning_fields),
    .size = sizeof(struct provisioning),
    .check = check_provisioning,
};
