/* Whose tokens are good, as resources say it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/loader.h"
#include "jose/jwks.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#define RSA_LINES(end)                                                         \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5AcvRtz3ckuys9AowRqy" end \
	"md756n4c6RwC9OBqkvDd67vSo+v+iuSN9s4hy7z7pxsiw1ngOVfSf8TOoQfwBW9q" end \
	"Bq+PRPSZ4g0aqNPTcEeFslikK4xs1VPRM74ZFMvuQeTF9equ74i+LrGi5soPEsYu" end \
	"Nkbo/JqSMuebdTwSc+JoDRMcHP1zq334bWPu/ydDbNDfP0zlZ+BWifz35p45gp6x" end \
	"Bf/yt2J1m3+L4bpKFOC2UKKbYZFaJQxNyrsg3iYWRAd6MxwiPmjNn2OGazPhM7AE" end \
	"9Fm0FhwYVObeC/kmTrbyDEjXysCDpgMseHNC6brJPZKYxS2C8lrfrZa3KqN5kAZx" end \
	"rwIDAQAB" end
#define EC_LINES(end)                                                          \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE519HJlpEkYMTVTBbwlfvGPFUaquN" end \
	"bW+4OyxIJ6kc6pAMACuoiElpAfDUhk4a7x9Y8TmHUmxwEc7McfLtw7G63Q==" end
#define PUBLIC(end, lines)                                                     \
	"-----BEGIN PUBLIC KEY-----" end lines "-----END PUBLIC KEY-----" end
#define PRIVATE(end)                                                           \
	"-----BEGIN PRIVATE KEY-----" end                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpXzJL1JcR0A4nHrY" end \
	"1OOgPhjbFXgatv6jSe1AqpMQt5uhRANCAATnX0cmWkSRgxNVMFvCV+8Y8VRqq41t" end \
	"b7g7LEgnqRzqkAwAK6iISWkB8NSGThrvH1jxOYdSbHARzsxx8u3Dsbrd" end         \
	"-----END PRIVATE KEY-----" end
#define SECRET "0123456789abcdef0123456789abcdef"

#define JWT                                                                    \
	"resourceType: TokenIntrospector\nid: j\ntype: jwt\n"                  \
	"jwks_uri: https://a/jwks\n"
#define OPAQUE                                                                 \
	"resourceType: TokenIntrospector\nid: o\ntype: opaque\n"               \
	"introspection_endpoint: {url: 'https://a/introspect'}\n"
#define GOOD_JWT "jwt: {iss: 'https://a', aud: b}\n"
#define PROVIDER "resourceType: IdentityProvider\nid: p\n"

/* `said` as in test_config_errors.c: how the report begins, or after '~' what
 * stands in it; NULL: there must be nothing in it. */
struct row {
	const char *yaml, *said;
};

static int
load(const char *text, struct config_report *report, struct config **ret_config)
{
	struct loader loader;
	int r;

	assert_int_equal(loader_init(&loader, report), 0);
	loader_read(&loader, "f.yaml", text, strlen(text), false);
	r = loader_finish(&loader, ret_config);
	loader_done(&loader);
	return r;
}

static bool
is_said(const struct config_report *report, const char *said)
{
	if (!said)
		return report->count == 0;
	for (size_t i = 0; i < report->count; i++) {
		const char *text = report->messages[i].text;

		if (said[0] == '~' ? strstr(text, said + 1) != NULL
				   : i == 0 && text_after(text, said))
			return true;
	}
	return false;
}

static void
check_rows(const struct row *rows, size_t count, int result)
{
	for (size_t i = 0; i < count; i++) {
		struct config_report report = {0};
		struct config *config = NULL;
		int r = load(rows[i].yaml, &report, &config);

		if (r != result || !is_said(&report, rows[i].said)) {
			for (size_t j = 0; j < report.count; j++)
				print_message("%s\n", report.messages[j].text);
			fail_msg("for\n%s\nexpected %s", rows[i].yaml,
			    rows[i].said ? rows[i].said : "nothing");
		}
		config_report_done(&report);
		config_unref(config);
	}
}

static struct config *
load_good(const char *yaml)
{
	struct config_report report = {0};
	struct config *config = NULL;

	if (load(yaml, &report, &config) != 0)
		fail_msg("%s\nin\n%s",
		    report.count ? report.messages[0].text : "", yaml);
	config_report_done(&report);
	return config;
}

static uint32_t
algs_of(const struct token_introspector *introspector, size_t index)
{
	return jwk_get_algs(jwks_get_key(introspector->jwt_keys, index));
}

static uint32_t
bit(const char *alg)
{
	return alg_bit(alg_find(alg));
}

static void
the_published_introspectors_load_each_on_its_own(void **state)
{
	static const char *const yaml[] = {
	    "resourceType: TokenIntrospector\ntype: jwt\n"
	    "jwks_uri: https://idp.example/.well-known/jwks.json\n"
	    "jwt:\n  iss: https://my-provider.example\n"
	    "  secret: \"xxxxxxxx\"          # pre-shared key if alg = HS256\n",
	    "resourceType: TokenIntrospector\ntype: opaque\n"
	    "introspection_endpoint:\n"
	    "  url: https://idp.example/oauth/token_introspection\n"
	    "  authorization: Bearer xxxyyyzzz\n",
	    "resourceType: TokenIntrospector\ntype: jwt\njwt:\n"
	    "  iss: https://auth.example.com\n  keys:\n"
	    "    - {pub: \"" PUBLIC("\n    ",
		RSA_LINES("\n    ")) "\", "
				     "kty: RSA, alg: RS256, format: PEM}\n"
				     "    - {pub: \"" PUBLIC("\\n",
					 EC_LINES(
					     "\\n")) "\", "
						     "kty: EC, alg: ES256, "
						     "format: PEM}\n"
						     "    - {k: \"secret\", "
						     "kty: OCT, alg: HS256, "
						     "format: plain}\n",
	};
	const struct token_introspector *introspector;
	struct config *config;

	(void)state;
	config = load_good(yaml[0]);
	introspector = &config->introspectors[0];
	assert_string_equal(introspector->id, "f.yaml-1");
	assert_int_equal(introspector->type, INTROSPECTOR_JWT);
	assert_string_equal(
	    introspector->jwt_iss, "https://my-provider.example");
	assert_int_equal(jwks_get_count(introspector->jwt_keys), 1);
	assert_int_equal(algs_of(introspector, 0), bit("HS256"));
	assert_int_equal(introspector->cache_ttl_s, 300);
	config_unref(config);

	config = load_good(yaml[1]);
	introspector = &config->introspectors[0];
	assert_int_equal(introspector->type, INTROSPECTOR_OPAQUE);
	assert_string_equal(introspector->introspection_authorization->bytes,
	    "Bearer xxxyyyzzz");
	assert_null(config_get_client_auth(introspector));
	config_unref(config);

	config = load_good(yaml[2]);
	introspector = &config->introspectors[0];
	assert_int_equal(jwks_get_count(introspector->jwt_keys), 3);
	assert_int_equal(algs_of(introspector, 0), bit("RS256"));
	assert_int_equal(algs_of(introspector, 1), bit("ES256"));
	assert_int_equal(algs_of(introspector, 2), bit("HS256"));
	config_unref(config);
}

static void
every_field_of_an_introspector_is_read(void **state)
{
	static const char yaml[] =
	    "resourceType: TokenIntrospector\nid: j\ntype: jwt\n"
	    "jwks_uri: https://a/jwks\njwt:\n  iss: https://a\n"
	    "  aud: [b, c]\n  typ: at+jwt\n  algs: [ES256, EdDSA]\n"
	    "  leeway: 0\n  max_age: 3600\ncache_ttl: 1\n"
	    "identity_provider: {reference: IdentityProvider/p}\n"
	    "username: {claim: upn, pattern: '(.+)@a', case: lower}\n"
	    "namesUsers: false\nprovisioning: none\ntls: {ca: /etc/ca.pem}\n"
	    "insecure: true\n"
	    "---\nresourceType: TokenIntrospector\nid: o\ntype: opaque\n"
	    "introspection_endpoint: {url: 'https://a/i'}\n"
	    "client_auth:\n  method: post\n  id: me\n  secret: hunter2\n"
	    "token_pattern: '[a-f]{4}'\nnamesUsers: true\n"
	    "---\n" PROVIDER "active: true\ntitle: P\nissuer: https://p\n"
	    "system: staff\n"
	    "jwks_uri: https://p/jwks\nintrospection_endpoint: https://p/i\n"
	    "token_endpoint: https://p/t\nrevocation_endpoint: https://p/r\n"
	    "userinfo_endpoint: https://p/u\nuserinfo-source: id-token\n"
	    "userinfo_header: X\nauthorize_endpoint: https://p/a\n"
	    "device_authorization_endpoint: https://p/d\n"
	    "scopes: [openid]\ntoScim: {a: [name, b]}\nkid: k\n"
	    "client:\n  id: me\n  auth-method: asymmetric\n"
	    "  private-key: |\n" PRIVATE("\n    ") "\n"
						   "tls: {ca: /etc/ca.pem}\n";
	char *text = NULL;
	struct config *config;
	const struct token_introspector *j, *o;
	const struct identity_provider *p;

	(void)state;
	/* The block's first line needs its indentation too. */
	assert_true(asprintf(&text, "%.*s    %s",
			(int)(strstr(yaml, "-----BEGIN") - yaml), yaml,
			strstr(yaml, "-----BEGIN")) > 0);
	config = load_good(text);
	free(text);
	j = config_find_introspector(config, "j");
	o = config_find_introspector(config, "o");
	p = config_find_identity_provider(config, "p");
	assert_non_null(j);
	assert_true(o && p && j->active && p->active);
	assert_null(config_find_introspector(config, "p"));
	assert_null(config_find_identity_provider(config, "j"));

	assert_string_equal(j->jwt_aud[1], "c");
	assert_null(j->jwt_aud[2]);
	assert_string_equal(j->jwt_typ, "at+jwt");
	assert_int_equal(j->jwt_alg_bits, bit("ES256") | bit("EdDSA"));
	assert_int_equal(j->jwt_leeway_s, 0);
	assert_int_equal(j->jwt_max_age_s, 3600);
	assert_int_equal(j->cache_ttl_s, 1);
	assert_ptr_equal(j->identity_provider, p);
	assert_string_equal(j->username.claim, "upn");
	assert_int_equal(j->username.letters, USERNAME_CASE_LOWER);
	assert_int_equal(j->names_users, NAMES_USERS_NO);
	assert_string_equal(j->tls_ca, "/etc/ca.pem");
	assert_true(j->insecure);
	assert_null(j->jwt_keys);

	assert_int_equal(o->client_auth.method, CLIENT_AUTH_POST);
	assert_ptr_equal(config_get_client_auth(o), &o->client_auth);
	assert_string_equal(o->client_auth.secret->bytes, "hunter2");
	assert_string_equal(o->token_pattern, "[a-f]{4}");
	assert_string_equal(j->token_pattern, "[A-Za-z0-9._~+/=-]{20,}");
	assert_int_equal(j->jwt_alg_bits && o->jwt_alg_bits, 0);

	assert_string_equal(p->issuer, "https://p");
	assert_string_equal(p->token_endpoint, "https://p/t");
	assert_string_equal(p->device_authorization_endpoint, "https://p/d");
	assert_int_equal(p->userinfo_source, USERINFO_ID_TOKEN);
	assert_string_equal(p->userinfo_endpoint, "https://p/u");
	assert_string_equal(p->userinfo_header, "X");
	assert_string_equal(p->system, "staff");
	assert_string_equal(
	    json_find(p->to_scim, "a")->child->next->valuestring, "b");
	assert_int_equal(j->provisioning, PROVISION_NONE);
	assert_int_equal(o->provisioning, PROVISION_UNIX);
	assert_string_equal(p->scopes[0], "openid");
	assert_int_equal(p->client.method, CLIENT_AUTH_PRIVATE_KEY_JWT);
	assert_string_equal(p->client.kid, "k");
	config_unref(config);
}

static void
what_an_introspector_lacks_is_taken_from_its_provider(void **state)
{
	struct config *config =
	    load_good(PROVIDER "issuer: https://p\nactive: false\n"
			       "client: {id: me, secret: hunter2}\n"
			       "---\nresourceType: TokenIntrospector\nid: j\n"
			       "type: jwt\nidentity_provider: {id: p, "
			       "resourceType: IdentityProvider}\n"
			       "---\nresourceType: TokenIntrospector\nid: o\n"
			       "type: opaque\nidentity_provider: {id: p}\n"
			       "client_auth: {secret: other}\n");
	const struct token_introspector *j =
	    config_find_introspector(config, "j");
	const struct token_introspector *o =
	    config_find_introspector(config, "o");

	(void)state;
	assert_string_equal(j->jwt_iss, "https://p");
	assert_string_equal(o->jwt_iss, "https://p");
	assert_false(j->active || o->active);
	assert_ptr_equal(
	    config_get_client_auth(j), &j->identity_provider->client);
	assert_int_equal(config_get_client_auth(j)->method, CLIENT_AUTH_SECRET);
	assert_ptr_equal(config_get_client_auth(o), &o->client_auth);
	assert_string_equal(o->client_auth.id, "me");
	config_unref(config);
}

static void
only_one_introspector_names_users_without_a_word(void **state)
{
	struct config *one = load_good(JWT GOOD_JWT);
	struct config *two = load_good(JWT GOOD_JWT "---\n" OPAQUE);
	struct config *said = load_good(JWT GOOD_JWT
	    "namesUsers: false\n---\n" OPAQUE "namesUsers: true\n");

	(void)state;
	assert_true(config_names_users(one, &one->introspectors[0]));
	assert_false(config_names_users(two, &two->introspectors[0]));
	assert_false(config_names_users(two, &two->introspectors[1]));
	assert_false(config_names_users(said, &said->introspectors[0]));
	assert_true(config_names_users(said, &said->introspectors[1]));
	config_unref(one);
	config_unref(two);
	config_unref(said);
}

static void
faults_of_introspectors_are_told(void **state)
{
	static const struct row table[] = {
	    {"resourceType: TokenIntrospector\n", "~type: is missing"},
	    {"resourceType: TokenIntrospector\ntype: aspxauth\n",
		"f.yaml:2: TokenIntrospector/f.yaml-1: type: must be one of "
		"jwt|opaque, not aspxauth"},
	    {JWT, "f.yaml:2: TokenIntrospector/j: jwt.iss: is missing"},
	    {"resourceType: TokenIntrospector\ntype: jwt\n"
	     "jwt: {iss: 'https://a'}\n",
		"f.yaml:1: TokenIntrospector/f.yaml-1: jwks_uri: is missing, "
		"and so are other keys"},
	    {"resourceType: TokenIntrospector\nid: o\ntype: opaque\n",
		"~introspection_endpoint.url: is missing; give it, or an"},
	    {JWT GOOD_JWT "---\nresourceType: TokenIntrospector\nid: k\n"
			  "type: jwt\njwks_uri: https://b\njwt: {iss: "
			  "'https://a'}\n",
		"~TokenIntrospector/k: jwt.iss: is that of "
		"TokenIntrospector/j already"},
	    {JWT "jwt: {iss: x, leeway: 61}\n", "~from 0 to 60, not 61"},
	    {JWT "jwt: {iss: x, algs: [none]}\n",
		"~jwt.algs[0]: must be one of RS256"},
	    {JWT "jwt: {iss: x, algs: [rs256]}\n", "~must be one of RS256"},
	    {JWT "jwt: {iss: x, algs: []}\n", "~jwt.algs: must be a list"},
	    {JWT "jwt: {iss: x, aud: []}\n", "~at least 1"},
	    {JWT "jwt: {iss: x, aud: [a, a]}\n", "~stands in the list twice"},
	    {JWT "jwt: {iss: ' '}\n", "~jwt.iss: must be one line"},
	    {JWT GOOD_JWT "cache_ttl: 0\n", "~from 1 to 86400, not 0"},
	    {JWT GOOD_JWT "cache_ttl: 86401\n", "~not 86401"},
	    {"resourceType: TokenIntrospector\ntype: jwt\n"
	     "jwks_uri: http://a/jwks\njwt: {iss: x}\n",
		"~jwks_uri: http:// is refused except to this host, because "
		"codes, tokens"},
	    {JWT GOOD_JWT "identity_provider: {id: p}\n",
		"~identity_provider: there is no IdentityProvider/p"},
	    {JWT GOOD_JWT "identity_provider: p\n",
		"~must be a reference, like {resourceType: IdentityProvider"},
	    {JWT GOOD_JWT "identity_provider: {reference: Client/p}\n",
		"~must be a reference to IdentityProvider, not to Client"},
	    {JWT GOOD_JWT "identity_provider: {id: p, reference: "
			  "IdentityProvider/q}\n",
		"~must be a reference, like"},
	    {JWT GOOD_JWT "identity_provider: {id: a b}\n",
		"~must have the id of a resource"},
	    {JWT GOOD_JWT "identity_provider: {id: p}\n---\n" PROVIDER
			  "active: yes\n",
		"f.yaml:10: IdentityProvider/p: active: must be true or"},
	    {JWT GOOD_JWT "username: {pattern: a}\n",
		"~username.claim: is missing"},
	    {JWT GOOD_JWT "username:\n  claim: a\n  pattern: '(a'\n",
		"f.yaml:8: TokenIntrospector/j: username.pattern: is no "
		"regular expression: "},
	    {OPAQUE "token_pattern: '['\n", "~token_pattern: is no regular"},
	    {OPAQUE "token_pattern: [a]\n", "~must be a regular expression"},
	    {JWT GOOD_JWT "namesUsers: maybe\n", "~true|false, not maybe"},
	    {JWT GOOD_JWT "username: {claim: a, case: upper}\n", "~keep|lower"},
	    {JWT GOOD_JWT "jwks_url: https://a\n", "~did you mean jwks_uri"},
	};

	(void)state;
	check_rows(table, LENGTH(table), -EINVAL);
}

#define KEYS                                                                   \
	"resourceType: TokenIntrospector\nid: j\ntype: jwt\njwt:\n  "          \
	"iss: x\n  aud: y\n  keys:\n"

static void
faults_of_keys_are_told_with_their_line(void **state)
{
	static const struct row table[] = {
	    {KEYS "  - {alg: RS256}\n",
		"f.yaml:8: TokenIntrospector/j: jwt.keys[0]: must have either "
		"pub (a public key) or k (a secret)"},
	    {KEYS "  - {k: " SECRET ", alg: HS256}\n  - {k: a, pub: \"" PUBLIC(
		 "\\n", EC_LINES("\\n")) "\"}\n",
		"f.yaml:9: TokenIntrospector/j: jwt.keys[1]: must have"},
	    {KEYS "  - {k: " SECRET ", alg: RS256}\n",
		"f.yaml:8: TokenIntrospector/j: jwt.keys[0]: the key cannot "
		"be used: "},
	    {KEYS "  - {pub: \"" PUBLIC(
		 "\\n", EC_LINES("\\n")) "\", alg: HS256}\n",
		"~jwt.keys[0]: the key cannot be used"},
	    {KEYS "  - {pub: \"" PUBLIC(
		 "\\n", EC_LINES("\\n")) "\", alg: ES384}\n",
		"~jwt.keys[0]: the key cannot be used"},
	    {KEYS
		"  - {pub: \"" PUBLIC("\\n", EC_LINES("\\n")) "\", kty: RSA}\n",
		"~the key cannot be used: it is of another type than its"},
	    {KEYS "  - {pub: \"" PUBLIC("\\n", "AAAA\\n") "\"}\n",
		"~jwt.keys[0]: the key cannot be used"},
	    {KEYS "  - {pub: \"" PRIVATE("\\n") "\"}\n",
		"~jwt.keys[0].pub: must be a public key in PEM"},
	    {KEYS "  - {pub: AAAA}\n", "~must be a public key in PEM"},
	    {KEYS "  - {k: " SECRET ", kty: oct-et}\n",
		"~jwt.keys[0].kty: must be one of RSA|EC|OKP|OCT"},
	    {KEYS "  - {k: " SECRET ", format: PEM}\n",
		"~the key cannot be used: its format is not plain or"},
	    {KEYS "  - {k: " SECRET ", format: DER}\n",
		"~must be one of PEM|plain|base64url"},
	    {KEYS "  - {k: " SECRET ", alg: HS256}\n  algs: [RS256]\n",
		"~jwt.keys[0]: this key is for none of jwt.algs"},
	    {JWT "jwt: {iss: x, secret: " SECRET ", algs: [HS512, RS256]}\n",
		"~jwt.secret: this key is for none of jwt.algs"},
	};

	(void)state;
	check_rows(table, LENGTH(table), -EINVAL);
}

static void
faults_in_what_claims_become_are_told(void **state)
{
	static const struct row table[] = {
	    {PROVIDER "toScim: {a: b}\n",
		"~toScim: a: the path must be a list"},
	    {PROVIDER "toScim: {a: []}\n", "~toScim: a: the path must be"},
	    {PROVIDER "toScim: {a: [data, b, c, d, e]}\n", "~1 to 4 names"},
	    {PROVIDER "toScim: {a: [name, 1]}\n", "~a list of names alone"},
	    {PROVIDER "toScim: {a: [id]}\n", "~leads to no attribute"},
	    {PROVIDER "toScim: {a: [inactive]}\n", "~leads to no attribute"},
	    {PROVIDER "toScim: {a: [allowSystem]}\n", "~no attribute of User"},
	    {PROVIDER "toScim: {a: [identifier, value]}\n", "~no attribute"},
	    {PROVIDER "toScim: {a: [data]}\n", "~leads to an object; name"},
	    {PROVIDER "toScim: {a: [email, b]}\n", "~has no members"},
	    {PROVIDER "toScim: {a: [data, x], b: [data, x, y]}\n",
		"~toScim: b: the path leads through what another claim"},
	    {PROVIDER "toScim: [a]\n", "~toScim: must be a map"},
	    {PROVIDER "userinfo_header: 'A b'\n", "~must be the name of a"},
	    {PROVIDER "userinfo_header: 'A:b'\n", "~\": \" and a scheme"},
	    {PROVIDER "userinfo_header: 'A: b c'\n", "~userinfo_header: must"},
	};

	(void)state;
	check_rows(table, LENGTH(table), -EINVAL);
}

static void
faults_of_proving_a_name_are_told(void **state)
{
	static const struct row table[] = {
	    {OPAQUE "client_auth: {secret: a}\n",
		"~client_auth.id: is missing; give the name"},
	    {OPAQUE "client_auth: {id: a, method: basic}\n",
		"~client_auth.secret: is missing"},
	    {OPAQUE "client_auth: {id: a, method: private_key_jwt}\n",
		"~client_auth.private_key: is missing"},
	    {OPAQUE "client_auth: {id: a, private_key: hunter2}\n",
		"~client_auth.private_key: is no private key in PEM"},
	    {OPAQUE "client_auth: {id: a, private_key: \"" PUBLIC(
		 "\\n", EC_LINES("\\n")) "\"}\n",
		"~client_auth.private_key: is no private key in PEM"},
	    {OPAQUE "client_auth: {id: a, certificate: x, private_key: "
		    "\"" PRIVATE(" ") "\"}\n",
		"~client_auth.method: is missing; a certificate is shown in"},
	    {OPAQUE "client_auth: {id: a, method: mtls, certificate: x, "
		    "private_key: \"" PRIVATE(" ") "\"}\n",
		"~client_auth.certificate: is no certificate in PEM, or not"},
	    {OPAQUE "client_auth: {id: a, method: mtls}\n",
		"~client_auth.certificate: is missing"},
	    {OPAQUE "client_auth: {id: a, method: mtls, certificate: x}\n",
		"~client_auth.private_key: is missing"},
	    {OPAQUE "client_auth: {id: a, secret: {file: /nowhere}}\n",
		"~client_auth.secret: /nowhere"},
	    {PROVIDER "issuer: https://a/?b=c\n",
		"~IdentityProvider/p: issuer: must not have a part after ?"},
	    {PROVIDER "client: {secret: a}\n",
		"~IdentityProvider/p: client.id: is missing"},
	    {PROVIDER "client: {id: a, auth-method: asymmetric}\n",
		"~client.private-key: is missing"},
	    {PROVIDER "client: {id: a, auth-method: basic}\n",
		"~client.secret: is missing"},
	    {PROVIDER "client: {id: a, auth-method: none}\n",
		"~must be one of symmetric|asymmetric|basic|post|mtls"},
	    {"resourceType: TokenIntrospector\nid: o\ntype: opaque\n"
	     "introspection_endpoint: {url: 'https://a', authorization: b}\n"
	     "client_auth: {id: a, secret: b}\n",
		"~introspection_endpoint.authorization: and client_auth "
		"exclude each other"},
	    {"resourceType: TokenIntrospector\nid: o\ntype: opaque\n"
	     "introspection_endpoint: {url: 'https://a', authorization: "
	     "\"b\\r\\nX: c\"}\n",
		"~introspection_endpoint.authorization: is no value of a"},
	};

	(void)state;
	check_rows(table, LENGTH(table), -EINVAL);
}

static void
what_lets_others_in_is_noted(void **state)
{
	static const struct row table[] = {
	    {JWT "jwt: {iss: x}\n",
		"f.yaml:2: TokenIntrospector/j: jwt.aud: is missing: whoever "
		"gets a token of this issuer, for any purpose, can log in"},
	    {OPAQUE, "f.yaml:2: TokenIntrospector/o: jwt.aud: is missing"},
	    {JWT GOOD_JWT "---\n" OPAQUE "jwt: {aud: b}\nnamesUsers: true\n",
		"f.yaml:2: TokenIntrospector/j: namesUsers: is missing, and "
		"with several introspectors it counts as false"},
	    {JWT GOOD_JWT "username: {claim: upn}\n---\n" OPAQUE
			  "jwt: {aud: b}\nnamesUsers: true\n",
		"~TokenIntrospector/j: username.claim: TokenIntrospector/o "
		"gives names as well, and one name is one user here"},
	    {JWT GOOD_JWT "username: {claim: upn}\n---\n" OPAQUE
			  "jwt: {aud: b}\nnamesUsers: true\n",
		"~TokenIntrospector/o: namesUsers: TokenIntrospector/j gives "
		"names as well"},
	    {JWT GOOD_JWT, "AccessPolicy: there is none, so every login by "
			   "token is denied"},
	    {JWT GOOD_JWT "---\nresourceType: AccessPolicy\nengine: matcho\n"
			  "matcho: {service: sshd}\n",
		NULL},
	    {JWT "jwt: {iss: x, aud: y, secret: short}\n",
		"f.yaml:1: TokenIntrospector/j: jwt.secret: the key is weak: "},
	    {JWT "jwt: {iss: x, aud: y, secret: " SECRET "}\n",
		"AccessPolicy: there is none"},
	    {KEYS "  - {k: short, alg: HS256}\n",
		"f.yaml:8: TokenIntrospector/j: jwt.keys[0]: the key is weak"},
	    {OPAQUE "jwks_uri: https://a\n",
		"~jwks_uri: has no effect with \"type: opaque\""},
	    {JWT GOOD_JWT "introspection_endpoint: {url: 'https://a'}\n",
		"~introspection_endpoint.url: has no effect with \"type: jwt"},
	    {JWT GOOD_JWT "identity_provider: {id: p}\n---\n" PROVIDER
			  "active: false\n",
		"~IdentityProvider/p is not active, so no token of it is"},
	    {PROVIDER "type: OIDC\n", "~type: means nothing here"},
	};

	(void)state;
	check_rows(table, LENGTH(table), 0);
}

static void
no_message_holds_a_key_or_a_secret(void **state)
{
	static const char *const table[] = {
	    KEYS "  - {pub: \"" PRIVATE("\\n") "\"}\n",
	    KEYS "  - {pub: \"" PRIVATE(" ") "\"}\n",
	    KEYS "  - {k: MIGHAgEAMBMG, alg: RS256}\n",
	    KEYS "  - {k: [MIGHAgEAMBMG]}\n",
	    OPAQUE "client_auth: {id: a, private_key: MIGHAgEAMBMG}\n",
	    OPAQUE "client_auth: {id: a, secret: {x: MIGHAgEAMBMG}}\n",
	    JWT "jwt: {iss: x, secret: MIGHAgEAMBMG, algs: [ES256]}\n",
	    "resourceType: TokenIntrospector\ntype: opaque\n"
	    "introspection_endpoint: {url: 'https://a', authorization: "
	    "\"MIGHAgEAMBMG\\n\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		struct config_report report = {0};
		struct config *config = NULL;

		assert_int_equal(load(table[i], &report, &config), -EINVAL);
		if (is_said(&report, "~MIGHAgEAMBMG"))
			fail_msg("told a secret for\n%s", table[i]);
		config_report_done(&report);
	}
}

static void
a_key_in_one_line_is_unfolded(void **state)
{
	struct config *config = load_good(
	    OPAQUE "client_auth: {id: a, private_key: \"" PRIVATE(" ") "\"}\n");

	(void)state;
	assert_non_null(
	    strstr(config->introspectors[0].client_auth.private_key_pem->bytes,
		"-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG"));
	config_unref(config);
}

static void
only_what_looks_like_a_token_is_one(void **state)
{
	static const struct {
		const char *pattern, *token;
		bool is;
	} table[] = {
	    {NULL, "2YotnFZFEjr1zCsicMWpAA", true},
	    {NULL, "a.b~c+d/e=f-g_hijklmnopq", true},
	    {NULL, "2YotnFZFEjr1zCsicMW", false},
	    {NULL, "correct horse battery staple", false},
	    {NULL, "P@ssw0rd-that-is-long-enough", false},
	    {NULL, "", false},
	    {"gho_[A-Za-z0-9]{4}", "gho_ab12", true},
	    {"gho_[A-Za-z0-9]{4}", "gho_ab123", false},
	    {"gho_[A-Za-z0-9]{4}", "xgho_ab12", false},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		char yaml[512];
		struct config *config;

		(void)snprintf(yaml, sizeof(yaml), OPAQUE "%s%s%s",
		    table[i].pattern ? "token_pattern: '" : "",
		    table[i].pattern ? table[i].pattern : "",
		    table[i].pattern ? "'\n" : "");
		config = load_good(yaml);
		if (config_token_match(&config->introspectors[0],
			table[i].token) != table[i].is)
			fail_msg("%s", table[i].token);
		config_unref(config);
	}
}

static void
a_rule_makes_a_name_of_a_claim(void **state)
{
	static const struct {
		const char *rule, *value, *name; /* NULL: none */
	} table[] = {
	    {"claim: upn", "eve", "eve"},
	    {"claim: upn", "Eve@Example.org", "Eve@Example.org"},
	    {"claim: upn, case: lower", "Eve@EXAMPLE.org", "eve@example.org"},
	    {"claim: upn, case: lower", "ÉVE", "Éve"},
	    {"claim: upn, pattern: '(.+)@example\\.org'", "eve@example.org",
		"eve"},
	    {"claim: upn, pattern: '(.+)@example\\.org'",
		"eve@example.org.evil", NULL},
	    {"claim: upn, pattern: '(.+)@example\\.org'", "eve@exampleXorg",
		NULL},
	    {"claim: upn, pattern: '([^@]+)@example\\.org'",
		"eve@evil@example.org", NULL},
	    {"claim: upn, pattern: 'svc-.*'", "svc-web", "svc-web"},
	    {"claim: upn, pattern: 'svc-.*'", "xsvc-web", NULL},
	    {"claim: upn, pattern: '(a)?b'", "b", NULL},
	    {"claim: upn", "", NULL},
	    {"claim: upn", "a/b", NULL},
	    {"claim: upn", "a:b", NULL},
	    {"claim: upn", "1000", NULL},
	    {"claim: upn", "..", NULL},
	    {"claim: upn", "a\nb", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		char yaml[512], name[USER_NAME_BYTES_MAX + 1] = "untouched";
		struct config *config;
		bool found;

		(void)snprintf(yaml, sizeof(yaml),
		    JWT GOOD_JWT "username: {%s}\n", table[i].rule);
		config = load_good(yaml);
		found = config_username_match(
		    &config->introspectors[0].username, table[i].value, name);
		if (found != (table[i].name != NULL) ||
		    !streq(name, found ? table[i].name : "untouched"))
			fail_msg(
			    "%s: %s: %s", table[i].rule, table[i].value, name);
		config_unref(config);
	}
}

static void
a_name_longer_than_any_user_is_none(void **state)
{
	struct config *config =
	    load_good(JWT GOOD_JWT "username: {claim: upn}\n");
	char value[USER_NAME_BYTES_MAX + 2], name[USER_NAME_BYTES_MAX + 1];

	(void)state;
	memset(value, 'a', sizeof(value));
	value[USER_NAME_BYTES_MAX + 1] = '\0';
	assert_false(config_username_match(
	    &config->introspectors[0].username, value, name));
	value[USER_NAME_BYTES_MAX] = '\0';
	assert_true(config_username_match(
	    &config->introspectors[0].username, value, name));
	config_unref(config);
}

static void
an_issuers_name_leads_to_one_user(void **state)
{
	static const char yaml[] =
	    "resourceType: User\nid: eve\nidentifier:\n"
	    "- {system: 'https://a', value: '1'}\n"
	    "- {system: 'https://b', value: '1', use: official}\n"
	    "---\nresourceType: User\nid: adam\nidentifier:\n"
	    "- {system: 'https://a', value: '2'}\n- {value: '3'}\n"
	    "---\nresourceType: User\nid: zoe\nidentifier:\n- {value: '3'}\n";
	static const struct row doubled[] = {
	    {"resourceType: User\nid: eve\nidentifier:\n"
	     "- {system: a, value: '1'}\n---\nresourceType: User\nid: adam\n"
	     "identifier:\n- {system: a, value: '1'}\n",
		"f.yaml:2: User/eve: identifier: 1 of a is User/adam as well; "
		"a token must lead to one user"},
	    {"resourceType: User\nid: eve\nidentifier: [{system: a}]\n",
		"~identifier[0].value: is missing"},
	    {"resourceType: User\nid: eve\ndata: a\n",
		"~data: must be a map of any fields, not a"},
	};
	struct config *config = load_good(yaml);

	(void)state;
	assert_string_equal(
	    config_find_user_by_identifier(config, "https://a", "1")->id,
	    "eve");
	assert_string_equal(
	    config_find_user_by_identifier(config, "https://b", "1")->id,
	    "eve");
	assert_string_equal(
	    config_find_user_by_identifier(config, "https://a", "2")->id,
	    "adam");
	assert_null(config_find_user_by_identifier(config, "https://b", "2"));
	assert_null(config_find_user_by_identifier(config, "", "3"));
	assert_null(config_find_user_by_identifier(config, "https://a", "3"));
	config_unref(config);
	check_rows(doubled, LENGTH(doubled), -EINVAL);
}

static void
a_client_is_found_by_id(void **state)
{
	struct config *config =
	    load_good("resourceType: Client\nid: web\nsecret: hunter2\n"
		      "services: [nginx]\n");

	(void)state;
	assert_string_equal(
	    config_find_client(config, "web")->secret->bytes, "hunter2");
	assert_null(config_find_client(config, "we"));
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_published_introspectors_load_each_on_its_own),
	    cmocka_unit_test(every_field_of_an_introspector_is_read),
	    cmocka_unit_test(
		what_an_introspector_lacks_is_taken_from_its_provider),
	    cmocka_unit_test(only_one_introspector_names_users_without_a_word),
	    cmocka_unit_test(faults_of_introspectors_are_told),
	    cmocka_unit_test(faults_of_keys_are_told_with_their_line),
	    cmocka_unit_test(faults_in_what_claims_become_are_told),
	    cmocka_unit_test(faults_of_proving_a_name_are_told),
	    cmocka_unit_test(what_lets_others_in_is_noted),
	    cmocka_unit_test(no_message_holds_a_key_or_a_secret),
	    cmocka_unit_test(a_key_in_one_line_is_unfolded),
	    cmocka_unit_test(only_what_looks_like_a_token_is_one),
	    cmocka_unit_test(a_rule_makes_a_name_of_a_claim),
	    cmocka_unit_test(a_name_longer_than_any_user_is_none),
	    cmocka_unit_test(an_issuers_name_leads_to_one_user),
	    cmocka_unit_test(a_client_is_found_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
