/*
 * The power fails before each call that writes or flushes, in turn. What was
 * not flushed by then is on disk in part, as chance will have it: whole writes
 * are missing, in any order, or only some sectors of them came through.
 *
 * Making, renaming and removing files counts as done at once; that the store
 * flushes folders is not tested here.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/harness/store_life.h"

#define WRITES_MAX   20000
#define ROUNDS	     5
#define SECTOR_BYTES 512

/* A write that was not flushed yet. */
struct write {
	dev_t device;
	ino_t inode;
	int fd;
	off_t at, size_before; /* of the file */
	size_t size, old_size;
	char *new, *old;
};

static struct {
	bool on;
	long left; /* calls until the power fails; of many in a row two count */
	const char *last;
	int row;
	unsigned seed;
	size_t count;
	struct write writes[WRITES_MAX];
	pthread_mutex_t lock;
} power = {.lock = PTHREAD_MUTEX_INITIALIZER};

static ssize_t
real_pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	return syscall(SYS_pwrite64, fd, bytes, size, at);
}

static void
undo(const struct write *write)
{
	(void)real_pwrite(write->fd, write->old, write->old_size, write->at);
	if (write->at + (off_t)write->size > write->size_before)
		(void)syscall(SYS_ftruncate, write->fd, write->size_before);
}

static void
redo_in_part(const struct write *write)
{
	switch (rand_r(&power.seed) % 4) {
	case 0: /* lost */
		return;
	case 1: /* some sectors */
		for (size_t at = 0; at < write->size; at += SECTOR_BYTES)
			if (rand_r(&power.seed) % 2)
				(void)real_pwrite(write->fd, write->new + at,
				    write->size - at < SECTOR_BYTES
					? write->size - at
					: SECTOR_BYTES,
				    write->at + (off_t)at);
		return;
	default:
		(void)real_pwrite(
		    write->fd, write->new, write->size, write->at);
	}
}

static void
fail_power(void)
{
	for (size_t i = power.count; i-- > 0;)
		undo(&power.writes[i]);
	for (size_t i = 0; i < power.count; i++)
		redo_in_part(&power.writes[i]);
	(void)kill(getpid(), SIGKILL);
}

/* With the lock held, before each call. */
static void
count_call(const char *call)
{
	power.row = power.last == call ? power.row + 1 : 1;
	power.last = call;
	if (power.row <= 2 && power.left-- == 0)
		fail_power();
}

/* One descriptor of each file, never closed: that would drop SQLite's locks. */
static int
keep(int fd, const struct stat *st)
{
	for (size_t i = 0; i < power.count; i++)
		if (power.writes[i].device == st->st_dev &&
		    power.writes[i].inode == st->st_ino)
			return power.writes[i].fd;
	return dup(fd);
}

static void
remember(int fd, const void *bytes, size_t size, off_t at)
{
	struct write *write = &power.writes[power.count];
	struct stat st;
	ssize_t n;

	if (power.count == WRITES_MAX || fstat(fd, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return;
	*write = (struct write){.device = st.st_dev,
	    .inode = st.st_ino,
	    .fd = keep(fd, &st),
	    .at = at,
	    .size_before = st.st_size,
	    .size = size,
	    .new = malloc(size),
	    .old = malloc(size)};
	memcpy(write->new, bytes, size);
	/* Through /proc, since the file may be open for writing only. */
	n = -1;
	if (at < st.st_size) {
		char path[64];
		int reader;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		reader = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
		n = syscall(SYS_pread64, reader, write->old, size, at);
		/* Left open: closing would drop SQLite's locks. */
	}
	write->old_size = n > 0 ? (size_t)n : 0;
	power.count++;
}

/* What was written to this file is safe now. */
static void
forget(int fd)
{
	struct stat st;
	size_t kept = 0;

	if (fstat(fd, &st) < 0)
		return;
	for (size_t i = 0; i < power.count; i++) {
		struct write *write = &power.writes[i];

		if (write->device != st.st_dev || write->inode != st.st_ino)
			power.writes[kept++] = *write;
		else {
			free(write->new);
			free(write->old);
		}
	}
	power.count = kept;
}

/* Defined under names of our own, so that the system's headers do not mind. */
ssize_t power_pwrite64(
    int fd, const void *bytes, size_t size, off_t at) __asm__("pwrite64");
ssize_t power_pwrite(int fd, const void *bytes, size_t size, off_t at) __asm__(
    "pwrite");
ssize_t power_write(int fd, const void *bytes, size_t size) __asm__("write");
int power_fdatasync(int fd) __asm__("fdatasync");
int power_fsync(int fd) __asm__("fsync");

ssize_t
power_pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
	ssize_t n;

	(void)pthread_mutex_lock(&power.lock);
	if (power.on) {
		count_call("write");
		remember(fd, bytes, size, at);
	}
	n = real_pwrite(fd, bytes, size, at);
	(void)pthread_mutex_unlock(&power.lock);
	return n;
}

ssize_t
power_pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	return power_pwrite64(fd, bytes, size, at);
}

ssize_t
power_write(int fd, const void *bytes, size_t size)
{
	off_t at = power.on ? lseek(fd, 0, SEEK_CUR) : -1;
	ssize_t n;

	if (at < 0)
		return syscall(SYS_write, fd, bytes, size);
	n = power_pwrite64(fd, bytes, size, at);
	if (n > 0)
		(void)lseek(fd, n, SEEK_CUR);
	return n;
}

int
power_fdatasync(int fd)
{
	(void)pthread_mutex_lock(&power.lock);
	if (power.on) {
		count_call("flush");
		forget(fd);
	}
	(void)pthread_mutex_unlock(&power.lock);
	return 0;
}

int
power_fsync(int fd)
{
	return power_fdatasync(fd);
}

struct plan {
	long calls;
	unsigned seed;
};

static void
begin(void *context)
{
	const struct plan *plan = context;

	power.left = plan->calls;
	power.seed = plan->seed;
	power.on = true;
}

static bool
end(void)
{
	return false;
}

static void
a_power_cut_loses_nothing_acknowledged(void **state)
{
	struct plan plan = {0, 0};

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++)
		for (plan.calls = 0;; plan.calls++) {
			struct life life = {.box = life_box()};

			plan.seed++;
			if (!life_in_process(&life, begin, &plan, end))
				break;
		}
	print_message("# power failed at each of %ld calls, %d times\n",
	    plan.calls, ROUNDS);
	assert_true(plan.calls > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_power_cut_loses_nothing_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
