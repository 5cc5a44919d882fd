/*
 * The process belongs to the host: after each way through the module it is as
 * it was before.
 */
#include "host.h"

#include <dirent.h>
#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>

#define FOLDERS_BYTES 4096
#define LOGINS_MANY   1000

struct snapshot {
	bool is_blocked[65];
	sighandler_t handlers[65];
	int flags[65];
	char fds[FOLDERS_BYTES], tasks[FOLDERS_BYTES];
	char folder[4096], locale[256], environment[65536];
	mode_t umask;
	uid_t uids[3];
	gid_t gids[3];
	struct rlimit files, core;
	struct itimerval timer;
};

/* The names in a folder of /proc, but for the descriptor that reads it. */
static void
list(const char *folder, char ret_text[FOLDERS_BYTES])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	*ret_text = '\0';
	while ((entry = readdir(dir))) {
		char path[512], target[256] = "";

		if (*entry->d_name == '.' || atoi(entry->d_name) == dirfd(dir))
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0)
			*target = '\0'; /* a task is no link */
		assert_true(strlen(ret_text) + 600 < FOLDERS_BYTES);
		(void)sprintf(ret_text + strlen(ret_text), "%s %s\n",
		    entry->d_name, target);
	}
	(void)closedir(dir);
}

static void
take_signals(struct snapshot *ret)
{
	struct sigaction action;
	sigset_t mask;

	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	for (int i = 1; i <= 64; i++) {
		ret->is_blocked[i] = sigismember(&mask, i) == 1;
		if (sigaction(i, NULL, &action) < 0)
			continue; /* glibc's own */
		ret->handlers[i] = action.sa_handler;
		ret->flags[i] = action.sa_flags;
	}
}

static void
take(struct snapshot *ret)
{
	extern char **environ;

	memset(ret, 0, sizeof(*ret));
	take_signals(ret);
	list("/proc/self/fd", ret->fds);
	list("/proc/self/task", ret->tasks);
	assert_non_null(getcwd(ret->folder, sizeof(ret->folder)));
	(void)snprintf(
	    ret->locale, sizeof(ret->locale), "%s", setlocale(LC_ALL, NULL));
	for (char **e = environ; *e; e++)
		(void)snprintf(ret->environment + strlen(ret->environment),
		    sizeof(ret->environment) - strlen(ret->environment), "%s\n",
		    *e);
	ret->umask = umask(077);
	(void)umask(ret->umask);
	(void)getresuid(&ret->uids[0], &ret->uids[1], &ret->uids[2]);
	(void)getresgid(&ret->gids[0], &ret->gids[1], &ret->gids[2]);
	(void)getrlimit(RLIMIT_NOFILE, &ret->files);
	(void)getrlimit(RLIMIT_CORE, &ret->core);
	(void)getitimer(ITIMER_REAL, &ret->timer);
}

static void
assert_untouched(const struct snapshot *before)
{
	static struct snapshot after;

	take(&after);
	assert_string_equal(after.fds, before->fds);
	assert_string_equal(after.tasks, before->tasks);
	assert_string_equal(after.environment, before->environment);
	assert_string_equal(after.folder, before->folder);
	assert_string_equal(after.locale, before->locale);
	assert_memory_equal(&after, before, sizeof(after));
}

/* ---- every path ---- */

static void
ask_then(const struct fake_connection *c)
{
	if (fake_ask(c, "Code: ", 0))
		fake_send_done(c, *(const uint8_t *)c->context);
}

static void
talk_nonsense(const struct fake_connection *c)
{
	fake_send_bytes(c, "SSH-2.0-OpenSSH_9.2\r\n", 21);
}

static void
hang_up(const struct fake_connection *c)
{
	(void)c;
}

static void
each_verdict(struct host *host)
{
	static struct snapshot before;

	for (uint8_t verdict = 0; verdict <= VERDICT_COUNT; verdict++) {
		host_serve(host, ask_then, &verdict);
		take(&before);
		(void)host_auth(host);
		(void)pam_acct_mgmt(host->pamh, 0);
		(void)pam_setcred(host->pamh, PAM_ESTABLISH_CRED);
		(void)pam_open_session(host->pamh, 0);
		(void)pam_close_session(host->pamh, 0);
		assert_untouched(&before);
		host_end(host);
		assert_untouched(&before);
	}
}

static void
each_failure(struct host *host)
{
	static fake_serve *const broken[] = {talk_nonsense, hang_up};
	static struct snapshot before;
	static const uint8_t allow = VERDICT_ALLOW;

	for (size_t i = 0; i < 2; i++) {
		host_serve(host, broken[i], NULL);
		take(&before);
		assert_int_not_equal(host_auth(host), PAM_SUCCESS);
		assert_untouched(&before);
	}
	host_serve(host, ask_then, &allow);
	take(&before);
	for (enum host_fault f = HOST_FAILS; f <= HOST_AGAIN; f++) {
		host->fault = f;
		assert_int_equal(host_auth(host), PAM_CONV_ERR);
	}
	host->fault = HOST_NO_FAULT;
	host_set_stack(host, HOST_PROBE, "unknown");
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
	host_set_stack(host, HOST_PROBE, "");
	(void)chmod(host->folder, 0777);
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
	(void)chmod(host->folder, 0700);
	assert_untouched(&before);

	fake_stop(&host->fake);
	take(&before);
	assert_int_equal(host_auth(host), PAM_AUTHINFO_UNAVAIL);
	assert_untouched(&before);
}

static void
the_process_is_as_it_was_on_every_path(void **state)
{
	each_verdict(*state);
	each_failure(*state);
}

/* sudo may be started with nothing open; a descriptor that the module opens is
 * then one of those that others take for standard output. */
static void
closed_standard_streams_are_harmless(void **state)
{
	struct host *host = *state;
	static const uint8_t allow = VERDICT_ALLOW;
	int saved[3], status;

	host_serve(host, ask_then, &allow);
	for (int fd = 0; fd < 3; fd++)
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	for (int fd = 0; fd < 3; fd++)
		(void)close(fd);
	status = host_auth(host);
	for (int fd = 0; fd < 3; fd++) {
		int was_open = fcntl(fd, F_GETFD) >= 0;

		(void)dup2(saved[fd], fd);
		(void)close(saved[fd]);
		assert_false(was_open);
	}
	assert_int_equal(status, PAM_SUCCESS);
}

static void
nothing_is_written_to_standard_streams(void **state)
{
	struct host *host = *state;
	static const uint8_t deny = VERDICT_DENY;
	int fd = memfd_create("out", MFD_CLOEXEC), saved[3];
	struct stat st;

	host_serve(host, ask_then, &deny);
	host_set_stack(host, HOST_PROBE, "debug");
	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
		(void)dup2(fd, i);
	}
	(void)host_auth(host);
	fake_stop(&host->fake);
	(void)host_auth(host);
	for (int i = 0; i < 3; i++) {
		(void)dup2(saved[i], i);
		(void)close(saved[i]);
	}
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	(void)close(fd);
}

/* ---- secrets ---- */

/* Long enough for its end to outlive in memory what a later frame or the
 * allocator writes over its beginning. */
#define CANARY_BYTES 256
#define NEEDLE_BYTES 16

/* How often the end of it is found where the test did not put it. */
static size_t
count_copies(const char *canary)
{
	const char *needle = canary + CANARY_BYTES - NEEDLE_BYTES;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], mode[8];
	uintptr_t from, to;
	size_t copies = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		const char *at;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to,
			mode) != 3 ||
		    !streq(mode, "rw-p"))
			continue;
		at = (const char *)from;
		while ((at = memmem(
			    at, to - (uintptr_t)at, needle, NEEDLE_BYTES))) {
			copies += at != needle;
			at++;
		}
	}
	(void)fclose(maps);
	return copies;
}

static void
fill_canary(char typed[CANARY_BYTES + 7])
{
	uint32_t seed = (uint32_t)getpid();

	for (size_t i = 0; i < CANARY_BYTES; i++) {
		seed = seed * 1103515245 + 12345;
		typed[i] = (char)('a' + (seed >> 16) % 26);
	}
	memcpy(typed + CANARY_BYTES, "123456", 7);
}

/* Not with a combined answer: libpam 1.5 itself forgets to wipe the password
 * that it is given to keep. */
static void
nothing_of_an_answer_is_left_in_memory(void **state)
{
	static const uint8_t verdicts[] = {VERDICT_ALLOW, VERDICT_DENY};
	struct host *host = *state;
	char typed[CANARY_BYTES + 7];

#ifdef __SANITIZE_ADDRESS__ /* its shadow cannot be searched */
	skip();
#endif
	fill_canary(typed);
	host->typed[0] = typed;
	for (size_t i = 0; i < 2; i++) {
		host_serve(host, ask_then, &verdicts[i]);
		(void)host_auth(host);
		(void)pam_setcred(host->pamh, PAM_ESTABLISH_CRED);
		host_end(host);
		assert_int_equal(host->fake.log->connections, 1);
		assert_int_equal(count_copies(typed), 0);
	}
}

/* As an enrolment shows its key. */
static void
show_canary(const struct fake_connection *c)
{
	struct pam_frame frame;

	pam_frame_start(&frame, PAM_FRAME_ASK);
	(void)pam_frame_put_text(&frame, PAM_FIELD_INFO, c->context);
	(void)pam_frame_put_text(&frame, PAM_FIELD_PROMPT, "Code: ");
	fake_send(c, &frame);
	(void)fake_receive_answer(c);
	fake_send_done(c, VERDICT_DENY);
}

static void
nothing_of_what_was_shown_is_left_in_memory(void **state)
{
	struct host *host = *state;
	char shown[CANARY_BYTES + 7];

#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	fill_canary(shown);
	shown[CANARY_BYTES] = '\0';
	host_serve(host, show_canary, shown);
	(void)host_auth(host);
	host_end(host);
	assert_non_null(strstr(host->shown, shown));
	explicit_bzero(host->shown, sizeof(host->shown));
	assert_int_equal(count_copies(shown), 0);
}

static void
ask_twice(const struct fake_connection *c)
{
	if (fake_ask(c, "Code: ", 0) && fake_ask(c, "Both: ", 6))
		fake_send_done(c, VERDICT_DENY);
}

static void
nothing_of_an_answer_is_logged(void **state)
{
	static fake_serve *const serves[] = {ask_twice, talk_nonsense};
	struct host *host = *state;
	char typed[CANARY_BYTES + 7];

	fill_canary(typed);
	host->typed[0] = host->typed[1] = typed;
	host_set_stack(host, HOST_PROBE, "combined debug");
	for (size_t i = 0; i < 2; i++) {
		host_serve(host, serves[i], NULL);
		assert_int_not_equal(host_auth(host), PAM_SUCCESS);
		assert_int_equal(host->log_count, 1);
		assert_null(strstr(host->log[0], "123456"));
		assert_null(memmem(
		    host->log[0], strlen(host->log[0]), typed, NEEDLE_BYTES));
		assert_null(strstr(host->log[0], HOST_USER));
	}
}

/* ---- scarcity and repetition ---- */

static void
without_descriptors_logins_are_refused(void **state)
{
	struct host *host = *state;
	static struct snapshot before;
	static const uint8_t allow = VERDICT_ALLOW;
	struct rlimit limit, none;
	int codes[2];

	host_serve(host, ask_then, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	take(&before);
	host->prompts = 0;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	codes[0] = pam_authenticate(host->pamh, 0);
	codes[1] = pam_acct_mgmt(host->pamh, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* libpam, which cannot reach the audit system, has its own code. */
	assert_int_not_equal(codes[0], PAM_SUCCESS);
	assert_int_not_equal(codes[1], PAM_SUCCESS);
	assert_int_equal(host->log_count, 2);
	assert_non_null(strstr(host->log[0], "Too many open files"));
	assert_untouched(&before);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_SUCCESS);
}

static long
resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
	(void)fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Each login loads and unloads the module. */
static void
a_thousand_logins_leave_nothing_behind(void **state)
{
	struct host *host = *state;
	static struct snapshot before;
	static const uint8_t allow = VERDICT_ALLOW;
	long start_kib, grown_kib;

	host_serve(host, ask_then, &allow);
	assert_int_equal(host_auth(host), PAM_SUCCESS);
	host_end(host);
	take(&before);
	start_kib = resident_kib();
	for (unsigned i = 0; i < LOGINS_MANY; i++) {
		assert_int_equal(host_auth(host), PAM_SUCCESS);
		host_end(host);
	}
	grown_kib = resident_kib() - start_kib;
	assert_untouched(&before);
	print_message("# %d logins: %ld KiB more\n", LOGINS_MANY, grown_kib);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
	assert_in_range(grown_kib + 1024, 0, 2048);
#endif
}

/* ---- signals and threads of the host's ---- */

static void
ignore_signal(int signal)
{
	(void)signal;
}

static void
answer_slowly(const struct fake_connection *c)
{
	for (unsigned i = 0; i < 3; i++) {
		(void)fake_send_bytes(c, "\0\0\0\0\4\1\0\0", 8);
		(void)poll(NULL, 0, 20);
	}
	fake_send_done(c, VERDICT_ALLOW);
}

static void
signals_of_the_host_do_not_end_a_login(void **state)
{
	struct host *host = *state;
	const struct sigaction action = {.sa_handler = ignore_signal};
	const struct itimerval often = {{0, 500}, {0, 500}};
	const struct itimerval never = {0};
	struct sigaction saved;

	assert_int_equal(sigaction(SIGALRM, &action, &saved), 0);
	host_serve(host, answer_slowly, NULL);
	host_start(host);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(pam_authenticate(host->pamh, 0), PAM_SUCCESS);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &saved, NULL), 0);
}

#define THREADS 8
#define LOGINS	50

static int
converse_in_thread(int count, const struct pam_message **messages,
    struct pam_response **ret_response, void *context)
{
	(void)count;
	(void)messages;
	(void)context;
	*ret_response = calloc(1, sizeof(**ret_response));
	(*ret_response)->resp = strdup("123456");
	return PAM_SUCCESS;
}

static void *
log_in_often(void *context)
{
	const struct pam_conv conv = {converse_in_thread, NULL};
	struct host *host = context;
	uintptr_t passed = 0;

	for (unsigned i = 0; i < LOGINS; i++) {
		pam_handle_t *pamh = NULL;

		if (pam_start_confdir(HOST_SERVICE, HOST_USER, &conv,
			host->folder, &pamh) != PAM_SUCCESS)
			continue;
		passed += pam_authenticate(pamh, 0) == PAM_SUCCESS &&
			  pam_acct_mgmt(pamh, 0) == PAM_SUCCESS;
		(void)pam_end(pamh, PAM_SUCCESS);
	}
	return (void *)passed;
}

static void
ask_in_auth(const struct fake_connection *c)
{
	if (fake_find_number(&c->log->begin, PAM_FIELD_STAGE) ==
		PAM_STAGE_ACCOUNT ||
	    fake_ask(c, "Code: ", 0))
		fake_send_done(c, VERDICT_ALLOW);
}

static void
threads_of_the_host_log_in_side_by_side(void **state)
{
	struct host *host = *state;
	pthread_t threads[THREADS];

	host_serve(host, ask_in_auth, NULL);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, log_in_often, host), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *passed;

		assert_int_equal(pthread_join(threads[i], &passed), 0);
		assert_int_equal((uintptr_t)passed, LOGINS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(the_process_is_as_it_was_on_every_path),
	    HOST_TEST(closed_standard_streams_are_harmless),
	    HOST_TEST(nothing_is_written_to_standard_streams),
	    HOST_TEST(nothing_of_an_answer_is_left_in_memory),
	    HOST_TEST(nothing_of_what_was_shown_is_left_in_memory),
	    HOST_TEST(nothing_of_an_answer_is_logged),
	    HOST_TEST(without_descriptors_logins_are_refused),
	    HOST_TEST(a_thousand_logins_leave_nothing_behind),
	    HOST_TEST(signals_of_the_host_do_not_end_a_login),
	    HOST_TEST(threads_of_the_host_log_in_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
