/*
 * The claims that say from whom, for whom and when (RFC 7519 4.1), checked in
 * one place for tokens and for answers of introspection (RFC 7662 2.2).
 */
#ifndef JOSE_CLAIMS_H
#define JOSE_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#define CLAIMS_LEEWAY_S_MAX 60

struct claims_rules {
	const char *iss; /* byte by byte; never NULL */
	/* One of them must be in "aud"; ended by NULL. NULL: not checked. */
	const char *const *auds;
	/* Names that must be there, and be no null or empty text; ended by
	 * NULL. NULL: none. */
	const char *const *required;
	int64_t now_unix_s;   /* >= 0 */
	unsigned leeway_s;    /* for exp, nbf, iat and max_age_s */
	unsigned max_age_s;   /* since "iat", which it requires; 0: any age */
	bool is_introspected; /* "iss" and "exp" may be absent, "client_id" may
				 stand for an absent "aud" */
};

/* In seconds since 1970, rounded down. */
struct claims_times {
	int64_t exp, iat; /* INT64_MAX, INT64_MIN: absent */
};

/* All rules hold: 1; 0 and *ret_why (jose/reason.h); -EINVAL: leeway_s is over
 * CLAIMS_LEEWAY_S_MAX. Times must be JSON numbers within +-2^53, "sub" a text,
 * "aud" a text or an array of texts, whether or not a rule asks for them. */
int claims_match(const cJSON *claims, const struct claims_rules *rules,
    struct claims_times *ret_times, const char **ret_why);

#endif
