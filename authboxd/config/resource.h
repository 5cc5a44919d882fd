/* An object of a table's struct: a resource, or an object in one. */
#ifndef CONFIG_RESOURCE_H
#define CONFIG_RESOURCE_H

#include "config/reader.h"

/* Zero the struct and give each field its default. */
void
resource_init(struct reader *reader, const struct table *table, void *object);

/* Read a map into an object that resource_init() made. `shown` is its path for
 * messages, "" for a resource. What is wrong goes to the report. */
void resource_read(struct reader *reader, const struct table *table,
    const char *shown, const struct tree *map, void *object);

/* Free what the object holds, and zero it. The struct itself stays. */
void resource_done(const struct table *table, void *object);

#endif
