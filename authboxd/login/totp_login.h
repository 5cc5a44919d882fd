/* The login by one-time code. */
#ifndef LOGIN_TOTP_LOGIN_H
#define LOGIN_TOTP_LOGIN_H

struct login;

/* Straight through: exempt? enrolled? waiting? ask, judge, ask again. 0: a
 * verdict is reached; < 0: could not find out, or the person is gone. */
int totp_login(struct login *login);

#endif
