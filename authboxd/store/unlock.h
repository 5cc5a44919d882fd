/* The key that belongs to the data. */
#ifndef STORE_UNLOCK_H
#define STORE_UNLOCK_H

#include "store/fault.h"
#include "store/meta.h"
#include "store/store.h"

struct unlock {
	struct secret *key;
	bool is_credential, is_new; /* new: there was no data */
	struct meta meta;
};

void unlock_done(struct unlock *unlock);

/* Find the key that opens what is in the database; or, when nothing is, the key
 * that is there, or a new one, and make the tables. Ends a rekey that was cut
 * short. On failure `fault` says why. */
int unlock_open(struct sqlite *sqlite, const struct store_paths *paths,
    struct fault *fault, struct unlock *ret_unlock);

#endif
