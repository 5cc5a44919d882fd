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
#include "base/json.h"
#include "base/otp.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/unix_id.h"
#include "base/unix_name.h"
#include "config/auth_config.h"
#include "net/header.h"

struct jwks;
struct matcho;
struct regex;

/* A Client: a program that may ask for its services. It is known by the Unix
 * users that it runs as, or by its secret. */
struct client {
	char *id;
	struct secret *secret; /* NULL: known by its peers alone */
	char **peers;	       /* Unix user names, ended by NULL */
	char **services;       /* PAM services, ended by NULL */
	unsigned connections;
};

/* A name of a user at an issuer: `iss` and `sub` of his tokens. */
struct user_identifier {
	char *system, *value; /* `system` may be NULL: of no use for tokens */
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
	cJSON *data;		    /* an object, for policies */
	/* No two users have one in common. */
	struct user_identifier *identifiers;
	size_t identifier_count;
};

/* How we prove ourselves to an issuer (RFC 6749 2.3.1, RFC 7523, RFC 8705). */
enum client_auth_method {
	CLIENT_AUTH_NONE = 0,
	CLIENT_AUTH_SECRET, /* BASIC, unless the issuer takes POST alone */
	CLIENT_AUTH_BASIC,
	CLIENT_AUTH_POST,
	CLIENT_AUTH_PRIVATE_KEY_JWT,
	CLIENT_AUTH_MTLS,
};

/* What the method needs is there; the rest may be NULL. */
struct client_auth {
	enum client_auth_method method;
	char *id;
	struct secret *secret;		/* SECRET, BASIC, POST */
	struct secret *private_key_pem; /* PRIVATE_KEY_JWT, MTLS */
	char *kid;			/* of that key; may be NULL */
	/* MTLS; with PRIVATE_KEY_JWT its thumbprints name the key. May be a
	 * chain, in PEM. */
	struct secret *certificate;
	char *audience; /* of an assertion; NULL: see token/client_auth.h */
};

enum userinfo_source {
	USERINFO_ENDPOINT = 0,
	USERINFO_ID_TOKEN,
};

struct identity_provider {
	char *id;
	bool active;
	char *title;
	/* Endpoints may be NULL; with an issuer they can be discovered (RFC
	 * 8414), and what is given here is stronger. */
	char *issuer;
	char *jwks_uri;
	char *introspection_endpoint;
	char *revocation_endpoint;
	char *token_endpoint;
	char *userinfo_endpoint;
	/* "NAME", or "NAME: SCHEME"; NULL: Authorization: Bearer. */
	char *userinfo_header;
	char *authorize_endpoint;
	char *device_authorization_endpoint;
	enum userinfo_source userinfo_source;
	char *system;	/* of a created user's identifier; NULL: the issuer */
	cJSON *to_scim; /* claim: [name, …], a path in User; may be NULL */
	char **scopes;	/* ended by NULL; may be NULL */
	struct client_auth client;
	char *tls_ca; /* path of a PEM file; NULL: as Settings say */
	bool insecure;
};

enum introspector_type {
	INTROSPECTOR_JWT = 0,
	INTROSPECTOR_OPAQUE,
};

enum names_users {
	NAMES_USERS_UNSAID = 0, /* see config_names_users() */
	NAMES_USERS_NO,
	NAMES_USERS_YES,
};

enum username_case {
	USERNAME_CASE_KEEP = 0,
	USERNAME_CASE_LOWER, /* A-Z alone */
};

/* What is made of a user whom nobody knows here, where users are created. */
enum user_provisioning {
	PROVISION_UNIX = 0, /* a Unix account, as Provisioning says */
	PROVISION_NONE,	    /* a user for Clients' services alone */
};

/* Where a user's name stands in a token, for issuers whose `sub` is opaque.
 * See config_username_match(). */
struct username_rule {
	char *claim; /* NULL: there is no rule */
	char *pattern;
	enum username_case letters;
	struct regex *compiled; /* NULL: no pattern */
};

struct token_introspector {
	char *id;
	enum introspector_type type;
	/* false: its IdentityProvider is inactive, so no token is good. */
	bool active;

	/* JWT. `jwt_iss` is never NULL there, and no other JWT introspector has
	 * the same; with OPAQUE it may be NULL: it is then not checked. */
	char *jwt_iss;
	char **jwt_aud;	 /* one of them must be there; NULL: not checked */
	char *jwt_typ;	 /* NULL: the rules for access tokens */
	char **jwt_algs; /* RFC 7518 3.1; NULL: what the keys are for */
	uint32_t jwt_alg_bits; /* the same by alg_bit(); 0: NULL */
	unsigned jwt_leeway_s;
	unsigned jwt_max_age_s; /* since auth_time, or iat; 0: any */
	struct jwks *jwt_keys;	/* jwt.secret, jwt.keys; NULL: none */
	char *jwks_uri;		/* NULL: the provider's, or its discovery */

	unsigned cache_ttl_s;

	/* OPAQUE. */
	char *introspection_url; /* NULL: the provider's, or its discovery */
	struct secret *introspection_authorization; /* may be NULL */
	char *token_pattern; /* never NULL; see config_token_match() */
	struct regex *token_compiled;

	struct client_auth client_auth; /* see config_get_client_auth() */

	char *identity_provider_id; /* NULL: none */
	/* Lent, of the same snapshot; NULL: none. */
	const struct identity_provider *identity_provider;

	struct username_rule username;
	enum names_users names_users;
	enum user_provisioning provisioning;
	char *tls_ca; /* path of a PEM file; NULL: the provider's, Settings' */
	bool insecure;

	/* What jwt_keys is made of, while it is read; empty afterwards. */
	struct secret *given_secret;
	struct introspector_key *given_keys;
	size_t given_key_count;
};

/* That a user has a role. Several resources may give one role. */
struct role {
	char *id;
	char *name;
	char *user_id;
	cJSON *links, *context; /* for policies; may be NULL */
};

enum policy_engine {
	POLICY_NONE = 0, /* never true */
	POLICY_ALLOW,
	POLICY_MATCHO,
	POLICY_COMPLEX,
};

#define POLICY_DEPTH_MAX 6   /* levels of and/or */
#define POLICY_NODES_MAX 256 /* in one policy */

/* What a policy demands. With POLICY_COMPLEX exactly one of `all` (and) and
 * `any` (or) has members. */
struct policy_node {
	enum policy_engine engine;
	struct matcho *matcho; /* of POLICY_MATCHO; not NULL there */
	struct policy_node *all;
	size_t all_count;
	struct policy_node *any;
	size_t any_count;
};

enum policy_link_kind {
	POLICY_LINK_USER = 0,
	POLICY_LINK_CLIENT,
};

struct policy_link {
	enum policy_link_kind kind;
	char *id; /* need not be declared */
};

/* Which question a policy answers. */
enum policy_stage {
	POLICY_STAGE_ANY_TOKEN = 0, /* token logins, in auth and in account */
	POLICY_STAGE_LOGIN,	    /* token logins, in auth alone */
	POLICY_STAGE_ACCOUNT,	    /* all logins, in account alone */
};

struct access_policy {
	char *id;
	char *description; /* may be NULL */
	struct policy_node rule;
	/* With no link and no role it is global. */
	struct policy_link *links;
	size_t link_count;
	char *role_name; /* NULL: none */
	enum policy_stage stage;
};

/* Where notices go (AidboxConfig.provider). */
enum notice_provider {
	NOTICE_CONSOLE = 0, /* the journal */
	NOTICE_WEBHOOK = 1, /* the AuthConfig's webhook */
};

/* Each has a thread; authboxd.service allows for them. */
#define SETTINGS_CONNECTIONS_MAX 2048
#define SETTINGS_CREATIONS_MAX	 1000000

struct settings {
	char *id;	  /* NULL: no Settings was given */
	char *http_proxy; /* NULL: none */
	char *http_ca;	  /* path of a PEM file; NULL: the system's */
	bool log_debug;
	unsigned connections_max;      /* total */
	unsigned connections_per_uid;  /* default 16 */
	unsigned creations_per_minute; /* of users, by one issuer's tokens */
	unsigned creations_per_day;
	unsigned fresh_login_s; /* may make a session; 0: none may */
	bool introspection_create_user;
};

/* Where an identifier leads. All is lent from the users. */
struct user_index {
	const char *system, *value;
	const struct declared_user *user;
};

/* Who in a token's or userinfo's claim becomes a member of which Unix group. */
struct group_rule {
	char *value; /* of the claim, exactly */
	char *group;
	bool powerful; /* the second yes, for unix_name_is_powerful_group() */
};

/* How Unix accounts are made. It stands alone in userdb.yaml, which
 * authbox-userdb reads too; so it holds no secret. */
struct provisioning {
	char *id;
	/* Fit for unix_id_probe_init(). */
	unsigned uid_min, uid_max;
	/* From a claim to a name: see config_provisioning_name(). */
	char *username_claim;
	char *username_pattern;
	char *username_replacement; /* NULL: the first group, or all */
	struct regex *username_compiled;
	enum username_case username_letters;
	enum unix_name_characters username_characters;
	char *names; /* NULL: every name of the grammar */
	struct regex *names_compiled;
	char *shell;
	char *home; /* "%u" is the name; see config_provisioning_home() */
	char *groups_claim;
	struct group_rule *groups;
	size_t group_count;
	bool first_login;
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
	struct user_index *user_index; /* of identifiers, sorted */
	size_t user_index_count;
	struct token_introspector *introspectors;
	size_t introspector_count;
	struct identity_provider *identity_providers;
	size_t identity_provider_count;
	struct role *roles;
	size_t role_count;
	struct access_policy *policies; /* in the order of files and lines */
	size_t policy_count;
	enum notice_provider notices;
	struct provisioning *provisioning; /* NULL: no accounts are made */
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

/* Lent, NULL: none. */
const struct client *
config_find_client(const struct config *config, const char *id);

/* The Client lists the PAM service. NULL as `client`: no. */
bool config_client_serves(const struct client *client, const char *service);

/* The same, for a user without a Unix account: never a service that would have
 * to open one (sshd, sudo, su, login, ...), listed or not. */
bool config_client_serves_without_account(
    const struct client *client, const char *service);

/* The declared User whose identifier is this pair, NULL: none. Lent. */
const struct declared_user *config_find_user_by_identifier(
    const struct config *config, const char *system, const char *value);

/* Lent, NULL: none. */
const struct token_introspector *
config_find_introspector(const struct config *config, const char *id);
const struct identity_provider *
config_find_identity_provider(const struct config *config, const char *id);

/* The introspector whose provider a device login begins at: `wanted`, by its
 * id; NULL or "": the only one that can. One can that is for JWTs and has an
 * IdentityProvider with client.id, and with device_authorization_endpoint or an
 * issuer that may tell it. 1: *ret_introspector, lent; 0: *ret_why (static, a
 * code of audit_reasons[]): "introspector-unknown", "introspector-inactive",
 * "introspector-ambiguous", "device-no-provider". */
int config_choose_device(const struct config *config, const char *wanted,
    const struct token_introspector **ret_introspector, const char **ret_why);

/* Whether box_user and sub of its tokens may name a declared User: as it says,
 * else only while it is the only introspector. */
bool config_names_users(
    const struct config *config, const struct token_introspector *introspector);

/* What to prove ourselves to the issuer with: the introspector's own, else its
 * provider's. NULL: nothing; or there is introspection_authorization, which
 * then is all that is sent. Lent. */
const struct client_auth *
config_get_client_auth(const struct token_introspector *introspector);

/* Whether a text may be a token of this opaque introspector, all of it. What
 * may not is never sent: it may be a password. */
bool config_token_match(
    const struct token_introspector *introspector, const char *token);

/* The user name that a claim's value stands for. The rule's pattern must match
 * the whole value; the name is what its first group matched, or all without
 * one. true: it is valid as a user name (base/text.h). */
bool config_username_match(const struct username_rule *rule, const char *value,
    char ret_name[USER_NAME_BYTES_MAX + 1]);

/* ---- Provisioning ---- */

/* Read the one file, which must hold a Provisioning and nothing else. `fd` is
 * an open file, which stays the caller's, or -1: `path` is opened. -ENOENT:
 * there is no such file; the rest as config_load(), but that the snapshot has a
 * Provisioning, and little else. */
int config_load_provisioning(int fd, const char *path,
    struct config **ret_config, struct config_report *ret_report);

#define CONFIG_HOME_BYTES_MAX 255

/* Why no user of this name may be made, as the end of a sentence that begins
 * with the name (static); NULL: he may. `name` may be any text. */
const char *config_provisioning_find_fault(
    const struct provisioning *provisioning, const char *name);

/* The name that a claim's value stands for: the pattern must match all of it,
 * the replacement is what becomes of it, capitals become small letters where
 * that is said, and config_provisioning_find_fault() has nothing against the
 * outcome. NULL: *ret_name is good; else why there is none, as above, of the
 * value (static). `ret_name` has UNIX_NAME_BYTES_MAX + 1 bytes. */
const char *config_provisioning_name(
    const struct provisioning *provisioning, const char *value, char *ret_name);

/* The home of a name that is good. `ret_home` has CONFIG_HOME_BYTES_MAX + 1
 * bytes. */
void config_provisioning_home(
    const struct provisioning *provisioning, const char *name, char *ret_home);

/* Whether members may be put into this Unix group: some value leads to it. */
bool config_provisioning_has_group(
    const struct provisioning *provisioning, const char *group);

/* The ids that users have. */
struct unix_id_range
config_provisioning_range(const struct provisioning *provisioning);

/* The text of `config explain KIND`, NULL: no such kind. malloc()ed. With
 * NULL: the list of kinds. `as_json` gives an array of fields instead. */
char *config_explain(const char *kind, bool as_json);

static inline void
config_cleanup(struct config **config)
{
	config_unref(*config);
}

#endif
