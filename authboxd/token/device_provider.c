#include "token/device_provider.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "token/endpoint.h"

#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:device_code"

/* ---- beginning ---- */

/* Scopes in one text, divided by blanks (RFC 6749 3.3). NULL: no memory. */
static char *
print_scopes(char *const *scopes)
{
	size_t size = 1;
	char *text, *at;

	for (char *const *scope = scopes; scope && *scope; scope++)
		size += strlen(*scope) + 1;
	text = at = malloc(size);
	if (!text)
		return NULL;
	*at = '\0';
	for (char *const *scope = scopes; scope && *scope; scope++) {
		if (at != text)
			*at++ = ' ';
		at = stpcpy(at, *scope); /* measured above */
	}
	return text;
}

static int
read_grant(const struct identity_provider *provider,
    const struct http_answer *answer, struct device_grant *ret_grant,
    const char **ret_why)
{
	const char *why = NULL;
	int r;

	if (answer->status < 200 || answer->status >= 300) {
		log_warning("IdentityProvider/%s: it refuses a device login "
			    "(status %u): check client and scopes, and that it "
			    "allows this client device logins",
		    provider->id, answer->status);
		*ret_why = "device-refused";
		return 0;
	}
	r = device_grant_parse(answer->body->bytes, answer->body->size,
	    provider->insecure, ret_grant, &why);
	if (r != -EBADMSG)
		return r < 0 ? r : 1;
	log_warning("IdentityProvider/%s: its answer to a device login cannot "
		    "be used: %s",
	    provider->id, why);
	*ret_why = "device-answer";
	return 0;
}

int
device_provider_begin(struct endpoints *endpoints, struct config *config,
    const struct identity_provider *provider, int64_t deadline_ms,
    struct device_grant *ret_grant, const char **ret_why)
{
	struct endpoint_question question = {config,
	    issuer_of_provider(provider), ENDPOINT_DEVICE_AUTHORIZATION,
	    deadline_ms};
	struct http_answer answer = {0};
	AUTO_TEXT scopes = NULL;
	struct form_field fields[1];
	int r;

	if (provider->scopes && !(scopes = print_scopes(provider->scopes)))
		return -ENOMEM;
	fields[0] = (struct form_field){"scope", scopes ? scopes : "openid"};
	r = endpoint_post(endpoints, &question, fields, 1, &answer);
	if (r == 0)
		r = read_grant(provider, &answer, ret_grant, ret_why);
	http_answer_done(&answer);
	return r;
}

/* ---- asking ---- */

int
device_provider_ask(struct endpoints *endpoints, struct config *config,
    const struct identity_provider *provider, const struct device_grant *grant,
    int64_t deadline_ms, struct device_answer *ret_answer)
{
	const struct form_field fields[] = {
	    {"grant_type", GRANT_TYPE},
	    {"device_code", grant->device_code->bytes},
	};
	struct endpoint_question question = {
	    config, issuer_of_provider(provider), ENDPOINT_TOKEN, deadline_ms};
	struct http_answer answer = {0};
	int r;

	r = endpoint_post(endpoints, &question, fields,
	    sizeof(fields) / sizeof(fields[0]), &answer);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		*ret_answer = (struct device_answer){.event = DEVICE_SILENT};
		return 0;
	}
	r = device_answer_parse(
	    answer.status, answer.body->bytes, answer.body->size, ret_answer);
	http_answer_done(&answer);
	if (r == 0 && ret_answer->event == DEVICE_FAILED)
		log_warning("IdentityProvider/%s: a device login comes to "
			    "nothing: %s",
		    provider->id, ret_answer->why);
	return r;
}
