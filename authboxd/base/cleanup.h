/*
 * Ownership by attribute.
 *
 * AUTO(type) declares a pointer to `struct type` that is given to type_free()
 * on every way out of its block; TAKE() hands it to somebody else instead.
 * A module that wants this says CLEANUP_DEFINE(type) in its header, after the
 * prototype of type_free(), which must accept NULL.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP_DEFINE(type)                                                   \
	static inline void type##_cleanup(struct type **p)                     \
	{                                                                      \
		type##_free(*p);                                               \
	}

#define AUTO(type) __attribute__((cleanup(type##_cleanup))) struct type *

/* A malloc()ed string or block, and a file descriptor (< 0: none). */
#define AUTO_TEXT __attribute__((cleanup(cleanup_text))) char *
#define AUTO_FD	  __attribute__((cleanup(cleanup_fd))) int

#define TAKE(p)                                                                \
	__extension__({                                                        \
		__typeof__(p) p_ = (p);                                        \
		(p) = NULL;                                                    \
		p_;                                                            \
	})

#define TAKE_FD(fd)                                                            \
	__extension__({                                                        \
		int fd_ = (fd);                                                \
		(fd) = -1;                                                     \
		fd_;                                                           \
	})

static inline void
cleanup_text(char **p)
{
	free(*p);
}

static inline void
cleanup_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing is left to be told */
}

#endif
