/*
 * io.systemd.UserDatabase as nss-systemd asks for it: what is asked, and what
 * the answers look like. Pure.
 */
#ifndef USERDB_LOOKUP_H
#define USERDB_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/unix_name.h"
#include "config/config.h"

/* The name of our socket below /run/systemd/userdb, which a request repeats. */
#define LOOKUP_SERVICE	 "io.authbox.FirstLogin"
#define LOOKUP_BYTES_MAX 4096 /* of a request or an answer, with its NUL */

enum lookup_kind {
	LOOKUP_NOTHING = 0, /* nobody has what is asked for */
	LOOKUP_USER_BY_NAME,
	LOOKUP_USER_BY_ID,
	LOOKUP_GROUP_BY_NAME,
	LOOKUP_GROUP_BY_ID,
	LOOKUP_ALL,	/* enumeration */
	LOOKUP_FOREIGN, /* another service is meant */
	LOOKUP_UNKNOWN, /* no such method */
};

struct lookup {
	enum lookup_kind kind;
	char name[UNIX_NAME_BYTES_MAX + 1]; /* of BY_NAME; not checked */
	uint32_t id;			    /* of BY_ID */
};

/* Read a request of `size` bytes, the NUL at its end not counted. -EBADMSG: it
 * is none; -ENOMEM. */
int lookup_parse(const char *text, size_t size, struct lookup *ret_lookup);

/* The refusal that answers a look-up which finds nothing, with its NUL. */
size_t
lookup_print_nothing(enum lookup_kind kind, char ret_text[LOOKUP_BYTES_MAX]);

/* The record of a user before his first login, or of his group: the kind of the
 * look-up says which. 0: it does not fit. */
size_t lookup_print_record(const struct lookup *lookup,
    const struct provisioning *provisioning, const char *name, uint32_t uid,
    char ret_text[LOOKUP_BYTES_MAX]);

#endif
