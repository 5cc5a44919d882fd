#include "jose/jws.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "jose/reason.h"

#define PARTS	    3
#define DOTS_OF_JWE 4 /* RFC 7516 7.1 */
#define DOTS_MAX    5

enum part {
	PART_HEADER = 0,
	PART_PAYLOAD = 1,
	PART_SIGNATURE = 2,
};

struct jws {
	const char *input; /* header and payload as signed; lent */
	size_t input_size;
	cJSON *header;
	const struct alg *alg;
	const char *kid, *typ; /* lent from header */
	size_t payload_size, signature_size;
	size_t room;
	uint8_t bytes[]; /* payload, then signature */
};

struct parts {
	const char *text[PARTS];
	size_t size[PARTS];
};

static int
refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return 0;
}

/* Dots are counted up to the fifth and before anything is allocated, so that
 * texts full of them and huge ones cost nothing (CVE-2025-30204). */
static int
split(const char *token, size_t size, struct parts *ret_parts,
    const char **ret_why)
{
	const char *starts[DOTS_MAX + 1] = {token}, *dot;
	const char *end = token + size;
	size_t dots = 0;

	if (size > JWS_BYTES_MAX)
		return refuse(ret_why, REASON_TOO_LONG);
	while (dots < DOTS_MAX) {
		dot = memchr(starts[dots], '.', (size_t)(end - starts[dots]));
		if (!dot)
			break;
		starts[++dots] = dot + 1;
	}
	if (dots == DOTS_OF_JWE)
		return refuse(ret_why, REASON_ENCRYPTED);
	if (dots != PARTS - 1)
		return refuse(ret_why, REASON_MALFORMED);

	for (size_t i = 0; i < PARTS; i++) {
		const char *next = i < dots ? starts[i + 1] - 1 : end;

		ret_parts->text[i] = starts[i];
		ret_parts->size[i] = (size_t)(next - starts[i]);
	}
	if (ret_parts->size[PART_SIGNATURE] == 0)
		return refuse(ret_why, REASON_UNSIGNED);
	return 1;
}

/* 1, 0 with the reason, -ENOMEM. */
static int
read_header(struct jws *jws, const char **ret_why)
{
	static const char *const extensions[] = {"crit", "b64", "zip"};
	const char *alg = "";

	if (!cJSON_IsObject(jws->header))
		return refuse(ret_why, REASON_HEADER);
	if (json_find(jws->header, "enc"))
		return refuse(ret_why, REASON_ENCRYPTED);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (json_find(jws->header, extensions[i]))
			return refuse(ret_why, REASON_EXTENSION);
	if (json_find_text(jws->header, "alg", &alg) < 0 ||
	    json_find_text(jws->header, "kid", &jws->kid) < 0 ||
	    json_find_text(jws->header, "typ", &jws->typ) < 0)
		return refuse(ret_why, REASON_HEADER);
	if (jws->kid && strlen(jws->kid) > JWK_KID_BYTES_MAX)
		return refuse(ret_why, REASON_HEADER);
	if (jws->kid && !*jws->kid)
		jws->kid = NULL;
	jws->alg = alg_find(alg);
	return jws->alg ? 1 : refuse(ret_why, REASON_ALG);
}

/* The header is decoded where payload and signature come afterwards. */
static int
parse_header(struct jws *jws, const struct parts *parts, const char **ret_why)
{
	ssize_t size = base64url_decode(
	    parts->text[PART_HEADER], parts->size[PART_HEADER], jws->bytes);
	int r;

	if (size < 0)
		return refuse(ret_why, REASON_MALFORMED);
	r = json_parse(
	    (const char *)jws->bytes, (size_t)size, &jws->header, NULL);
	if (r == -EBADMSG)
		return refuse(ret_why, REASON_HEADER);
	return r < 0 ? r : read_header(jws, ret_why);
}

static int
decode_rest(struct jws *jws, const struct parts *parts, const char **ret_why)
{
	ssize_t payload = base64url_decode(
	    parts->text[PART_PAYLOAD], parts->size[PART_PAYLOAD], jws->bytes);
	ssize_t signature =
	    payload < 0
		? payload
		: base64url_decode(parts->text[PART_SIGNATURE],
		      parts->size[PART_SIGNATURE], jws->bytes + payload);

	if (signature < 0)
		return refuse(ret_why, REASON_MALFORMED);
	jws->payload_size = (size_t)payload;
	jws->signature_size = (size_t)signature;
	return 1;
}

int
jws_parse(
    const char *token, size_t size, struct jws **ret_jws, const char **ret_why)
{
	AUTO(jws) jws = NULL;
	struct parts parts;
	int r;

	r = split(token, size, &parts, ret_why);
	if (r <= 0)
		return r;
	/* Room for the whole is room for each part. */
	jws = malloc(sizeof(*jws) + base64url_decoded_size(size));
	if (!jws)
		return -ENOMEM;
	*jws = (struct jws){
	    .input = token,
	    .input_size = (size_t)(parts.text[PART_SIGNATURE] - 1 - token),
	    .room = base64url_decoded_size(size),
	};

	r = parse_header(jws, &parts, ret_why);
	if (r == 1)
		r = decode_rest(jws, &parts, ret_why);
	if (r == 1)
		*ret_jws = TAKE(jws);
	return r;
}

void
jws_free(struct jws *jws)
{
	if (!jws)
		return;
	cJSON_Delete(jws->header);
	secret_wipe(jws->bytes, jws->room);
	free(jws);
}

const struct alg *
jws_get_alg(const struct jws *jws)
{
	return jws->alg;
}

const char *
jws_get_kid(const struct jws *jws)
{
	return jws->kid;
}

const char *
jws_get_typ(const struct jws *jws)
{
	return jws->typ;
}

const uint8_t *
jws_get_unverified_payload(const struct jws *jws, size_t *ret_size)
{
	*ret_size = jws->payload_size;
	return jws->bytes;
}

int
jws_match(const struct jws *jws,
    const struct jwks *const sets[JWKS_SELECTED_SETS], uint32_t algs,
    const char **ret_why)
{
	const struct jwk *keys[JWKS_FITTING_MAX];
	size_t count;

	if (!(algs & alg_bit(jws->alg)))
		return refuse(ret_why, REASON_ALG);
	count = jwks_select(sets, jws->alg, jws->kid, keys, ret_why);
	for (size_t i = 0; i < count; i++) {
		int r =
		    jwk_match(keys[i], jws->alg, jws->input, jws->input_size,
			jws->bytes + jws->payload_size, jws->signature_size);

		if (r != 0)
			return r;
	}
	return count ? refuse(ret_why, REASON_SIGNATURE) : 0;
}
