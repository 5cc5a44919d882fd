/* A reference to another resource: {resourceType: User, id: eve}, or
 * {reference: User/eve}. */
#ifndef CONFIG_REFERENCE_H
#define CONFIG_REFERENCE_H

#include "config/reader.h"

/* `kinds` are the words that may stand as its kind, ended by a NULL text; with
 * one alone it need not be said. false: the report says why, or has a failure.
 * *ret_id is malloc()ed. */
bool reference_read(struct reader *reader, const char *shown,
    const struct tree *tree, const struct field_word *kinds, unsigned *ret_kind,
    char **ret_id);

/* A list of them, at most `max`. */
bool reference_read_list(struct reader *reader, const char *shown,
    const struct tree *list, const struct field *field,
    struct policy_link **ret_links, size_t *ret_count);

void reference_free_list(struct policy_link *links, size_t count);

#endif
