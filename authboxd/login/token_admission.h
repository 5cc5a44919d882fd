/* What follows from a token that was judged, however it came here: whose it is,
 * whether that is who was asked for, and what the policies say. */
#ifndef LOGIN_TOKEN_ADMISSION_H
#define LOGIN_TOKEN_ADMISSION_H

#include "login/policy_check.h"

struct pending_login;
struct token_verdict;

/* For policies: what is known of a token, now and in the account stage. Lent.
 */
struct policy_claims
token_admission_claims_of_verdict(const struct token_verdict *verdict);
struct policy_claims
token_admission_claims_of_pending(const struct pending_login *pending);

/* Put the token's hash and introspector, never itself, into the login's detail.
 */
void token_admission_describe(struct login *login, const char *token,
    const struct token_verdict *verdict);

/* What a failed check passes up: a fault of this host's as it is, all others
 * as -EHOSTUNREACH, the issuer's. */
int token_admission_fault(int error);

/* 1: it does not let this user in, and *ret_why says why, a code of
 * audit_reasons[]; 0: a verdict is reached, and where it is ALLOW the claims
 * have moved into login->pending: the account stage asks the policies again; <
 * 0: could not find out. */
int token_admission_check(
    struct login *login, struct token_verdict *verdict, const char **ret_why);

#endif
