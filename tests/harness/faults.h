/*
 * Makes calls that a thread makes for itself, or that libraries make for it,
 * go wrong one after the other. To be included by one source file of a program:
 * what it defines comes before libc's for all of the program's libraries.
 *
 * A thread that says faults_begin() counts its calls of one kind; the call
 * number `at` (and all that follow, if so planned) gives what the plan says.
 * Nothing happens on other threads.
 */
#ifndef TESTS_HARNESS_FAULTS_H
#define TESTS_HARNESS_FAULTS_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_MEMORY, /* malloc and its kin, OpenSSL's secure heap */
	FAULT_READ,   /* of files */
	FAULT_WRITE,
	FAULT_SYNC,
	FAULT_OPEN,
	FAULT_LOCK, /* fcntl() */
	FAULT_RECEIVE,
	FAULT_SEND,
	FAULT_POLL,
	FAULT_RANDOM,
	FAULT_NSS,
};

#define FAULT_SHORT (-1) /* in place of an errno: less than was asked for */

struct fault_plan {
	enum fault_kind kind;
	int error;
	unsigned at; /* counted from 1; 0: nothing goes wrong */
	bool stays;
	unsigned calls; /* of the kind, so far */
};

static _Thread_local struct fault_plan *faults_plan;

static inline void
faults_begin(struct fault_plan *plan)
{
	faults_plan = plan;
}

static inline void
faults_end(void)
{
	faults_plan = NULL;
}

/* 0: let it be; FAULT_SHORT; else -1 is to be returned, errno is set. */
static inline int
fault_now(enum fault_kind kind)
{
	struct fault_plan *plan = faults_plan;

	if (!plan || plan->kind != kind)
		return 0;
	plan->calls++;
	if (plan->at == 0 || plan->calls < plan->at ||
	    (plan->calls > plan->at && !plan->stays))
		return 0;
	if (plan->error != FAULT_SHORT)
		errno = plan->error;
	return plan->error;
}

static inline void *
fault_real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* Each is defined under a name of our own: the system's headers declare the
 * others with attributes, and some as macros. */
#define FAULT_CALL(kind, type, name, parameters, arguments)                    \
	type fault_##name parameters __asm__(#name);                           \
	type fault_##name parameters                                           \
	{                                                                      \
		type(*real) parameters;                                        \
                                                                               \
		*(void **)&real = fault_real(#name);                           \
		return fault_now(kind) != 0 ? (type)-1 : real arguments;       \
	}

/* The same for those that may do less than they were asked for. */
#define FAULT_TRANSFER(kind, name, parameters, arguments)                      \
	ssize_t fault_##name parameters __asm__(#name);                        \
	ssize_t fault_##name parameters                                        \
	{                                                                      \
		ssize_t(*real) parameters;                                     \
		int fault = fault_now(kind);                                   \
                                                                               \
		*(void **)&real = fault_real(#name);                           \
		if (fault == FAULT_SHORT)                                      \
			n = (n + 1) / 2;                                       \
		return fault > 0 ? -1 : real arguments;                        \
	}

/* ---- files ---- */

FAULT_TRANSFER(FAULT_READ, read, (int fd, void *p, size_t n), (fd, p, n))
FAULT_TRANSFER(FAULT_READ, pread, (int fd, void *p, size_t n, off_t offset),
    (fd, p, n, offset))
FAULT_TRANSFER(FAULT_READ, pread64, (int fd, void *p, size_t n, off_t offset),
    (fd, p, n, offset))
FAULT_TRANSFER(
    FAULT_WRITE, write, (int fd, const void *p, size_t n), (fd, p, n))
FAULT_TRANSFER(FAULT_WRITE, pwrite,
    (int fd, const void *p, size_t n, off_t offset), (fd, p, n, offset))
FAULT_TRANSFER(FAULT_WRITE, pwrite64,
    (int fd, const void *p, size_t n, off_t offset), (fd, p, n, offset))

/* A test does not wait for the disk: what it is about is what is answered. */
int fault_fdatasync(int fd) __asm__("fdatasync");
int
fault_fdatasync(int fd)
{
	(void)fd;
	return fault_now(FAULT_SYNC) != 0 ? -1 : 0;
}
int fault_fsync(int fd) __asm__("fsync");
int
fault_fsync(int fd)
{
	return fault_fdatasync(fd);
}

FAULT_CALL(FAULT_OPEN, int, open, (const char *path, int flags, mode_t mode),
    (path, flags, mode))
FAULT_CALL(FAULT_OPEN, int, open64, (const char *path, int flags, mode_t mode),
    (path, flags, mode))
FAULT_CALL(FAULT_OPEN, int, openat,
    (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode))

/* Only to take a lock may fail: no file system of this machine's own refuses to
 * give one back. The last argument is a pointer or a number, and is passed on
 * as it is. */
static inline bool
fault_lock_now(int command, const void *argument)
{
	const struct flock *lock = argument;

	return (command == F_SETLK || command == F_OFD_SETLK) &&
	       lock->l_type != F_UNLCK && fault_now(FAULT_LOCK) != 0;
}

#define FAULT_FCNTL(name)                                                      \
	int fault_##name(int fd, int command, void *argument) __asm__(#name);  \
	int fault_##name(int fd, int command, void *argument)                  \
	{                                                                      \
		int (*real)(int, int, void *);                                 \
                                                                               \
		*(void **)&real = fault_real(#name);                           \
		return fault_lock_now(command, argument)                       \
			   ? -1                                                \
			   : real(fd, command, argument);                      \
	}

FAULT_FCNTL(fcntl)
FAULT_FCNTL(fcntl64)

/* ---- sockets and the kernel's dice ---- */

FAULT_TRANSFER(FAULT_RECEIVE, recv, (int fd, void *p, size_t n, int flags),
    (fd, p, n, flags))
FAULT_TRANSFER(FAULT_SEND, send, (int fd, const void *p, size_t n, int flags),
    (fd, p, n, flags))
FAULT_CALL(FAULT_POLL, int, poll, (struct pollfd * fds, nfds_t n, int ms),
    (fds, n, ms))
FAULT_TRANSFER(
    FAULT_RANDOM, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))

/* ---- NSS ---- */

/* Its functions return the error; "short" means that nobody is found. What they
 * call in turn is let be: glibc ends a program that has no memory for a source
 * of NSS. */
#define FAULT_LOOK_UP(name, type, by)                                          \
	int fault_##name(by, struct type *entry, char *p, size_t n,            \
	    struct type **ret) __asm__(#name);                                 \
	int fault_##name(                                                      \
	    by, struct type *entry, char *p, size_t n, struct type **ret)      \
	{                                                                      \
		int (*real)(__typeof__(key), struct type *, char *, size_t,    \
		    struct type **);                                           \
		int fault = fault_now(FAULT_NSS);                              \
		struct fault_plan *plan = faults_plan;                         \
                                                                               \
		*(void **)&real = fault_real(#name);                           \
		*ret = NULL;                                                   \
		if (fault != 0)                                                \
			return fault == FAULT_SHORT ? 0 : fault;               \
		faults_plan = NULL;                                            \
		fault = real(key, entry, p, n, ret);                           \
		faults_plan = plan;                                            \
		return fault;                                                  \
	}

FAULT_LOOK_UP(getpwnam_r, passwd, const char *key)
FAULT_LOOK_UP(getpwuid_r, passwd, uid_t key)
FAULT_LOOK_UP(getgrnam_r, group, const char *key)

int fault_getgrouplist(const char *user, gid_t group, gid_t *groups,
    int *count) __asm__("getgrouplist");
int
fault_getgrouplist(const char *user, gid_t group, gid_t *groups, int *count)
{
	int (*real)(const char *, gid_t, gid_t *, int *);
	struct fault_plan *plan = faults_plan;
	int r;

	*(void **)&real = fault_real("getgrouplist");
	/* It knows no failure but that there are more. */
	if (fault_now(FAULT_NSS) != 0)
		return -1;
	faults_plan = NULL;
	r = real(user, group, groups, count);
	faults_plan = plan;
	return r;
}

/* ---- memory ---- */

#ifdef __SANITIZE_ADDRESS__
#define FAULT_REAL(name) __interceptor_##name
#else
#define FAULT_REAL(name) __libc_##name
#endif
extern void *FAULT_REAL(malloc)(size_t size);
extern void *FAULT_REAL(calloc)(size_t count, size_t size);
extern void *FAULT_REAL(realloc)(void *block, size_t size);

void *malloc(size_t size);
void *
malloc(size_t size)
{
	return fault_now(FAULT_MEMORY) ? NULL : FAULT_REAL(malloc)(size);
}

void *calloc(size_t count, size_t size);
void *
calloc(size_t count, size_t size)
{
	return fault_now(FAULT_MEMORY) ? NULL : FAULT_REAL(calloc)(count, size);
}

void *realloc(void *block, size_t size);
void *
realloc(void *block, size_t size)
{
	return fault_now(FAULT_MEMORY) ? NULL
				       : FAULT_REAL(realloc)(block, size);
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

void *fault_secure_zalloc(size_t size, const char *file, int line) __asm__(
    "CRYPTO_secure_zalloc");
void *
fault_secure_zalloc(size_t size, const char *file, int line)
{
	void *(*real)(size_t, const char *, int);

	*(void **)&real = fault_real("CRYPTO_secure_zalloc");
	return fault_now(FAULT_MEMORY) ? NULL : real(size, file, line);
}

#endif
