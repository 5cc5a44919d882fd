/*
 * Whatever an endpoint answers: an active verdict comes only with an object
 * whose `active` is true and that has not expired for longer than the leeway,
 * and no other one has claims.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "token/identity.h"
#include "token/introspection.h"

#define NOW INT64_C(1767225600)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char issuer[] = "https://a.example", audience[] = "host1";
	static char claim[] = "login";
	static char *audiences[] = {audience, NULL};
	struct token_introspector introspector = {
	    .type = INTROSPECTOR_OPAQUE,
	    .jwt_iss = issuer,
	    .jwt_aud = size % 2 ? audiences : NULL,
	    .jwt_leeway_s = 30,
	    .username = {.claim = claim},
	};
	struct config config = {
	    .introspectors = &introspector, .introspector_count = 1};
	struct introspection introspection = {0};
	char user[USER_NAME_BYTES_MAX + 1];
	const char *why = NULL;
	int r;

	r = introspection_check(
	    &introspector, (const char *)data, size, NOW, &introspection);
	demand(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	demand(introspection.is_active == !introspection.why);
	demand(introspection.is_active == (introspection.answer != NULL));
	if (introspection.is_active) {
		demand(cJSON_IsTrue(json_find(introspection.answer, "active")));
		demand(introspection.expires_unix_s >
		       NOW - introspector.jwt_leeway_s);
		if (identity_find(&config, &introspector, introspection.answer,
			user, &why) > 0)
			demand(user_name_is_valid(user));
	}
	introspection_done(&introspection);
	return 0;
}
