/*
 * Makes calls of this program and of its libraries to the file system fail, one
 * after the other. To be included by one source file of a program: what it
 * defines comes before libc's for all of the program's libraries.
 */
#ifndef TESTS_HARNESS_IO_FAULTS_H
#define TESTS_HARNESS_IO_FAULTS_H

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

enum io_fault {
	IO_FAULT_NONE,
	IO_FAULT_ONCE,	 /* the call gives the error, the next ones work */
	IO_FAULT_ALWAYS, /* from this call on */
	IO_FAULT_KILL,	 /* the process ends before the call */
};

static struct {
	enum io_fault kind;
	int error;
	_Atomic long left; /* calls that still work */

	const char *_Atomic last; /* call, and how often in a row */
	_Atomic int row;
} io_faults;

/* From now on; `calls` of them go well first. */
static inline void
io_faults_set(enum io_fault kind, int error, long calls)
{
	io_faults.kind = kind;
	io_faults.error = error;
	io_faults.left = calls;
}

/* Whether the planned one has happened; ends the plan. */
static inline bool
io_faults_end(void)
{
	bool hit = io_faults.kind != IO_FAULT_NONE && io_faults.left < 0;

	io_faults.kind = IO_FAULT_NONE;
	return hit;
}

/* Of many equal calls in a row only two are counted. */
static inline bool
io_fault_now(const char *call)
{
	long left;

	if (io_faults.kind == IO_FAULT_NONE)
		return false;
	io_faults.row = io_faults.last == call ? io_faults.row + 1 : 1;
	io_faults.last = call;
	if (io_faults.row > 2 && io_faults.left >= 0)
		return false;
	left = io_faults.left--;
	if (left > 0 || (left < 0 && io_faults.kind == IO_FAULT_ONCE))
		return false;
	if (io_faults.kind == IO_FAULT_KILL)
		(void)kill(getpid(), SIGKILL);
	errno = io_faults.error;
	return true;
}

/* Defined under a name of our own, so that the system's headers do not mind. */
#define IO_FAULT_CALL(type, name, parameters, arguments)                       \
	type io_fault_##name parameters __asm__(#name);                        \
	type io_fault_##name parameters                                        \
	{                                                                      \
		type(*real) parameters;                                        \
                                                                               \
		*(void **)&real = dlsym(RTLD_NEXT, #name);                     \
		return io_fault_now(#name) ? (type)-1 : real arguments;        \
	}

IO_FAULT_CALL(
    int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
IO_FAULT_CALL(int, open64, (const char *path, int flags, mode_t mode),
    (path, flags, mode))
IO_FAULT_CALL(int, openat, (int at, const char *path, int flags, mode_t mode),
    (at, path, flags, mode))
IO_FAULT_CALL(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
IO_FAULT_CALL(
    ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
IO_FAULT_CALL(
    ssize_t, pread64, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
IO_FAULT_CALL(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
IO_FAULT_CALL(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
IO_FAULT_CALL(ssize_t, pwrite64, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
IO_FAULT_CALL(int, fsync, (int fd), (fd))
IO_FAULT_CALL(int, fdatasync, (int fd), (fd))
IO_FAULT_CALL(int, ftruncate64, (int fd, off_t size), (fd, size))
IO_FAULT_CALL(int, unlink, (const char *path), (path))
IO_FAULT_CALL(
    int, unlinkat, (int at, const char *path, int flags), (at, path, flags))
IO_FAULT_CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
IO_FAULT_CALL(int, renameat2,
    (int from_at, const char *from, int to_at, const char *to, unsigned flags),
    (from_at, from, to_at, to, flags))

#endif
