/* Memory that is wiped when freed: for libcurl and OpenSSL, which hold the
 * secrets of a request. */
#ifndef FETCH_MEMORY_H
#define FETCH_MEMORY_H

#include <stddef.h>

/* Once, before any thread: have both use it. -ENOMEM. */
int memory_init(void);

/* NULL is fine. */
void memory_wipe_free(void *p);

/* As realloc(), which would leave a copy behind. */
void *memory_wipe_realloc(void *p, size_t size);

#endif
