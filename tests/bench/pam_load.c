/*
 * A load of PAM logins with time-based codes, for authbox and its peers alike:
 *
 *	pam_load MODE SERVICE PROCESSES LOGINS CODES CLOCK shared|own
 *
 * MODE is "stay" (each process logs in again and again), "fork" (a new process
 * for each login, as sshd and su do), or "race" (all processes, the same user,
 * the same code, at the same instant; LOGINS is the number of rounds), or
 * "rounds" (as race, but each process its own user).
 *
 * Process i is users bench<i>, and with a shared clock bench<i + PROCESSES>, …
 * in turn: time moves on once a turn, so that a login that has to wait for its
 * core is not overtaken by the clock. Line n of the file CODES is the code of
 * step n after START_UNIX_S; a long line is a token instead, which all give.
 * Every login takes the code of a new step. The file
 * CLOCK holds the time, "=UNIX-SECONDS", from which this load goes on and where
 * it ends. A "shared" clock moves in the file, and in CLOCK.mapped where
 * there is one (clock_settable.c), for the daemon; a process's "own" one in the
 * process: time(), gettimeofday() and clock_gettime() are this program's, and
 * libpam's modules find them before libc's.
 *
 * A SERVICE that begins with '/' is authboxd's pam.sock: the same logins
 * without libpam, to see what the daemon does with more of them.
 *
 * Links libpam and nothing else, because a module pays for its own libraries.
 * Prints one line: logins that got in, that did not, seconds, p50 and p99 in
 * microseconds; in a race also the greatest number that one code let in.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "wire/pam_frame.h"
#include "wire/stream.h"

#define START_UNIX_S	INT64_C(2000000010) /* begins a step of 30 s */
#define STEP_S		30
#define PROCESSES_MAX	256
#define BARE_MS		10000
#define TURN_USERS	8
#define CODE_BYTES	8
#define TOKEN_BYTES	4096
#define TOKEN_BYTES_MIN 64
#define CLOCK_BYTES	24

struct shared {
	pthread_barrier_t barrier;
	atomic_flag clock_lock;
	atomic_long step; /* steps since the start */
	atomic_long allowed, refused;
	atomic_long allowed_now; /* in this round of a race */
	long allowed_most;
	uint32_t latency_us[]; /* of each login */
};

/* All of a process is one load: these are its settings. */
static struct {
	const char *service;
	long processes, logins;
	char *token; /* answered every time; NULL: codes are */
	char (*codes)[CODE_BYTES];
	long code_count;
	int clock_fd;
	int64_t *mapped_clock; /* NULL: there is none */
	bool clock_is_own;
	long first_step;
	bool (*one)(const char *user, const char *code);
	struct shared *shared;
	int64_t own_unix_s;
	int (*real_clock)(clockid_t id, struct timespec *ret); /* libc's */
} load;

/* ---- the clock that modules see ---- */

static int64_t
real_us(void)
{
	struct timespec now;

	(void)load.real_clock(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

time_t
time(time_t *ret)
{
	struct timespec now;

	if (load.own_unix_s)
		now.tv_sec = load.own_unix_s;
	else
		(void)load.real_clock(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	(void)zone;
	ret->tv_sec = time(NULL);
	ret->tv_usec = 0;
	return 0;
}

int
clock_gettime(clockid_t id, struct timespec *ret)
{
	if (id != CLOCK_REALTIME || !load.own_unix_s)
		return load.real_clock(id, ret);
	*ret = (struct timespec){.tv_sec = load.own_unix_s};
	return 0;
}

/* ---- steps and codes ---- */

static void
write_clock(long step)
{
	char line[CLOCK_BYTES + 1];

	(void)snprintf(line, sizeof(line), "=%-*lld", CLOCK_BYTES - 1,
	    (long long)START_UNIX_S + step * STEP_S);
	if (pwrite(load.clock_fd, line, CLOCK_BYTES, 0) != CLOCK_BYTES)
		abort();
	if (load.mapped_clock)
		__atomic_store_n(load.mapped_clock,
		    START_UNIX_S + step * STEP_S, __ATOMIC_SEQ_CST);
}

/* Where there is a file CLOCK.mapped, too, the daemon has mapped it. */
static void
map_clock(const char *path)
{
	char name[4096];
	void *bytes;
	int fd;

	(void)snprintf(name, sizeof(name), "%s.mapped", path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	bytes = mmap(
	    NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		abort();
	load.mapped_clock = bytes;
}

/* Time moves on by a step, for all or for this process; the new step. */
static long
next_step(long *own_step)
{
	struct shared *shared = load.shared;
	long step;

	if (load.clock_is_own) {
		step = ++*own_step;
		load.own_unix_s = START_UNIX_S + step * STEP_S;
		return step;
	}
	/* The file must not go back: one writer at a time. */
	while (atomic_flag_test_and_set(&shared->clock_lock))
		;
	step = atomic_fetch_add(&shared->step, 1) + 1;
	write_clock(step);
	atomic_flag_clear(&shared->clock_lock);
	return step;
}

static void
open_clock(const char *path)
{
	char line[CLOCK_BYTES + 1] = "";

	load.clock_fd = open(path, O_RDWR | O_CLOEXEC);
	if (load.clock_fd < 0 || read(load.clock_fd, line, CLOCK_BYTES) < 0 ||
	    line[0] != '=') {
		(void)fprintf(stderr, "pam_load: %s holds no time\n", path);
		exit(2);
	}
	load.first_step = (strtol(line + 1, NULL, 10) - START_UNIX_S) / STEP_S;
	map_clock(path);
}

static void
read_codes(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[TOKEN_BYTES];

	if (!file) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), file)) {
		if (strlen(line) > TOKEN_BYTES_MIN) {
			load.token = strdup(line);
			break;
		}
		if (load.code_count % 4096 == 0)
			load.codes = realloc(load.codes,
			    (size_t)(load.code_count + 4096) * CODE_BYTES);
		(void)snprintf(
		    load.codes[load.code_count++], CODE_BYTES, "%.6s", line);
	}
	(void)fclose(file);
}

static const char *
answer_of_step(long step)
{
	return load.token ? load.token : load.codes[step];
}

/* ---- one login ---- */

static int
answer(int count, const struct pam_message **messages,
    struct pam_response **ret_responses, void *context)
{
	struct pam_response *responses =
	    calloc((size_t)count, sizeof(*responses));

	for (int i = 0; i < count; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF ||
		    messages[i]->msg_style == PAM_PROMPT_ECHO_ON)
			responses[i].resp = strdup(context);
	*ret_responses = responses;
	return PAM_SUCCESS;
}

static bool
log_in(const char *user, const char *code)
{
	/* libpam's interface has no const; answer() copies. */
	struct pam_conv conv = {answer, (char *)(uintptr_t)code};
	pam_handle_t *pamh;
	int r;

	if (pam_start(load.service, user, &conv, &pamh) != PAM_SUCCESS)
		return false;
	r = pam_authenticate(pamh, 0);
	(void)pam_end(pamh, r);
	return r == PAM_SUCCESS;
}

/* BEGIN, ASK, ANSWER, DONE; WORKING may come in between. */
static bool
log_in_bare(const char *user, const char *code)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int64_t deadline_ms = stream_now_ms() + BARE_MS;
	struct pam_frame frame;
	bool is_in = false;
	int fd, r;

	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", load.service);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = connect(fd, (struct sockaddr *)&address, sizeof(address));
	pam_frame_start(&frame, PAM_FRAME_BEGIN);
	(void)pam_frame_put_u8(&frame, PAM_FIELD_STAGE, PAM_STAGE_AUTH);
	(void)pam_frame_put_text(&frame, PAM_FIELD_FACTOR, "totp");
	(void)pam_frame_put_text(&frame, PAM_FIELD_SERVICE, "bench");
	(void)pam_frame_put_text(&frame, PAM_FIELD_CONFIG, "usual");
	(void)pam_frame_put_text(&frame, PAM_FIELD_USER, user);
	while (r == 0) {
		r = pam_frame_send(fd, &frame, deadline_ms);
		do
			r = r ? r
			      : pam_frame_receive(
				    fd, &frame, deadline_ms, BARE_MS);
		while (r == 0 && frame.type == PAM_FRAME_WORKING);
		if (r < 0 || frame.type == PAM_FRAME_DONE)
			break;
		pam_frame_start(&frame, PAM_FRAME_ANSWER);
		(void)pam_frame_put_text(&frame, PAM_FIELD_ANSWER, code);
	}
	/* The verdict is the first field: its value is the fourth byte. */
	if (r == 0)
		is_in = frame.bytes[PAM_HEADER_BYTES + 3] == 1;
	(void)close(fd);
	return is_in;
}

static bool
log_in_forked(const char *user, const char *code)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(log_in(user, code) ? 0 : 1);
	(void)waitpid(pid, &status, 0);
	return status == 0;
}

static void
count(bool is_in, int64_t us, long process, long login)
{
	struct shared *shared = load.shared;

	atomic_fetch_add(is_in ? &shared->allowed : &shared->refused, 1);
	shared->latency_us[process * load.logins + login] = (uint32_t)us;
}

static void
run_logins(long process, bool (*one)(const char *, const char *))
{
	long step = load.first_step, turn = load.clock_is_own ? 1 : TURN_USERS;
	char user[32];

	(void)pthread_barrier_wait(&load.shared->barrier);
	for (long i = 0; i < load.logins; i++) {
		int64_t start_us;
		bool is_in;

		(void)snprintf(user, sizeof(user), "bench%ld",
		    process + i % turn * load.processes);
		if (i % turn == 0)
			(void)next_step(&step);
		if (!load.clock_is_own)
			step = atomic_load(&load.shared->step);
		start_us = real_us();
		is_in = one(user, answer_of_step(step));
		count(is_in, real_us() - start_us, process, i);
	}
}

/* Rounds in which all begin at the same instant with the code of one step. */
static void
run_rounds(long process, bool same_user)
{
	struct shared *shared = load.shared;
	char user[32];
	long step = load.first_step, now;

	(void)snprintf(user, sizeof(user), "bench%ld", same_user ? 0 : process);
	for (long i = 0; i < load.logins; i++) {
		int64_t start_us;
		bool is_in;

		(void)pthread_barrier_wait(&shared->barrier);
		if (process == 0 || load.clock_is_own)
			(void)next_step(&step);
		(void)pthread_barrier_wait(&shared->barrier);
		start_us = real_us();
		is_in = load.one(user, answer_of_step(load.first_step + i + 1));
		count(is_in, real_us() - start_us, process, i);
		atomic_fetch_add(&shared->allowed_now, is_in);
		(void)pthread_barrier_wait(&shared->barrier);
		if (process != 0)
			continue;
		now = atomic_exchange(&shared->allowed_now, 0);
		if (now > shared->allowed_most)
			shared->allowed_most = now;
	}
}

static void
run(const char *mode, long process)
{
	if (strcmp(mode, "stay") == 0)
		run_logins(process, load.one);
	else if (strcmp(mode, "fork") == 0)
		run_logins(process, log_in_forked);
	else
		run_rounds(process, strcmp(mode, "race") == 0);
}

/* ---- all of it ---- */

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
make_shared(void)
{
	size_t count = (size_t)(load.processes * load.logins);
	pthread_barrierattr_t attributes;

	load.shared =
	    mmap(NULL, sizeof(*load.shared) + count * sizeof(uint32_t),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (load.shared == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	(void)pthread_barrierattr_init(&attributes);
	(void)pthread_barrierattr_setpshared(
	    &attributes, PTHREAD_PROCESS_SHARED);
	(void)pthread_barrier_init(
	    &load.shared->barrier, &attributes, (unsigned)load.processes);
}

static void
report(const char *mode, int64_t us)
{
	struct shared *shared = load.shared;
	long n = load.processes * load.logins;

	qsort(shared->latency_us, (size_t)n, sizeof(uint32_t), compare);
	(void)printf("%ld %ld %.3f %u %u", shared->allowed, shared->refused,
	    (double)us / 1e6, shared->latency_us[n / 2],
	    shared->latency_us[n * 99 / 100]);
	if (strcmp(mode, "race") == 0)
		(void)printf(" %ld", shared->allowed_most);
	(void)printf("\n");
}

int
main(int argc, char **argv)
{
	int64_t start_us;
	long steps;

	/* Not the system call: modules that read the time often shall pay what
	 * they pay elsewhere. */
	*(void **)&load.real_clock = dlsym(RTLD_NEXT, "clock_gettime");
	if (argc != 8) {
		(void)fputs("usage: pam_load stay|fork|race|rounds SERVICE "
			    "PROCESSES LOGINS CODES CLOCK shared|own\n",
		    stderr);
		return 2;
	}
	load.service = argv[2];
	load.one = *load.service == '/' ? log_in_bare : log_in;
	load.processes = strtol(argv[3], NULL, 10);
	load.logins = strtol(argv[4], NULL, 10);
	read_codes(argv[5]);
	open_clock(argv[6]);
	load.clock_is_own = strcmp(argv[7], "own") == 0;
	steps = load.logins * (load.clock_is_own ? 1 : load.processes);
	if (load.processes < 1 || load.processes > PROCESSES_MAX ||
	    (!load.token && load.code_count <= load.first_step + steps)) {
		(void)fputs(
		    "pam_load: too few codes or too many processes\n", stderr);
		return 2;
	}
	make_shared();
	load.shared->step = load.first_step;
	start_us = real_us();
	for (long i = 0; i < load.processes; i++)
		if (fork() == 0) {
			run(argv[1], i);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	report(argv[1], real_us() - start_us);
	if (load.clock_is_own)
		write_clock(load.first_step + load.logins);
	return 0;
}
