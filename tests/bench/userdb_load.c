/*
 * Look up users by getpwnam(3), and say how long each call took, in
 * microseconds: "COUNT FOUND P50 P99 MAX".
 *
 *	userdb_load [-g] COMM PROCESSES COUNT FORMAT USERS [PAUSE]
 *
 * Each of PROCESSES makes COUNT look-ups as a program that is called COMM, of
 * the names that FORMAT gives with 0 to USERS - 1 in place of %d. With "-" as
 * COMM it is nobody special. After each it waits PAUSE milliseconds, the first
 * time a part of that which is its own. With -g it is their groups that are
 * looked up, by getgrouplist(3).
 */
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* FORMAT with a number in place of its %d. */
static void
print_name(const char *format, unsigned number, char *ret_name, size_t size)
{
	const char *place = strstr(format, "%d");

	(void)snprintf(ret_name, size, "%.*s%u%s",
	    (int)(place ? place - format : (long)strlen(format)), format,
	    number, place ? place + 2 : "");
}

static bool
find_user(const char *name)
{
	return getpwnam(name) != NULL;
}

static bool
find_groups(const char *name)
{
	gid_t gids[1024];
	int count = sizeof(gids) / sizeof(gids[0]);

	return getgrouplist(name, 65534, gids, &count) > 0;
}

struct load {
	bool (*find)(const char *name);
	const char *format;
	unsigned count, users, pause_ms;
};

/* Nanoseconds of each call; negative: not found. */
static void
look_up(const struct load *load, unsigned first, int64_t *times)
{
	unsigned pause_us = load->pause_ms * 1000;
	char name[64];

	(void)usleep(pause_us / 64 * (first * 37 % 64));
	for (unsigned i = 0; i < load->count; i++) {
		int64_t began;
		bool found;

		print_name(load->format, (first + i) % load->users, name,
		    sizeof(name));
		began = now_ns();
		found = load->find(name);
		times[i] = (now_ns() - began) * (found ? 1 : -1);
		(void)usleep(pause_us);
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
report(int64_t *times, unsigned total)
{
	unsigned found = 0;

	for (unsigned i = 0; i < total; i++) {
		found += times[i] > 0;
		times[i] = times[i] < 0 ? -times[i] : times[i];
	}
	qsort(times, total, sizeof(*times), compare);
	(void)printf("%u %u %.1f %.1f %.1f\n", total, found,
	    (double)times[total / 2] / 1000,
	    (double)times[(uint64_t)total * 99 / 100] / 1000,
	    (double)times[total - 1] / 1000);
}

int
main(int argc, char **argv)
{
	struct load load = {.find = find_user};
	unsigned processes;
	int64_t *times;

	if (argc > 1 && strcmp(argv[1], "-g") == 0) {
		load.find = find_groups;
		argc--;
		argv++;
	}
	if (argc != 6 && argc != 7) {
		(void)fputs("userdb_load [-g] COMM PROCESSES COUNT FORMAT "
			    "USERS [PAUSE]\n",
		    stderr);
		return 2;
	}
	processes = (unsigned)atoi(argv[2]);
	load.count = (unsigned)atoi(argv[3]);
	load.format = argv[4];
	load.users = (unsigned)atoi(argv[5]);
	load.pause_ms = argc > 6 ? (unsigned)atoi(argv[6]) : 0;
	times = mmap(NULL, (size_t)processes * load.count * sizeof(*times),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (times == MAP_FAILED || load.users == 0 || load.count == 0)
		return 1;
	if (strcmp(argv[1], "-") != 0)
		(void)prctl(PR_SET_NAME, argv[1]);
	(void)getpwnam("nobody"); /* loads what there is to be loaded */
	for (unsigned p = 0; p < processes; p++)
		if (fork() == 0) {
			look_up(&load, p * load.count, times + p * load.count);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	report(times, processes * load.count);
	return 0;
}
