/* Where each resource stood, for what is found out when all have been read. */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

#include <stdbool.h>

#include "config/report.h"
#include "config/tables.h"

/* Remember where a resource stands, in the file that the report names. false:
 * there is one like it, and the report says where; or no memory. `*places`
 * begins as NULL. */
bool place_put(void **places, struct report *report, const struct kind *kind,
    const char *id, unsigned line);

/* There is such a resource, even if it was refused. */
bool place_has(void *const *places, const char *kind, const char *id);

/* Let what is reported next (with line 0) be about this resource. */
void place_show(void *const *places, struct report *report, const char *kind,
    const char *id);

void place_free_all(void **places);

#endif
