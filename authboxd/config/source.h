/* Reading a file that decides who gets in. */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source {
	char *bytes; /* followed by a NUL that `size` does not count */
	size_t size;
	bool others_may_read;
};

/* Wipes. */
void source_done(struct source *source);

/* Read a whole file of at most `size_max` bytes, `name` taken from `dir_fd` as
 * by openat(2). It must be a regular file, no link, that belongs to root or to
 * this process's user and that nobody else may write.
 * -EPERM, -EFBIG, -ELOOP, -ENOENT, -EACCES, …: *ret_why (static) says what is
 * wrong and what to do, in words that follow the file's name; -ENOMEM. */
int source_read(int dir_fd, const char *name, size_t size_max,
    struct source *ret_source, const char **ret_why);

/* The same of a file that is open, from where it is read next. */
int source_read_open(
    int fd, size_t size_max, struct source *ret_source, const char **ret_why);

/* The same demands on an open folder. */
int source_check_folder(int dir_fd, const char **ret_why);

#endif
