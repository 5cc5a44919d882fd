/*
 * What the real daemon tells systemd's watchdog while one of its calls hangs
 * for longer than a call may take, and when that goes on. (A daemon that hangs
 * altogether, and the real systemd: units.sh.)
 * it mostly waits
 */
#include "tests/harness/real_daemon.h"

#define NOTIFY_SOCKET REAL_FOLDER "/notify"
#define FED_WITHIN_MS 5000
#define UNFED_MS      5000 /* ten times the daemon's interval */

/* True when the watchdog was fed within `ms`. */
static bool
is_fed(int fd, int64_t ms)
{
	int64_t deadline_ms = real_now_ms() + ms;
	char text[256];

	for (;;) {
		ssize_t n;

		if (stream_wait(fd, deadline_ms) < 0)
			return false;
		n = recv(fd, text, sizeof(text) - 1, 0);
		real_check(n >= 0);
		text[n] = '\0';
		if (strstr(text, "WATCHDOG=1"))
			return true;
	}
}

static void
drop_what_came(int fd)
{
	char text[256];

	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) >= 0)
		;
}

static int
listen_as_systemd(void)
{
	struct sockaddr_un address = {
	    .sun_family = AF_UNIX, .sun_path = NOTIFY_SOCKET};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	real_check(fd >= 0);
	real_check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	real_check(setenv("NOTIFY_SOCKET", NOTIFY_SOCKET, 1) == 0);
	return fd;
}

/* Who reads the clock from now on waits until somebody writes to it. */
static void
hang_up_the_clock(void)
{
	real_check(mkfifo(REAL_CLOCK ".fifo", 0644) == 0);
	real_check(rename(REAL_CLOCK ".fifo", REAL_CLOCK) == 0);
}

static void
let_the_clock_go_on(void)
{
	int fd = open(REAL_CLOCK, O_WRONLY | O_CLOEXEC);

	real_check(fd >= 0 && write(fd, "=1800000000", 11) == 11);
	(void)unlink(REAL_CLOCK);
	(void)close(fd);
	real_set_clock(1800000000);
}

static pid_t
start_call(void)
{
	struct varlink_reply reply;
	pid_t pid = fork();

	real_check(pid >= 0);
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)real_call("Store.AcceptClock", "{}", &reply);
	for (;;)
		(void)pause(); /* the connection is kept until it is killed */
}

static bool
has_logged(const char *what)
{
	char command[256];

	(void)snprintf(
	    command, sizeof(command), "grep -q '%s' " REAL_LOG, what);
	return system(command) == 0;
}

int
main(void)
{
	int64_t deadline_ms;
	struct real_daemon daemon;
	unsigned number = 0;
	int notify, well = 1;
	bool unfed = false;
	pid_t pid;

	real_plan(4);
	real_make_place("resourceType: AuthConfig\nid: app\n");
	notify = listen_as_systemd();
	daemon = real_start(false);
	well &= real_report(&number, is_fed(notify, FED_WITHIN_MS),
	    "the watchdog is fed while all is well");

	hang_up_the_clock();
	pid = start_call();
	deadline_ms = real_now_ms() + 2 * REAL_MS;
	while (!unfed && real_now_ms() < deadline_ms) {
		drop_what_came(notify);
		unfed = !is_fed(notify, UNFED_MS);
	}
	well &= real_report(&number, unfed && has_logged("a call hangs"),
	    "it is not while a call hangs, and the log says so");

	let_the_clock_go_on();
	well &= real_report(&number,
	    is_fed(notify, FED_WITHIN_MS) && has_logged("goes on"),
	    "it is again when the call goes on");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	real_stop(&daemon);
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	return well ? 0 : 1;
}
