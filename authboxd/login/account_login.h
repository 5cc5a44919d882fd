/* The account stage: what auth prepared becomes real; who may not come in. */
#ifndef LOGIN_ACCOUNT_LOGIN_H
#define LOGIN_ACCOUNT_LOGIN_H

struct login;

/* 0: a verdict is reached; < 0: could not find out. Never asks. */
int account_login(struct login *login);

#endif
