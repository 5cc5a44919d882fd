/* The login that is approved on another device (RFC 8628). */
#ifndef LOGIN_DEVICE_LOGIN_H
#define LOGIN_DEVICE_LOGIN_H

struct login;

/* Straight through: begin it at the provider, show link and code, wait until
 * the person says that it is done, ask the provider, judge the token. 0: a
 * verdict is reached; < 0: could not find out, or the person is gone. */
int device_login(struct login *login);

#endif
