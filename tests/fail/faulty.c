#include "tests/fail/faulty.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <security/pam_modules.h>

extern struct faulty_plan faulty_plan;
struct faulty_plan faulty_plan;

#define KIND(fault) (1u << (fault))
#define ANY	    KIND(FAULTY_HARD)
#define WAITS	    (ANY | KIND(FAULTY_INTERRUPT))
#define CARRIES	    (WAITS | KIND(FAULTY_SHORT) | KIND(FAULTY_AGAIN))

/* Should this call, which can fail in these ways, fail now? */
static bool
hit(const char *name, unsigned kinds)
{
	struct faulty_plan *plan = &faulty_plan;

	if (!(kinds & KIND(plan->fault)))
		return false;
	plan->calls++;
	if (plan->at == 0 || (plan->and_all_on ? plan->calls < plan->at
					       : plan->calls != plan->at))
		return false;
	plan->hit = name;
	errno = plan->fault == FAULTY_INTERRUPT ? EINTR
		: plan->fault == FAULTY_AGAIN	? EAGAIN
						: EIO;
	return true;
}

/* A call that allocates, and is NULL when it fails. */
#define WRAP_NEW(name, parameters, arguments)                                  \
	void *__real_##name parameters;                                        \
	void *__wrap_##name parameters;                                        \
	void *__wrap_##name parameters                                         \
	{                                                                      \
		if (hit(#name, ANY)) {                                         \
			errno = ENOMEM;                                        \
			return NULL;                                           \
		}                                                              \
		return __real_##name arguments;                                \
	}

WRAP_NEW(malloc, (size_t size), (size))
WRAP_NEW(calloc, (size_t count, size_t size), (count, size))
WRAP_NEW(strdup, (const char *text), (text))
WRAP_NEW(strndup, (const char *text, size_t size), (text, size))

/* A call that returns a number, and another when it fails. */
#define WRAP(name, kinds, failed, parameters, arguments)                       \
	int __real_##name parameters;                                          \
	int __wrap_##name parameters;                                          \
	int __wrap_##name parameters                                           \
	{                                                                      \
		if (hit(#name, kinds))                                         \
			return failed;                                         \
		return __real_##name arguments;                                \
	}

WRAP(socket, ANY, -1, (int domain, int type, int protocol),
    (domain, type, protocol))
WRAP(setsockopt, ANY, -1,
    (int fd, int level, int name, const void *value, socklen_t size),
    (fd, level, name, value, size))
WRAP(getsockopt, ANY, -1,
    (int fd, int level, int name, void *value, socklen_t *size),
    (fd, level, name, value, size))
WRAP(connect, WAITS, -1,
    (int fd, const struct sockaddr *address, socklen_t size),
    (fd, address, size))
WRAP(poll, WAITS, -1, (struct pollfd * fds, nfds_t count, int timeout),
    (fds, count, timeout))
WRAP(lstat, ANY, -1, (const char *path, struct stat *ret), (path, ret))
WRAP(pam_get_user, ANY, PAM_BUF_ERR,
    (pam_handle_t * pamh, const char **ret, const char *prompt),
    (pamh, ret, prompt))
WRAP(pam_set_item, ANY, PAM_BUF_ERR,
    (pam_handle_t * pamh, int item, const void *value), (pamh, item, value))
WRAP(pam_set_data, ANY, PAM_BUF_ERR,
    (pam_handle_t * pamh, const char *name, void *data,
	void (*cleanup)(pam_handle_t *, void *, int)),
    (pamh, name, data, cleanup))

/* A call that carries bytes, and may carry fewer. */
#define WRAP_CARRY(name, type)                                                 \
	ssize_t __real_##name(int fd, type *bytes, size_t size, int flags);    \
	ssize_t __wrap_##name(int fd, type *bytes, size_t size, int flags);    \
	ssize_t __wrap_##name(int fd, type *bytes, size_t size, int flags)     \
	{                                                                      \
		if (hit(#name, CARRIES)) {                                     \
			if (faulty_plan.fault != FAULTY_SHORT)                 \
				return -1;                                     \
			size = size ? 1 : 0;                                   \
		}                                                              \
		return __real_##name(fd, bytes, size, flags);                  \
	}

WRAP_CARRY(send, const void)
WRAP_CARRY(recv, void)
