/* A new file that gets its name only when it is whole and on disk. */
#ifndef AUTHBOXCTL_BACKUP_FILE_H
#define AUTHBOXCTL_BACKUP_FILE_H

#include <stddef.h>

#include "base/cleanup.h"

#define BACKUP_FILE_SUFFIX ".partial" /* of its name until then */

struct backup_file;

/* Create it, mode 0600. -EEXIST: `path` or the unfinished file is there
 * already; -ENAMETOOLONG, -ENOENT, -EACCES, … `path` is lent until the end. */
int backup_file_new(const char *path, struct backup_file **ret_file);

/* Unless it was finished, removes what was written. NULL is fine. */
void backup_file_free(struct backup_file *file);
CLEANUP_DEFINE(backup_file)

int backup_file_write(struct backup_file *file, const void *bytes, size_t size);

/* Flush it and give it its name, never over another file: -EEXIST. */
int backup_file_finish(struct backup_file *file);

#endif
