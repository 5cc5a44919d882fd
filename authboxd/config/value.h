/* The value of one field: from the tree into the struct, and away again. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/reader.h"

#define VALUE_TEXT_BYTES_MAX   4096
#define VALUE_SECRET_BYTES_MAX 65536

/* Read a field of any type but FIELD_OBJECTS into the struct at `base`, whose
 * old value is freed. `shown` is its whole path for messages. What is wrong
 * goes to the report, and the old value stays. */
void value_read(struct reader *reader, const struct field *field,
    const char *shown, const struct tree *tree, void *base);

/* Free what the field holds, and zero it. */
void value_done(const struct field *field, void *base);

#endif
