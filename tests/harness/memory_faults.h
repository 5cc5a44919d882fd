/*
 * Makes the allocations of one thread fail, one in each round: what a thread
 * allocates between memory_begin() and memory_end() is counted, for itself and
 * for libraries that work for it, and number memory.fails_at gets nothing. To
 * be included by one source file of a program.
 */
#ifndef TESTS_HARNESS_MEMORY_FAULTS_H
#define TESTS_HARNESS_MEMORY_FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_ROUNDS_MIN 10
#define MEMORY_ROUNDS_MAX 20000

static _Thread_local bool memory_counts;
static struct {
	atomic_uint counted;
	atomic_uint fails_at; /* from 1 */
	unsigned stride;      /* sanitizers are slow: not each of them */
	bool is_last;	      /* the round before met no failure */
} memory = {.stride = 1};

static inline bool
memory_is_to_fail(void)
{
	return memory_counts && ++memory.counted == memory.fails_at;
}

static inline void
memory_begin(void)
{
	memory_counts = true;
}

static inline void
memory_end(void)
{
	memory_counts = false;
}

/* Before each round; false: the last two met no failure. Two, because on a busy
 * machine one may end early for another reason. */
static inline bool
memory_next(void)
{
	unsigned last = memory.fails_at;
	bool met_none = last > 0 && memory.counted < last;

	memory.counted = 0;
	if (met_none && memory.is_last) {
		memory.fails_at = 0;
		memory.is_last = false;
		if (last < MEMORY_ROUNDS_MIN)
			abort(); /* nothing was counted */
		return false;
	}
	memory.is_last = met_none;
	if (last > MEMORY_ROUNDS_MAX)
		abort(); /* it has no end */
	if (!met_none)
		memory.fails_at = last == 0 ? 1 : last + memory.stride;
	return true;
}

#ifdef __SANITIZE_ADDRESS__
#define MEMORY_REAL(name) __interceptor_##name
#else
#define MEMORY_REAL(name) __libc_##name
#endif
extern void *MEMORY_REAL(malloc)(size_t size);
extern void *MEMORY_REAL(calloc)(size_t count, size_t size);
extern void *MEMORY_REAL(realloc)(void *block, size_t size);

void *
malloc(size_t size)
{
	return memory_is_to_fail() ? NULL : MEMORY_REAL(malloc)(size);
}

void *
calloc(size_t count, size_t size)
{
	return memory_is_to_fail() ? NULL : MEMORY_REAL(calloc)(count, size);
}

void *
realloc(void *block, size_t size)
{
	return memory_is_to_fail() ? NULL : MEMORY_REAL(realloc)(block, size);
}

#ifdef __SANITIZE_ADDRESS__
/* Otherwise the sanitizer's own would serve. */
char *
strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
#endif

/* A test does not wait for the disk. */
int memory_fdatasync(int fd) __asm__("fdatasync");
int
memory_fdatasync(int fd)
{
	(void)fd;
	return 0;
}
int memory_fsync(int fd) __asm__("fsync");
int
memory_fsync(int fd)
{
	(void)fd;
	return 0;
}

#endif
