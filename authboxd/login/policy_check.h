/* A login's question to the access policies. */
#ifndef LOGIN_POLICY_CHECK_H
#define LOGIN_POLICY_CHECK_H

#include "policy/policy.h"

struct login;

/* What a token said; `claims` NULL: nothing, or there was no token. Lent. */
struct policy_claims {
	const cJSON *claims;
	bool are_jwt; /* else the answer of an introspection */
	/* Of a local session: "token" or "code", what it was made from; NULL:
	 * it is none. */
	const char *session_by;
	int64_t session_created_unix_s;
};

/* 1: go on; 0: VERDICT_FORBIDDEN is reached, with the policy's reason; < 0:
 * could not find out. */
int policy_check(struct login *login, enum policy_question question,
    const struct policy_claims *claims);

#endif
