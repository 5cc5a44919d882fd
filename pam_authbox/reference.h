/*
 * What account must know of auth: authboxd's reference to the login that
 * passed, kept with the PAM handle. Every factor has its own, so that a stack
 * may ask for two.
 */
#ifndef PAM_AUTHBOX_REFERENCE_H
#define PAM_AUTHBOX_REFERENCE_H

#include "pam_authbox/request.h"

/* Forget what an earlier auth on this handle left for the request's factor. */
int reference_drop(const struct request *request);

/* Keep a reference for the request's user and service. Any failure to do so is
 * -ENOMEM. */
int reference_keep(const struct request *request, const char *reference);

/* Find the reference for account, lent from the handle: that of the factor
 * which the line names, else of the first factor that has one. Sets
 * request->factor and request->reference; leaves them alone when there is
 * none for this user and service. */
void reference_find(struct request *request);

#endif
