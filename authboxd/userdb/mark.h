/*
 * Whether a file is still as it was, without opening it: by its number, its
 * size and its times.
 */
#ifndef USERDB_MARK_H
#define USERDB_MARK_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct mark {
	bool is_there;
	dev_t device;
	ino_t number;
	off_t size;
	struct timespec modified, changed;
};

/* The marks of `count` files below a folder, in their order. One that cannot be
 * looked at counts as there. */
void mark_get_all(int root_fd, const char *const paths[], size_t count,
    struct mark ret_marks[]);

bool mark_equal_all(const struct mark a[], const struct mark b[], size_t count);

/* A file system's clock ticks every few milliseconds, and two changes within
 * one tick leave one mark. True: none of the files was changed so lately that
 * this could happen again. `now` is the wall clock's. */
bool mark_is_quiet_all(
    const struct mark marks[], size_t count, const struct timespec *now);

#endif
