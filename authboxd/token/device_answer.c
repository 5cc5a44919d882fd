#include "token/device_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "config/shape.h"

void
device_grant_done(struct device_grant *grant)
{
	secret_free(grant->device_code);
	*grant = (struct device_grant){0};
}

void
device_answer_done(struct device_answer *answer)
{
	secret_free(answer->id_token);
	secret_free(answer->access_token);
	*answer = (struct device_answer){0};
}

/* ---- what begins it ---- */

static bool
is_visible(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* Visible ASCII, with single blanks inside: what a person can type. */
static bool
user_code_is_good(const char *code)
{
	size_t size = strlen(code);
	char last = ' ';

	if (size == 0 || size > DEVICE_USER_CODE_BYTES_MAX)
		return false;
	for (; *code; last = *code++)
		if (*code < ' ' || *code > '~' || (*code == ' ' && last == ' '))
			return false;
	return last != ' ';
}

static bool
uri_is_good(const char *uri, bool insecure)
{
	const char *why;

	if (strlen(uri) > DEVICE_URI_BYTES_MAX)
		return false;
	switch (shape_url(uri, &why)) {
	case SHAPE_URL_HTTPS:
	case SHAPE_URL_HTTP_LOOPBACK:
		return true;
	case SHAPE_URL_HTTP:
		return insecure;
	default:
		return false;
	}
}

/* NULL: good. */
static const char *
read_uris(const cJSON *answer, bool insecure, struct device_grant *grant)
{
	const char *uri = NULL, *complete = "";
	int r = json_find_text(answer, "verification_uri", &uri);

	/* As some providers called it before the RFC was one. */
	if (r == 0)
		r = json_find_text(answer, "verification_url", &uri);
	if (r <= 0 || !uri_is_good(uri, insecure))
		return "verification_uri is none that can be shown to people";
	r = json_find_text(answer, "verification_uri_complete", &complete);
	if (r < 0 || (r > 0 && !uri_is_good(complete, insecure)))
		return "verification_uri_complete is none that can be shown to "
		       "people";
	(void)stpcpy(grant->uri, uri); /* both are short enough */
	(void)stpcpy(grant->complete_uri, complete);
	return NULL;
}

static const char *
read_times(const cJSON *answer, struct device_grant *grant)
{
	int64_t life_s = 0, interval_s = DEVICE_INTERVAL_S;

	if (json_find_int(answer, "expires_in", &life_s) <= 0 || life_s < 1)
		return "expires_in is no number of seconds";
	if (json_find_int(answer, "interval", &interval_s) < 0 ||
	    interval_s < 0 || interval_s > DEVICE_INTERVAL_S_MAX)
		return "interval is no number of seconds up to 60";
	grant->life_s =
	    life_s < DEVICE_LIFE_S_MAX ? (unsigned)life_s : DEVICE_LIFE_S_MAX;
	/* Not to ask without a pause is in our own interest. */
	grant->interval_s = interval_s > 0 ? (unsigned)interval_s : 1;
	return NULL;
}

/* 0; -EBADMSG and *ret_why; -ENOMEM. */
static int
read_codes(
    const cJSON *answer, struct device_grant *grant, const char **ret_why)
{
	const char *user_code, *device_code;

	*ret_why = "user_code is none that can be shown to people";
	if (json_find_text(answer, "user_code", &user_code) <= 0 ||
	    !user_code_is_good(user_code))
		return -EBADMSG;
	*ret_why = "device_code is missing, or none";
	if (json_find_text(answer, "device_code", &device_code) <= 0 ||
	    !*device_code || strlen(device_code) > DEVICE_CODE_BYTES_MAX ||
	    !is_visible(device_code))
		return -EBADMSG;
	*ret_why = NULL;
	(void)stpcpy(grant->user_code, user_code); /* it is short enough */
	grant->device_code = secret_copy(device_code, strlen(device_code));
	return grant->device_code ? 0 : -ENOMEM;
}

int
device_grant_parse(const char *text, size_t size, bool insecure,
    struct device_grant *ret_grant, const char **ret_why)
{
	struct device_grant grant = {0};
	AUTO_JSON answer = NULL;
	int r = json_parse(text, size, &answer, NULL);

	*ret_why = "it is no JSON object";
	if (r < 0)
		return r;
	if (!cJSON_IsObject(answer))
		return -EBADMSG;
	*ret_why = read_uris(answer, insecure, &grant);
	if (!*ret_why)
		*ret_why = read_times(answer, &grant);
	if (*ret_why)
		return -EBADMSG;
	r = read_codes(answer, &grant, ret_why);
	if (r < 0)
		return r;
	*ret_grant = grant;
	return 0;
}

/* ---- what ends it ---- */

static void
fail(struct device_answer *answer, const char *why)
{
	answer->event = DEVICE_FAILED;
	(void)snprintf(answer->why, sizeof(answer->why), "%s", why);
}

/* Three parts. What is in them is for those to say who verify it. */
static bool
looks_like_jwt(const char *text)
{
	size_t dots = 0;

	for (; *text; text++)
		dots += *text == '.';
	return dots == 2;
}

/* NULL stays NULL. False: no memory. */
static bool
copy_text(const char *text, struct secret **ret_copy)
{
	if (!text)
		return true;
	*ret_copy = secret_copy(text, strlen(text));
	return *ret_copy;
}

static int
read_tokens(const cJSON *object, struct device_answer *answer)
{
	const char *id_token = NULL, *access_token = NULL;

	if (json_find_text(object, "id_token", &id_token) < 0 ||
	    json_find_text(object, "access_token", &access_token) < 0) {
		fail(answer, "its token is no text");
		return 0;
	}
	if (!id_token && !access_token) {
		fail(answer, "its answer has no token");
		return 0;
	}
	if (!id_token && !looks_like_jwt(access_token)) {
		fail(answer, "its token is no JWT");
		return 0;
	}
	answer->event = DEVICE_APPROVED;
	return copy_text(id_token, &answer->id_token) &&
		       copy_text(access_token, &answer->access_token)
		   ? 0
		   : -ENOMEM;
}

static void
read_error(const cJSON *object, struct device_answer *answer)
{
	static const struct {
		const char *error;
		enum device_event event;
	} errors[] = {
	    {"authorization_pending", DEVICE_PENDING},
	    {"slow_down", DEVICE_SLOW_DOWN},
	    {"access_denied", DEVICE_DENIED},
	    {"expired_token", DEVICE_EXPIRED},
	};
	const char *error = "";

	if (json_find_text(object, "error", &error) <= 0 || !*error) {
		fail(answer, "it refused without an error code");
		return;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (streq(error, errors[i].error)) {
			answer->event = errors[i].event;
			return;
		}
	answer->event = DEVICE_FAILED;
	text_copy_word_for_log(error, answer->why, sizeof(answer->why));
}

int
device_answer_parse(unsigned status, const char *text, size_t size,
    struct device_answer *ret_answer)
{
	struct device_answer answer = {0};
	AUTO_JSON object = NULL;
	int r = 0;

	if (status >= 500)
		answer.event = DEVICE_SILENT;
	else if (status == 429)
		answer.event = DEVICE_SLOW_DOWN;
	else
		r = json_parse(text, size, &object, NULL);
	if (r == -EBADMSG)
		fail(&answer, "its answer is no JSON");
	else if (r == 0 && object && status >= 200 && status < 300)
		r = read_tokens(object, &answer);
	else if (r == 0 && object)
		read_error(object, &answer);
	if (r == -ENOMEM) {
		device_answer_done(&answer);
		return r;
	}
	*ret_answer = answer;
	return 0;
}
