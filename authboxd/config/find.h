/* Making a snapshot quick to ask, once it is complete. */
#ifndef CONFIG_FIND_H
#define CONFIG_FIND_H

#include "config/config.h"

/* Make the index of identifiers, after the users have found their places.
 * -ENOMEM. */
int find_sort_identifiers(struct config *config);

/* The next entry, from `*at` on, whose pair the entry behind it has too; `*at`
 * moves on. NULL: none. */
const struct user_index *
find_doubled_identifier(const struct config *config, size_t *at);

#endif
