/*
 * What a provider says of a person, as a user of this host: his name by
 * Provisioning's `username`, his groups by its `groups`, the rest as data.
 * Pure. Nobody is looked up: whether name and groups are free or there is to be
 * found out elsewhere.
 */
#ifndef USERS_NEW_PERSON_H
#define USERS_NEW_PERSON_H

#include "config/config.h"
#include "users/person.h"

#define NEW_PERSON_DETAIL_BYTES 160

/* Why there is no user of it. */
struct new_person_fault {
	const char *why; /* a code of audit_reasons[] */
	/* A sentence's end for the admin, without anything the provider wrote
	 * but what is fit for a log. */
	char detail[NEW_PERSON_DETAIL_BYTES];
};

/* A user who is not there yet. `info`: what the provider says, checked to be of
 * `subject`; `introspector` has an identity_provider. 1: *ret_person is the
 * caller's, with PERSON_NO_UID; 0: *ret_fault; -ENOMEM. */
int new_person_build(const struct config *config,
    const struct token_introspector *introspector, const char *issuer,
    const char *subject, const cJSON *info, struct person **ret_person,
    struct new_person_fault *ret_fault);

/* A user who is there, with the groups and data that he has now; his name
 * stays, whatever the provider calls him. As above. */
int new_person_refresh(const struct config *config,
    const struct token_introspector *introspector, const struct person *person,
    const char *issuer, const char *subject, const cJSON *info,
    struct person **ret_person, struct new_person_fault *ret_fault);

#endif
