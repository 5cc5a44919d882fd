/* What a test's own process writes to its log, as text. */
#ifndef CAUGHT_LOG_H
#define CAUGHT_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* Log lines go to memory between these two. */
static inline void
caught_log_begin(int *ret_saved)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC);

	*ret_saved = dup(STDERR_FILENO);
	assert_true(fd >= 0 && *ret_saved >= 0);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	close(fd);
}

static inline void
caught_log_end(int saved, char *ret_text, size_t ret_size)
{
	ssize_t size = pread(STDERR_FILENO, ret_text, ret_size - 1, 0);

	assert_true(size >= 0);
	ret_text[size] = '\0';
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
}

#endif
