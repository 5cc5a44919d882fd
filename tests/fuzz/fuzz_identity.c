/*
 * A byte that chooses an introspector, and claims. Whoever they are said to be
 * of is named by the very claim that may name him, and is a name that a host
 * can have; everybody else is nobody, with a reason.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/loader.h"
#include "token/identity.h"

#define RULES                                                                  \
	"{resourceType: TokenIntrospector, type: jwt, jwt: {secret: "          \
	"0123456789abcdef0123456789abcdef, "

/* One that names users, three with a rule, one of whose is for addresses; two
 * issuers that give one `sub` to two users. */
static const char yaml[] =
    RULES "iss: 'https://a.example'}, id: a, namesUsers: true}\n---\n" RULES
	  "iss: 'https://b.example'}, id: b, namesUsers: false,\n"
	  " username: {claim: login, case: lower}}\n---\n" RULES
	  "iss: 'https://c.example'}, id: c, namesUsers: true,\n"
	  " username: {claim: preferred_username,\n"
	  " pattern: '(.+)@c\\.example'}}\n---\n" RULES
	  "iss: 'https://d.example'}, id: d, namesUsers: false,\n"
	  " username: {claim: email, pattern: '([a-z.]+)@d\\.example'}}\n---\n"
	  "{resourceType: User, id: alice,\n"
	  " identifier: [{system: 'https://b.example', value: s1}]}\n---\n"
	  "{resourceType: User, id: bob,\n"
	  " identifier: [{system: 'https://c.example', value: s1}]}\n---\n"
	  "{resourceType: User, id: carol, inactive: true}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static struct config *
load(void)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;

	demand(loader_init(&loader, &report) == 0);
	loader_read(&loader, "a.yaml", yaml, strlen(yaml), false);
	demand(loader_finish(&loader, &config) == 0);
	loader_done(&loader);
	config_report_done(&report);
	return config;
}

/* A claim's text; "" when it is none. */
static const char *
text_of(const cJSON *claims, const char *name)
{
	const cJSON *claim = json_find(claims, name);

	return cJSON_IsString(claim) ? claim->valuestring : "";
}

/* The beginning of a text without regard to case, up to what follows it. */
static bool
is_name_before(const char *text, const char *name, const char *rest)
{
	size_t size = strlen(name);

	return strlen(text) >= size && strncasecmp(text, name, size) == 0 &&
	       streq(text + size, rest);
}

static bool
may_be(const cJSON *claims, const char *introspector, const char *user)
{
	const char *box_user = text_of(claims, "box_user");
	const char *sub = text_of(claims, "sub");
	bool is_declared = streq(user, "alice") || streq(user, "bob");

	switch (*introspector) {
	case 'a':
		return is_declared && streq(*box_user ? box_user : sub, user);
	case 'b':
		return (streq(user, "alice") && streq(sub, "s1")) ||
		       is_name_before(text_of(claims, "login"), user, "");
	case 'c':
		return (is_declared &&
			   streq(*box_user ? box_user : sub, user)) ||
		       (streq(user, "bob") && streq(sub, "s1")) ||
		       is_name_before(text_of(claims, "preferred_username"),
			   user, "@c.example");
	default:
		return cJSON_IsTrue(json_find(claims, "email_verified")) &&
		       is_name_before(
			   text_of(claims, "email"), user, "@d.example");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *config;
	const struct token_introspector *introspector;
	char user[USER_NAME_BYTES_MAX + 1] = "?";
	const char *why = NULL;
	AUTO_JSON claims = NULL;
	int r;

	if (!config)
		config = load();
	if (size < 1 ||
	    json_parse((const char *)data + 1, size - 1, &claims, NULL) < 0 ||
	    !cJSON_IsObject(claims))
		return 0;
	introspector =
	    &config->introspectors[data[0] % config->introspector_count];
	r = identity_find(config, introspector, claims, user, &why);
	demand(r == 1 || (r == 0 && why && streq(user, "?")));
	if (r == 0)
		return 0;
	demand(!why && user_name_is_valid(user));
	demand(!streq(user, "carol"));
	demand(may_be(claims, introspector->id, user));
	return 0;
}
