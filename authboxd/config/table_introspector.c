/* TokenIntrospector: whose access tokens are good. */
#include "config/check.h"
#include "config/tables.h"

static const struct field key_fields[] = {
    {
	.path = "k",
	.type = FIELD_SECRET,
	AT(introspector_key, k),
	.help = "A shared secret.",
    },
    {
	.path = "pub",
	.type = FIELD_TEXT,
	.shape = &shape_pem,
	AT(introspector_key, pub),
	.help = "A public key.",
    },
    {
	.path = "kty",
	.type = FIELD_TEXT,
	.shape = &shape_kty,
	AT(introspector_key, kty),
	.fallback_note = "as the key is",
	.help = "OKP is Ed25519 or Ed448, OCT a secret.",
    },
    {
	.path = "alg",
	.type = FIELD_TEXT,
	.shape = &shape_alg,
	AT(introspector_key, alg),
	.fallback_note = "all that fit",
	.help = "The one algorithm that the key is for.",
    },
    {
	.path = "format",
	.type = FIELD_TEXT,
	.shape = &shape_key_format,
	AT(introspector_key, format),
	.fallback_note = "PEM or plain",
	.help = "PEM of pub; plain or base64url of k.",
    },
    {
	.path = "kid",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(introspector_key, kid),
	.fallback_note = "any",
	.help = "Only for tokens with this kid, or with none.",
    },
};

const struct table table_introspector_key = {
    FIELDS(key_fields),
    .size = sizeof(struct introspector_key),
    .check = check_introspector_key,
    .done = check_introspector_key_done,
};

static const struct field_word type_words[] = {
    {"jwt", INTROSPECTOR_JWT}, {"opaque", INTROSPECTOR_OPAQUE}, {NULL, 0}};

static const struct field_word names_words[] = {
    {"true", NAMES_USERS_YES}, {"false", NAMES_USERS_NO}, {NULL, 0}};

static const struct field_word case_words[] = {
    {"keep", USERNAME_CASE_KEEP}, {"lower", USERNAME_CASE_LOWER}, {NULL, 0}};

/* client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth in
 * RFC 8414 2 and RFC 8705 2. */
static const struct field_word method_words[] = {{"basic", CLIENT_AUTH_BASIC},
    {"post", CLIENT_AUTH_POST},
    {"private_key_jwt", CLIENT_AUTH_PRIVATE_KEY_JWT},
    {"mtls", CLIENT_AUTH_MTLS}, {NULL, 0}};

static const struct field_word provider_kinds[] = {
    {"IdentityProvider", 0}, {NULL, 0}};

static const struct field_word provisioning_words[] = {
    {"unix", PROVISION_UNIX}, {"none", PROVISION_NONE}, {NULL, 0}};

static const struct field introspector_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	AT(token_introspector, id),
	.fallback_note = "FILE-LINE",
	.help = "The name that introspector=ID in a PAM line gives.",
    },
    {
	.path = "type",
	.type = FIELD_CHOICE,
	.words = type_words,
	.required = true,
	AT(token_introspector, type),
	.help = "Tokens to verify here, or to ask about (RFC 7662).",
    },
    {
	.path = "jwks_uri",
	.type = FIELD_URL,
	AT(token_introspector, jwks_uri),
	.fallback_note = "the provider's",
	.help = "Where the issuer publishes its keys.",
    },
    {
	.path = "jwt.iss",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(token_introspector, jwt_iss),
	.fallback_note = "the provider's",
	.help = "The issuer, as the claim iss of its tokens has it.",
    },
    {
	.path = "jwt.aud",
	.type = FIELD_TEXTS,
	.shape = &shape_claim,
	.may_be_one = true,
	.min = 1,
	.max = 16,
	AT(token_introspector, jwt_aud),
	.fallback_note = "unchecked",
	.help = "Tokens must be made for one of these. Always give it.",
    },
    {
	.path = "jwt.typ",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(token_introspector, jwt_typ),
	.fallback_note = "JWT, at+jwt or none",
	.help = "The type that a token's header must have.",
    },
    {
	.path = "jwt.algs",
	.type = FIELD_TEXTS,
	.shape = &shape_alg,
	.min = 1,
	.max = 16,
	AT(token_introspector, jwt_algs),
	.fallback_note = "all that the keys fit",
	.help = "The only algorithms that are accepted.",
    },
    {
	.path = "jwt.leeway",
	.type = FIELD_NUMBER,
	.max = 60,
	AT(token_introspector, jwt_leeway_s),
	.fallback = "30",
	.help = "Seconds that the issuer's clock may differ.",
    },
    {
	.path = "jwt.max_age",
	.type = FIELD_NUMBER,
	.max = 31536000,
	AT(token_introspector, jwt_max_age_s),
	.fallback = "0",
	.help = "Seconds since the person logged in there; 0: any.",
    },
    {
	.path = "jwt.secret",
	.type = FIELD_SECRET,
	AT(token_introspector, given_secret),
	.help = "A shared secret, for HS256 alone.",
    },
    {
	.path = "jwt.keys",
	.type = FIELD_OBJECTS,
	.table = &table_introspector_key,
	.max = 64,
	AT(token_introspector, given_keys),
	COUNT(token_introspector, given_key_count),
	.help = "Keys that are known beforehand.",
    },
    {
	.path = "cache_ttl",
	.type = FIELD_NUMBER,
	.min = 1,
	.max = 86400,
	AT(token_introspector, cache_ttl_s),
	.fallback = "300",
	.help = "Seconds that keys and answers are kept.",
    },
    {
	.path = "introspection_endpoint.url",
	.type = FIELD_URL,
	AT(token_introspector, introspection_url),
	.fallback_note = "the provider's",
	.help = "Where the issuer tells about opaque tokens.",
    },
    {
	.path = "introspection_endpoint.authorization",
	.type = FIELD_SECRET,
	AT(token_introspector, introspection_authorization),
	.help = "The whole header Authorization to send there.",
    },
    {
	.path = "client_auth.method",
	.type = FIELD_CHOICE,
	.words = method_words,
	AT(token_introspector, client_auth.method),
	.fallback_note = "by the rest",
	.help = "How authboxd proves itself to the issuer.",
    },
    {
	.path = "client_auth.id",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(token_introspector, client_auth.id),
	.fallback_note = "the provider's client",
	.help = "The name that authboxd has at the issuer.",
    },
    {
	.path = "client_auth.secret",
	.type = FIELD_SECRET,
	AT(token_introspector, client_auth.secret),
	.help = "What it proves its name with, for basic and post.",
    },
    {
	.path = "client_auth.private_key",
	.type = FIELD_SECRET,
	AT(token_introspector, client_auth.private_key_pem),
	.help = "The same for private_key_jwt and mtls: a key in PEM.",
    },
    {
	.path = "client_auth.kid",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(token_introspector, client_auth.kid),
	.help = "The name that the issuer knows this key by.",
    },
    {
	.path = "client_auth.certificate",
	.type = FIELD_SECRET,
	.is_public = true,
	AT(token_introspector, client_auth.certificate),
	.help = "Of this key; mtls shows it, private_key_jwt names it.",
    },
    {
	.path = "client_auth.audience",
	.type = FIELD_TEXT,
	.shape = &shape_claim,
	AT(token_introspector, client_auth.audience),
	.fallback_note = "the issuer",
	.help = "Whom what is signed for private_key_jwt is for.",
    },
    {
	.path = "token_pattern",
	.type = FIELD_REGEX,
	AT(token_introspector, token_pattern),
	COUNT(token_introspector, token_compiled),
	.fallback = "[A-Za-z0-9._~+/=-]{20,}",
	.help = "What an opaque token looks like; others are not sent.",
    },
    {
	.path = "identity_provider",
	.type = FIELD_REFERENCE,
	.words = provider_kinds,
	AT(token_introspector, identity_provider_id),
	.fallback_note = "none",
	.help = "Who issues the tokens.",
    },
    {
	.path = "username.claim",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(token_introspector, username.claim),
	.fallback_note = "no rule",
	.help = "The claim that holds the Unix name.",
    },
    {
	.path = "username.pattern",
	.type = FIELD_REGEX,
	AT(token_introspector, username.pattern),
	COUNT(token_introspector, username.compiled),
	.fallback_note = "all of it",
	.help = "Its form; the first group, if any, is the name.",
    },
    {
	.path = "username.case",
	.type = FIELD_CHOICE,
	.words = case_words,
	AT(token_introspector, username.letters),
	.fallback = "keep",
	.help = "Whether capitals become small letters.",
    },
    {
	.path = "namesUsers",
	.type = FIELD_CHOICE,
	.words = names_words,
	AT(token_introspector, names_users),
	.fallback_note = "true for the only one",
	.help = "Whether box_user and sub name a declared User.",
    },
    {
	.path = "provisioning",
	.type = FIELD_CHOICE,
	.words = provisioning_words,
	AT(token_introspector, provisioning),
	.fallback = "unix",
	.help = "Whether a created user gets a Unix account.",
    },
    {
	.path = "tls.ca",
	.type = FIELD_TEXT,
	.shape = &shape_path,
	AT(token_introspector, tls_ca),
	.fallback_note = "http.ca of Settings",
	.help = "PEM file of the authorities that are trusted instead.",
    },
    {
	.path = "insecure",
	.type = FIELD_BOOLEAN,
	AT(token_introspector, insecure),
	.fallback = "false",
	.help = "Allow http:// URLs to other hosts in this resource.",
    },
};

const struct table table_token_introspector = {
    FIELDS(introspector_fields),
    .size = sizeof(struct token_introspector),
    .check = check_introspector,
    .done = check_introspector_done,
};
