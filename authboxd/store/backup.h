/* A consistent copy of the database. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

/* Copy the database `name` in the folder `dir` to the open file `fd`, by way of
 * a file beside it. Commits go on. -EBUSY: there is a copy under way. */
int backup_copy(const char *dir, const char *name, int fd);

#endif
