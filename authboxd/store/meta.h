/*
 * What the store knows about itself: its id, its derivation key, and about how
 * many commits it has had. (epoch.h: whether it is an older copy.)
 */
#ifndef STORE_META_H
#define STORE_META_H

#include "base/secret.h"
#include "store/seal.h"
#include "store/sqlite.h"

struct meta {
	uint8_t id[SEAL_ID_BYTES];
	struct secret *derivation; /* what store_derive_key() derives from */
	uint64_t revision;
};

void meta_done(struct meta *meta);

/* Make the tables of an empty file, with a fresh id, in one transaction. */
int meta_create(
    struct sqlite *sqlite, const struct secret *key, struct meta *ret_meta);

/* -ENOKEY: `key` is not the one; -EBADMSG: something is missing. */
int meta_load(
    struct sqlite *sqlite, const struct secret *key, struct meta *ret_meta);

/* Within a transaction. */
int meta_put_derivation(
    struct sqlite *sqlite, struct seal *seal, const struct secret *derivation);
int meta_put_revision(struct sqlite *sqlite, uint64_t revision);

#endif
