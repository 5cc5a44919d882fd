/* Tokens of a made-up issuer with a shared key. After api_host.h. */
#ifndef TESTS_UNIT_API_TOKEN_H
#define TESTS_UNIT_API_TOKEN_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64url.h"

#define TOKEN_KEY "0123456789abcdef0123456789abcdef"
#define TOKEN_CONFIG                                                           \
	"resourceType: TokenIntrospector\n"                                    \
	"id: idp\n"                                                            \
	"type: jwt\n"                                                          \
	"jwt: {iss: 'https://idp.example', aud: [host], secret: '" TOKEN_KEY   \
	"'}\n"                                                                 \
	"---\n"                                                                \
	"{resourceType: User, id: alice}\n"                                    \
	"---\n"                                                                \
	"{resourceType: User, id: bob}\n"                                      \
	"---\n"                                                                \
	"{resourceType: User, id: carol, inactive: true}\n"                    \
	"---\n"                                                                \
	"{resourceType: User, id: reports}\n"                                  \
	"---\n"                                                                \
	"resourceType: Role\n"                                                 \
	"name: nurse\n"                                                        \
	"user: {resourceType: User, id: alice}\n"                              \
	"---\n"                                                                \
	"{resourceType: Client, id: app, secret: 'opens: it', services: "      \
	"[app]}\n"                                                             \
	"---\n"                                                                \
	"{resourceType: Client, id: web, peers: [bob], services: [web]}\n"

/* A token of `sub` that is good for ten minutes; static. */
static inline const char *
token_sign(const char *sub, const char *key)
{
	static char token[1024];
	char payload[512], part[512];
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned size;
	int length;

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"https://idp.example\",\"aud\":\"host\",\"sub\":\"%s\","
	    "\"iat\":%lld,\"exp\":%lld}",
	    sub, (long long)host->now_unix_s,
	    (long long)host->now_unix_s + 600);
	base64url_encode(payload, strlen(payload), part);
	length = snprintf(token, sizeof(token),
	    "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.%s", part);
	assert_non_null(HMAC(EVP_sha256(), key, (int)strlen(key),
	    (const uint8_t *)token, (size_t)length, mac, &size));
	token[length++] = '.';
	base64url_encode(mac, size, token + length);
	return token;
}

#endif
