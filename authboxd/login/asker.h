/* Who asks, and for which Client. */
#ifndef LOGIN_ASKER_H
#define LOGIN_ASKER_H

struct login;

/* Root asks about anybody, a user about himself, a Client's peer about anybody
 * for the services that it lists. client= on the PAM line says for which Client
 * the program speaks; the peer of another, or of none, may not say so, whomever
 * he asks about, and the service must be listed. Without it, a peer speaks for
 * his own Client where that lists the service.
 *
 * 1: he may, and login->client is set, NULL: none; 0: a verdict is reached;
 * < 0. */
int asker_check(struct login *login);

/* In account: where no Client was found, it is the one that auth spoke for, if
 * it is still there and lists the service. `client` is its id, "": none. */
void asker_resume(struct login *login, const char *client);

#endif
