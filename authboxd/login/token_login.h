/* The login by access token, or by the short token of a local session. */
#ifndef LOGIN_TOKEN_LOGIN_H
#define LOGIN_TOKEN_LOGIN_H

struct login;

/* Straight through: read the token, judge it, find whose it is, ask the
 * policies. 0: a verdict is reached; < 0: could not find out, or the person is
 * gone. */
int token_login(struct login *login);

#endif
