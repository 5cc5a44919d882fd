/* Making a configuration out of texts. */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "config/reader.h"

#define LOADER_RESOURCES_MAX 16384

struct loader {
	struct reader reader;
	struct config *config;
	void *places; /* where each kind and id stood; for tsearch(3) */
	size_t resource_count;
};

/* `report` must be zeroed; it is kept by reference. -ENOMEM. */
int loader_init(struct loader *loader, struct config_report *report);
void loader_done(struct loader *loader);

/* Read every document of one file's text. `file` is its name for messages.
 * What is wrong goes to the report. */
void loader_read(struct loader *loader, const char *file, const char *bytes,
    size_t size, bool others_may_read);

/* Check what concerns several resources, and hand the snapshot over. -EINVAL:
 * there were errors; -ENOMEM. */
int loader_finish(struct loader *loader, struct config **ret_config);

#endif
