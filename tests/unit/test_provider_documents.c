/*
 * What authbox-providers(7) and authbox-servers(7) tell to write loads, and
 * works with tokens of the shape that each provider documents. The keys are
 * ours; everything else is as the provider makes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/loader.h"
#include "tests/harness/judge.h"
#include "token/identity.h"
#include "token/jwt_check.h"

#define PROVIDERS "man/authbox-providers.7"
#define SERVERS	  "man/authbox-servers.7"
#define KC	  "'iss':'https://login.example.org/realms/staff',"
#define ENTRA	  "'iss':'https://login.microsoftonline.com/TENANT-ID/v2.0',"
#define OKTA	  "'iss':'https://example.okta.com/oauth2/default',"
#define GOOGLE	  "'iss':'https://accounts.google.com',"
#define TIMES	  ",'iat':1000000000,'exp':1000000300}"

static char *
read_text(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(path, "re");

	assert_non_null(text);
	if (!file)
		fail_msg("run this in the top folder: no %s", path);
	assert_in_range(fread(text, 1, 65535, file), 1, 65534);
	(void)fclose(file); /* it was only read */
	return text;
}

/* A literal block as it is shown, without the files that only a host has. */
static char *
print_block(const char *start, const char *end)
{
	char *yaml = NULL;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);

	assert_non_null(out);
	for (const char *at = start; at < end; at++)
		if (at[0] == '\\' && at[1] == 'e') {
			fputc('\\', out);
			at++;
		} else if (strncmp(at, "{file: ", 7) == 0) {
			fputs("text", out);
			at += strcspn(at, "}");
		} else {
			fputc(*at, out);
		}
	assert_int_equal(fclose(out), 0);
	return yaml;
}

/* The next block of resources from `*at` on; NULL: none. */
static char *
next_resources(const char **at)
{
	const char *end;

	while ((*at = strstr(*at, ".Bd -literal"))) {
		*at = strchr(*at, '\n') + 1;
		end = strstr(*at, ".Ed\n");
		assert_non_null(end);
		if (strncmp(*at, "resourceType:", 13) == 0)
			return print_block(*at, end);
	}
	return NULL;
}

static struct config *
load(const char *yaml)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;

	assert_int_equal(loader_init(&loader, &report), 0);
	loader_read(&loader, "f.yaml", yaml, strlen(yaml), false);
	if (loader_finish(&loader, &config) < 0)
		fail_msg("%s\nin\n%s", report.messages[0].text, yaml);
	loader_done(&loader);
	config_report_done(&report);
	return config;
}

static void
every_example_loads(void **state)
{
	static const struct {
		const char *path;
		unsigned count;
	} pages[] = {{PROVIDERS, 8}, {SERVERS, 5}};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		AUTO_TEXT page = read_text(pages[i].path);
		const char *at = page;
		unsigned count = 0;

		for (char *yaml; (yaml = next_resources(&at)); count++) {
			config_unref(load(yaml));
			free(yaml);
		}
		if (count != pages[i].count)
			fail_msg("%s has %u examples", pages[i].path, count);
	}
}

/* A section's first introspector. */
static struct config *
load_section(const char *section)
{
	AUTO_TEXT page = read_text(PROVIDERS);
	AUTO_TEXT heading = NULL;
	AUTO_TEXT yaml = NULL;
	const char *at;

	assert_true(asprintf(&heading, "\n.Sh %s\n", section) > 0);
	at = strstr(page, heading);
	if (!at)
		fail_msg("no section %s", section);
	yaml = next_resources(&at);
	return load(yaml);
}

struct visit {
	const char *section, *header, *claims; /* ' for " */
	const char *user;		       /* NULL: refused, */
	const char *why;		       /* with this reason */
};

#define JWT   "{'alg':'RS256','typ':'JWT','kid':'k1'}"
#define NOTYP "{'kid':'k1','alg':'RS256'}"

static const struct visit visits[] = {
    {"KEYCLOAK", JWT,
	"{" KC "'jti':'onrtac:1','aud':['ssh.example.org','account'],"
	"'sub':'f81d4fae','typ':'Bearer','azp':'ssh-login','sid':'s','acr':'1',"
	"'scope':'ssh','groups':['shell'],'preferred_username':'alice'" TIMES,
	"alice", NULL},
    {"KEYCLOAK", JWT,
	"{" KC "'aud':'account','sub':'f81d4fae','typ':'Bearer',"
	"'preferred_username':'alice'" TIMES,
	NULL, REASON_AUDIENCE},
    {"KEYCLOAK", JWT,
	"{" KC "'aud':'ssh.example.org','sub':'f81d4fae','typ':'ID',"
	"'at_hash':'x','preferred_username':'alice'" TIMES,
	NULL, REASON_ID_TOKEN},
    {"KEYCLOAK", JWT,
	"{" KC "'aud':'ssh.example.org','typ':'Bearer','nonce':'n',"
	"'preferred_username':'alice'" TIMES,
	"alice", NULL},
    {"KEYCLOAK", JWT,
	"{" KC "'aud':'ssh.example.org','typ':'Bearer','jti':'onltac:1'" TIMES,
	NULL, "token-no-user"},
    {"MICROSOFT ENTRA ID", JWT,
	"{" ENTRA "'aud':'CLIENT-ID','aio':'x','azp':'04b07795','azpacr':'0',"
	"'name':'Alice','oid':'o','preferred_username':'Alice@Example.org',"
	"'rh':'0.A','scp':'login','sub':'s','tid':'TENANT-ID','uti':'u',"
	"'ver':'2.0','nbf':1000000000" TIMES,
	"alice", NULL},
    {"MICROSOFT ENTRA ID", JWT,
	"{" ENTRA "'aud':'CLIENT-ID','name':'Alice','oid':'o','scp':'login',"
	"'preferred_username':'Alice@example.org','sub':'s','ver':'2.0'" TIMES,
	"alice", NULL},
    {"MICROSOFT ENTRA ID", JWT,
	"{" ENTRA "'aud':'CLIENT-ID','preferred_username':'alice@evil.example',"
	"'sub':'s'" TIMES,
	NULL, "token-no-user"},
    {"MICROSOFT ENTRA ID", JWT,
	"{'iss':'https://sts.windows.net/TENANT-ID/','aud':'api://CLIENT-ID',"
	"'upn':'alice@example.org','ver':'1.0'" TIMES,
	NULL, REASON_ISSUER},
    {"MICROSOFT ENTRA ID", JWT,
	"{" ENTRA "'aud':'00000003-0000-0000-c000-000000000000',"
	"'preferred_username':'alice@example.org'" TIMES,
	NULL, REASON_AUDIENCE},
    {"OKTA", NOTYP,
	"{" OKTA "'ver':1,'jti':'AT.x','aud':'api://default','cid':'0oa1',"
	"'uid':'00u1','scp':['openid'],'auth_time':999999000,"
	"'sub':'alice@example.org','groups':['ssh-admins']" TIMES,
	"alice", NULL},
    {"OKTA",
	"{'kid':'k1','typ':'application/okta-internal-at+jwt','alg':'RS256'}",
	"{'iss':'https://example.okta.com','aud':'https://example.okta.com',"
	"'sub':'alice@example.org'" TIMES,
	NULL, REASON_TYPE},
    {"OKTA", NOTYP,
	"{'iss':'https://example.okta.com','aud':'https://example.okta.com',"
	"'sub':'alice@example.org'" TIMES,
	NULL, REASON_ISSUER},
    {"OKTA", NOTYP, "{" OKTA "'aud':'api://default','sub':'0oa1'" TIMES, NULL,
	"token-no-user"}, /* a program */
    {"GOOGLE", JWT,
	"{" GOOGLE "'aud':'https://ssh.example.org','azp':'112233',"
	"'email':'robot@project.iam.gserviceaccount.com',"
	"'email_verified':true,'sub':'112233445566778899001'" TIMES,
	"robot", NULL},
    {"GOOGLE", JWT,
	"{" GOOGLE "'aud':'https://ssh.example.org','azp':'999',"
	"'sub':'999999999999999999999'" TIMES,
	NULL, "token-no-user"},
    {"GOOGLE", JWT,
	"{" GOOGLE "'aud':'1.apps.googleusercontent.com','azp':'1','hd':'x',"
	"'at_hash':'x','email':'alice@example.org','email_verified':true,"
	"'sub':'112233445566778899001'" TIMES,
	NULL, REASON_ID_TOKEN},
    {"ANY OTHER PROVIDER", "{'typ':'at+jwt','alg':'RS256','kid':'k1'}",
	"{'iss':'https://issuer.example.org','aud':'ssh.example.org',"
	"'sub':'5ba552d6','client_id':'c','jti':'1','scope':'ssh',"
	"'preferred_username':'alice'" TIMES,
	"alice", NULL},
};

static char *
quote(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return copy;
}

/* The reason to refuse; NULL: it is ret_user's. */
static const char *
come(const struct visit *visit, const struct forge *forge,
    struct config *config, char ret_user[USER_NAME_BYTES_MAX + 1])
{
	struct token_introspector *introspector = &config->introspectors[0];
	const struct published_ask ask = {.now_unix_s = JUDGE_NOW};
	AUTO_TEXT header = quote(visit->header);
	AUTO_TEXT claims = quote(visit->claims);
	AUTO_TEXT token = forge_token(forge, alg_find("RS256"), header, claims);
	AUTO(jwt_unverified) unverified = NULL;
	AUTO(jwt) jwt = NULL;
	struct jwt_question question = {.introspector = introspector};
	const char *why = NULL;
	bool due;

	/* In place of what jwks_uri would bring. */
	jwks_unref(introspector->jwt_keys);
	introspector->jwt_keys = judge_set(forge_key(forge, NULL, NULL));
	assert_int_equal(
	    jwt_unverified_parse(token, strlen(token), &unverified, &why), 1);
	question.unverified = unverified;
	if (jwt_check(&question, NULL, &ask, &jwt, &why, &due) == 1 &&
	    identity_find(
		config, introspector, jwt_get_claims(jwt), ret_user, &why) == 1)
		return NULL;
	return why;
}

static void
tokens_of_each_provider_lead_to_whom_the_page_says(void **state)
{
	struct forge forge = forge_rsa(2048);

	(void)state;
	for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		const struct visit *visit = &visits[i];
		struct config *config = load_section(visit->section);
		char user[USER_NAME_BYTES_MAX + 1] = "";
		const char *why = come(visit, &forge, config, user);

		if (!streq(user, visit->user ? visit->user : "") ||
		    (why != visit->why && !streq_null(why, visit->why)))
			fail_msg("%s, row %zu: %s, %s", visit->section, i, user,
			    why ? why : "accepted");
		config_unref(config);
	}
	forge_done(&forge);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_example_loads),
	    cmocka_unit_test(
		tokens_of_each_provider_lead_to_whom_the_page_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
