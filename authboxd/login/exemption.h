/* Who is let through without a code: twoFactor.exempt and .remember. */
#ifndef LOGIN_EXEMPTION_H
#define LOGIN_EXEMPTION_H

#include <stdbool.h>

struct login;
struct user_record;

/* 1: a verdict is reached: VERDICT_EXEMPT, which says which entry of
 * twoFactor.exempt matches, or that NSS could not tell; 0: none; < 0. */
int exemption_check(struct login *login);

/* 1: the address of this login is remembered in the record; VERDICT_EXEMPT is
 * reached; 0: not, or remembering is off; < 0. */
int
exemption_is_remembered(struct login *login, const struct user_record *record);

/* The address may be remembered after this login: from root's program, numeric
 * and configured. */
bool exemption_may_remember(const struct login *login);

#endif
