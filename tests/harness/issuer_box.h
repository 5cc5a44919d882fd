/*
 * Issuers that make real tokens: an Ed25519 key each, its key set, and tokens
 * signed with it. To be included after <cmocka.h>.
 */
#ifndef TESTS_HARNESS_ISSUER_BOX_H
#define TESTS_HARNESS_ISSUER_BOX_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/base64url.h"
#include "base/json.h"

struct issuer_box {
	const char *kid;
	EVP_PKEY *key;
};

static inline struct issuer_box
issuer_box_new(const char *kid)
{
	struct issuer_box box = {kid, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};

	assert_non_null(box.key);
	return box;
}

static inline void
issuer_box_done(struct issuer_box *box)
{
	EVP_PKEY_free(box->key);
}

/* malloc()ed. */
static inline char *
issuer_box_set(const struct issuer_box *box)
{
	uint8_t x[32];
	char text[64], *set;
	size_t size = sizeof(x);

	assert_int_equal(EVP_PKEY_get_raw_public_key(box->key, x, &size), 1);
	base64url_encode(x, size, text);
	assert_true(asprintf(&set,
			"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			"\"kid\":\"%s\",\"x\":\"%s\"}]}",
			box->kid, text) > 0);
	return set;
}

/* A token with these claims, under the kid given. */
static inline struct secret *
issuer_box_sign(
    const struct issuer_box *box, const char *kid, const char *claims)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char token[2048], header[128];
	uint8_t signature[64];
	size_t at, size = sizeof(signature);

	(void)snprintf(
	    header, sizeof(header), "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", kid);
	base64url_encode(header, strlen(header), token);
	at = strlen(token);
	token[at++] = '.';
	base64url_encode(claims, strlen(claims), token + at);
	at = strlen(token);
	assert_int_equal(
	    EVP_DigestSignInit(context, NULL, NULL, NULL, box->key), 1);
	assert_int_equal(
	    EVP_DigestSign(context, signature, &size, (uint8_t *)token, at), 1);
	EVP_MD_CTX_free(context);
	token[at++] = '.';
	base64url_encode(signature, size, token + at);
	return secret_copy(token, strlen(token));
}

/* What authbox-fetch replies with this status and body: for fake_fetch.h.
 * malloc()ed. */
static inline char *
issuer_box_reply(unsigned status, const char *body)
{
	AUTO_JSON reply = cJSON_CreateObject();
	cJSON *parameters = cJSON_AddObjectToObject(reply, "parameters");
	AUTO(secret) text = NULL;
	char *out;

	(void)cJSON_AddNumberToObject(parameters, "status", status);
	(void)cJSON_AddStringToObject(parameters, "body", body);
	text = json_print(reply);
	assert_true(asprintf(&out, "%s|", text->bytes) > 0);
	return out;
}

#endif
