/*
 * The configuration as an immutable, counted snapshot of all resources in
 * /etc/authbox. Kinds and field names are those of the identity server whose
 * published examples work here.
 *
 * Texts of a snapshot live as long as a reference to it. A field that was not
 * given has its default from the kind's table (config/tables.h).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/otp.h"
#include "base/secret.h"
#include "net/header.h"

enum enrolment_mode {
	ENROLMENT_OFF = 0,
	ENROLMENT_OFFER = 1,   /* may enrol in the dialogue, Enter declines */
	ENROLMENT_REQUIRE = 2, /* from grace_until_unix_s on: no way round */
};

/* All given members must match; `until_unix_s` 0: for ever. */
struct exempt {
	char *group;
	char *network; /* "10.0.0.0/8", "2001:db8::/32", one address */
	char *service;
	int64_t until_unix_s;
};

struct webhook {
	char *endpoint; /* NULL: no webhook */
	unsigned timeout_ms;
	struct header *headers;
	size_t header_count;
};

struct two_factor {
	char *issuer_name; /* never NULL; default: the host name */
	unsigned past_codes;
	unsigned future_codes;
	unsigned digits;
	unsigned period_s;
	enum otp_algorithm algorithm;
	enum enrolment_mode enrolment;
	int64_t grace_until_unix_s; /* 0: none */
	unsigned remember_s;	    /* 0: never */
	struct exempt *exempts;
	size_t exempt_count;
	struct webhook webhook;
};

struct auth_config {
	char *id;
	struct two_factor two_factor;
	char *theme_title; /* first line of the dialogue; may be NULL */
	bool insecure;	   /* http:// to other hosts than loopback is allowed */
};

/* A Client: a program, named by its Unix users, that may ask for its services.
 */
struct client {
	char *id;
	struct secret *secret; /* may be NULL */
	char **peers;	       /* Unix user names, ended by NULL */
	char **services;       /* PAM services, ended by NULL */
	unsigned connections;
};

/* A declared User; what is NULL or unset was not declared. */
struct declared_user {
	char *id;
	char *email;
	char *phone_number;
	char *display_name;
	bool inactive;
	bool allow_system;
	char *two_factor_transport; /* twoFactor.transport */
};

/* Where notices go (AidboxConfig.provider). */
enum notice_provider {
	NOTICE_CONSOLE = 0, /* the journal */
	NOTICE_WEBHOOK = 1, /* the AuthConfig's webhook */
};

struct settings {
	char *id;	  /* NULL: no Settings was given */
	char *http_proxy; /* NULL: none */
	char *http_ca;	  /* path of a PEM file; NULL: the system's */
	bool log_debug;
	unsigned connections_max;	/* total, default 2048 */
	unsigned connections_per_uid;	/* default 16 */
	bool introspection_create_user; /* read now, used with tokens */
};

struct config {
	unsigned references; /* atomic; config_ref(), config_unref() */
	uint64_t generation; /* grows with each load in this process */
	struct auth_config *auth_configs;
	size_t auth_config_count;
	struct client *clients;
	size_t client_count;
	struct declared_user *users;
	size_t user_count;
	enum notice_provider notices;
	struct settings settings;
	/* What stands where no AuthConfig is: its id is "built-in". */
	struct auth_config built_in;
};

/* What was found wrong or odd, in file order. */
struct config_message {
	bool is_error; /* else a note */
	char *text; /* "FILE:LINE: KIND/ID: FIELD: what is wrong; what to do" */
};

struct config_report {
	struct config_message *messages;
	size_t count;
	size_t error_count;
};

void config_report_done(struct config_report *report);

/* Read every *.yaml (and *.json) in `dir`, in name order. A missing or empty
 * folder is an empty configuration. Returns 0 when *ret_config was made; the
 * report may hold notes. -EINVAL: the report says what is wrong, in full, not
 * only the first error. -ENOMEM, or the errno of reading the folder.
 * `ret_report` must be zeroed and is the caller's to give to
 * config_report_done(), whatever is returned. */
int config_load(const char *dir, struct config **ret_config,
    struct config_report *ret_report);

struct config *config_ref(struct config *config);
void config_unref(struct config *config); /* NULL is fine */

/* AuthConfig by id. NULL or "" as id: the only one, or the built-in defaults
 * when there is none. -ENOENT: no such id, or several and no id; *ret_why then
 * names the ids that there are (malloc()ed, may be NULL without memory). */
int config_get_auth_config(const struct config *config, const char *id,
    const struct auth_config **ret_auth_config, char **ret_why);

/* The Client that has `user` among its peers, NULL: none. Lent. */
const struct client *
config_find_client_by_peer(const struct config *config, const char *user);

/* Lent, NULL: not declared. */
const struct declared_user *
config_find_user(const struct config *config, const char *id);

/* The text of `config explain KIND`, NULL: no such kind. malloc()ed. With
 * NULL: the list of kinds. `as_json` gives an array of fields instead. */
char *config_explain(const char *kind, bool as_json);

static inline void
config_cleanup(struct config **config)
{
	config_unref(*config);
}

#endif
