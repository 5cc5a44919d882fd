#include "userdb/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#define SECOND_NS INT64_C(1000000000)
#define QUIET_NS  (SECOND_NS / 10) /* longer than any tick */

void
mark_get_all(int root_fd, const char *const paths[], size_t count,
    struct mark ret_marks[])
{
	struct stat st;

	for (size_t i = 0; i < count; i++)
		if (fstatat(root_fd, paths[i], &st, 0) < 0)
			ret_marks[i] =
			    (struct mark){.is_there = errno != ENOENT};
		else
			ret_marks[i] = (struct mark){true, st.st_dev, st.st_ino,
			    st.st_size, st.st_mtim, st.st_ctim};
}

static bool
time_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
mark_equal(const struct mark *a, const struct mark *b)
{
	return a->is_there == b->is_there && a->device == b->device &&
	       a->number == b->number && a->size == b->size &&
	       time_equal(&a->modified, &b->modified) &&
	       time_equal(&a->changed, &b->changed);
}

bool
mark_equal_all(const struct mark a[], const struct mark b[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!mark_equal(&a[i], &b[i]))
			return false;
	return true;
}

/* Some file systems keep whole seconds, or every other one. */
static int64_t
quiet_ns(const struct mark *mark)
{
	return mark->changed.tv_nsec == 0 ? 3 * SECOND_NS : QUIET_NS;
}

/* A time well ahead of the clock, which was set back, is as good as one well
 * behind it. */
bool
mark_is_quiet_all(
    const struct mark marks[], size_t count, const struct timespec *now)
{
	for (size_t i = 0; i < count; i++) {
		int64_t ago_s = now->tv_sec - marks[i].changed.tv_sec;
		int64_t ago_ns;

		if (!marks[i].is_there || ago_s > 10 || ago_s < -10)
			continue;
		ago_ns =
		    ago_s * SECOND_NS + now->tv_nsec - marks[i].changed.tv_nsec;
		if (ago_ns < quiet_ns(&marks[i]) &&
		    ago_ns > -quiet_ns(&marks[i]))
			return false;
	}
	return true;
}
