/* What can be told only when all resources have been read. */
#ifndef CONFIG_RESOLVE_H
#define CONFIG_RESOLVE_H

#include "config/loader.h"

/* Follow the references between resources, and check what concerns several of
 * them. The users must have found their places. What is wrong goes to the
 * report. */
void resolve_references(struct loader *loader);

#endif
