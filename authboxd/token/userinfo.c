#include "token/userinfo.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

/* ---- reading ---- */

static int
check_subject(cJSON **take_info, const char *subject, cJSON **ret_info,
    const char **ret_why)
{
	const char *is;

	if (json_find_text(*take_info, "sub", &is) > 0 && streq(is, subject)) {
		*ret_info = TAKE(*take_info);
		return 1;
	}
	*ret_why = "userinfo-other-subject";
	return 0;
}

int
userinfo_parse(const char *text, size_t size, const char *subject,
    cJSON **ret_info, const char **ret_why)
{
	AUTO_JSON info = NULL;
	int r = -EBADMSG;

	if (size <= USERINFO_BYTES_MAX)
		r = json_parse(text, size, &info, NULL);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !cJSON_IsObject(info)) {
		*ret_why = "userinfo-malformed";
		return 0;
	}
	return check_subject(&info, subject, ret_info, ret_why);
}

int
userinfo_of_claims(const cJSON *claims, const char *subject, cJSON **ret_info,
    const char **ret_why)
{
	static const char *const of_token[] = {"iss", "aud", "exp", "nbf",
	    "iat", "jti", "nonce", "auth_time", "at_hash", "c_hash", "s_hash",
	    "azp", "acr", "amr", "sid", "scope", "client_id", "typ"};
	AUTO_JSON info = json_tree_copy(claims);

	if (!info)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(of_token) / sizeof(of_token[0]); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(info, of_token[i]);
	return check_subject(&info, subject, ret_info, ret_why);
}

/* ---- asking ---- */

/* "NAME: SCHEME", or "NAME" of a header that holds the token alone. */
static int
put_token(
    const char *header, const struct secret *token, struct header *ret_header)
{
	const char *colon = strchr(header, ':');
	const char *scheme = colon ? colon + 2 : "";
	size_t size = strlen(scheme) + (colon ? 1 : 0);

	ret_header->name =
	    colon ? strndup(header, (size_t)(colon - header)) : strdup(header);
	ret_header->value = secret_new(size + token->size);
	if (!ret_header->name || !ret_header->value)
		return -ENOMEM;
	memcpy(ret_header->value->bytes, scheme, strlen(scheme));
	if (colon)
		ret_header->value->bytes[size - 1] = ' ';
	memcpy(ret_header->value->bytes + size, token->bytes, token->size);
	return 0;
}

/* 1: it is a user's; 0: *ret_why; < 0. */
static int
judge(const struct issuer *issuer, struct http_answer *answer,
    const char *subject, cJSON **ret_info, const char **ret_why)
{
	unsigned status = answer->status;
	int r;

	if (status == 401 || status == 403) {
		*ret_why = "user-gone";
		return 0;
	}
	if (status < 200 || status > 299) {
		log_warning("%s/%s: its userinfo endpoint answered with "
			    "status %u",
		    issuer_get_kind(issuer), issuer_get_id(issuer), status);
		return -EIO;
	}
	r = userinfo_parse(answer->body->bytes, answer->body->size, subject,
	    ret_info, ret_why);
	if (r == 0)
		log_warning("%s/%s: its userinfo endpoint tells nothing of the "
			    "token's subject (%s)",
		    issuer_get_kind(issuer), issuer_get_id(issuer), *ret_why);
	return r;
}

int
userinfo_ask(struct endpoints *endpoints, struct config *config,
    const struct token_introspector *introspector, const struct secret *token,
    const char *subject, int64_t deadline_ms, cJSON **ret_info,
    const char **ret_why)
{
	const char *header = introspector->identity_provider->userinfo_header;
	const struct endpoint_question question = {
	    .config = config,
	    .issuer = issuer_of_introspector(introspector),
	    .which = ENDPOINT_USERINFO,
	    .deadline_ms = deadline_ms,
	};
	struct header proof = {0};
	struct http_answer answer = {0};
	int r;

	r = put_token(header ? header : "Authorization: Bearer", token, &proof);
	if (r == 0)
		r = endpoint_get(endpoints, &question, &proof, 1, &answer);
	if (r == 0)
		r = judge(
		    &question.issuer, &answer, subject, ret_info, ret_why);
	free(proof.name);
	secret_free(proof.value);
	http_answer_done(&answer);
	return r;
}
