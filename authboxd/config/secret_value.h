/* A secret in a resource: its text, {file: PATH} or {credential: NAME}. */
#ifndef CONFIG_SECRET_VALUE_H
#define CONFIG_SECRET_VALUE_H

#include "base/secret.h"
#include "config/reader.h"

#define SECRET_VALUE_BYTES_MAX 65536

/* false: the report says why not. A line end at the end of a file does not
 * count. A file that others may read can hold no secret: neither the resource
 * with the text, nor the file that it names; one that `is_public` is none. */
bool secret_value_read(struct reader *reader, const char *shown,
    const struct tree *tree, bool is_public, struct secret **ret_secret);

#endif
