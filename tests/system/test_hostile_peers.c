/*
 * Users without rights do their worst on both sockets while root's programs log
 * somebody in: every login succeeds, in a time that is printed, and nothing of
 * the attack stays in the daemon. And a daemon that is stopped or away: logins
 * are denied in time.
 */
#include <glob.h>
#include <grp.h>
#include <poll.h>

#include "tests/harness/real_daemon.h"

#include "tests/harness/pam_peer.h"

#define PERSON	      "daemon"
#define START	      INT64_C(1800000000)
#define LOGINS	      300 /* under each attack */
#define ATTACKERS     2	  /* processes, of one uid */
#define UID	      20001
#define OWN_NAME      "bin" /* one who may ask about himself */
#define OWN_UID	      2
#define CONNECTIONS   5000
#define P99_MS	      200
#define PER_UID	      16
#define PEOPLE	      40 /* of PER_UID connections each: more than there are */
#define HOLD_MS	      1000
#define ROOT_WAITS_MS 1000

static int64_t counter; /* of the next code; root's device counts */

/* ---- attackers ---- */

static int
dial_either(void)
{
	static unsigned times;

	return real_dial(times++ % 2 ? REAL_PAM_SOCKET : REAL_API_SOCKET);
}

static void
put(int fd, const void *bytes, size_t size)
{
	(void)!send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
is_open(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}

/* As many connections as there can be, each a byte a second. */
static void
drip(void)
{
	static const uint8_t frame[PAM_HEADER_BYTES + 1] = {
	    0, 0, 40, 0, PAM_FRAME_BEGIN, PAM_PROTOCOL_VERSION};
	struct {
		int fd;
		size_t sent;
	} drips[64];

	for (size_t i = 0; i < 64; i++)
		drips[i].fd = -1;
	for (;; real_sleep_ms(10))
		for (size_t i = 0; i < 64; i++) {
			if (drips[i].fd >= 0 && is_open(drips[i].fd)) {
				/* Each has its turn once a second. */
				if (real_now_ms() / 10 % 100 == (int64_t)i)
					put(drips[i].fd,
					    &frame[drips[i].sent++ % 9], 1);
				continue;
			}
			if (drips[i].fd >= 0)
				(void)close(drips[i].fd);
			drips[i].fd = dial_either();
			drips[i].sent = 0;
		}
}

static void
open_thousands(void)
{
	int fds[CONNECTIONS];

	for (;;) {
		for (size_t i = 0; i < CONNECTIONS; i++)
			fds[i] = dial_either();
		for (size_t i = 0; i < CONNECTIONS; i++)
			if (fds[i] >= 0)
				(void)close(fds[i]);
	}
}

static void
send_half_frames(void)
{
	static const uint8_t half[200] = {
	    0, 0, 40, 0, PAM_FRAME_BEGIN, PAM_PROTOCOL_VERSION, 0, 0, 1};
	int fds[20];

	for (;;) {
		for (size_t i = 0; i < 20; i++) {
			fds[i] = dial_either();
			put(fds[i], half, sizeof(half));
		}
		real_sleep_ms(20);
		for (size_t i = 0; i < 20; i++)
			if (fds[i] >= 0)
				(void)close(fds[i]);
	}
}

static void
send_garbage(void)
{
	unsigned seed = (unsigned)getpid();
	uint8_t bytes[4096];

	for (;;) {
		int fd = dial_either();

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)rand_r(&seed);
		put(fd, bytes, sizeof(bytes));
		if (fd >= 0)
			(void)close(fd);
	}
}

static void
send_huge_frames(void)
{
	static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, PAM_FRAME_BEGIN,
	    PAM_PROTOCOL_VERSION, 0, 0};
	static char text[1 << 20];

	memset(text, 'x', sizeof(text));
	for (;;) {
		int fd = real_dial(REAL_PAM_SOCKET);

		put(fd, huge, sizeof(huge));
		put(fd, text, sizeof(text));
		if (fd >= 0)
			(void)close(fd);
		fd = real_dial(REAL_API_SOCKET);
		for (int i = 0; i < 4; i++)
			put(fd, text, sizeof(text));
		if (fd >= 0)
			(void)close(fd);
	}
}

static void
pass_descriptors(void)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(200 * sizeof(int))];
	} control;
	char byte = 0;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int fds[200];

	for (size_t i = 0; i < 200; i++)
		fds[i] = STDIN_FILENO;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	control.header =
	    (struct cmsghdr){CMSG_LEN(sizeof(fds)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	for (;;) {
		int fd = dial_either();

		for (int i = 0; i < 4; i++)
			(void)sendmsg(
			    fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		real_sleep_ms(1);
		if (fd >= 0)
			(void)close(fd);
	}
}

/* Calls with long replies, which are not read. */
static void
never_read(void)
{
	static const char call[] =
	    "{\"method\":\"io.authbox.Daemon.ConfigExplain\","
	    "\"parameters\":{\"kind\":\"AuthConfig\"}}";
	int fds[PER_UID];

	for (size_t i = 0; i < PER_UID; i++)
		fds[i] = -1;
	for (;; real_sleep_ms(1))
		for (size_t i = 0; i < PER_UID; i++) {
			if (fds[i] < 0)
				fds[i] = real_dial(REAL_API_SOCKET);
			if (fds[i] >= 0 &&
			    send(fds[i], call, sizeof(call),
				MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
			    errno != EAGAIN) {
				(void)close(fds[i]);
				fds[i] = -1;
			}
		}
}

/* He asks about himself, and is right to; but never answers, or wrongly. */
static void
log_oneself_in(void)
{
	const struct login_request request = {
	    .stage = PAM_STAGE_AUTH,
	    .factor = "totp",
	    .service = "locker",
	    .user = OWN_NAME,
	    .tries = 10,
	};
	static struct pam_peer peer;

	for (unsigned i = 0; i < PER_UID / ATTACKERS - 1; i++) {
		peer = (struct pam_peer){.fd = real_dial(REAL_PAM_SOCKET)};
		(void)pam_peer_begin(&peer, &request);
	}
	for (;;) {
		peer = (struct pam_peer){.fd = real_dial(REAL_PAM_SOCKET)};
		if (peer.fd >= 0 && pam_peer_begin(&peer, &request) == 0 &&
		    pam_peer_wait(&peer) > 0) {
			(void)pam_peer_send_answer(&peer, "000000");
			(void)pam_peer_wait(&peer);
		}
		if (peer.fd >= 0)
			(void)close(peer.fd);
	}
}

struct attack {
	const char *name;
	void (*run)(void);
	uid_t uid;
};

static const struct attack attacks[] = {
    {"nobody attacks", NULL, 0},
    {"a byte a second", drip, UID},
    {"five thousand connections", open_thousands, UID},
    {"frames that are cut off", send_half_frames, UID},
    {"garbage", send_garbage, UID},
    {"frames that are too long", send_huge_frames, UID},
    {"descriptors that are passed", pass_descriptors, UID},
    {"replies that are not read", never_read, UID},
    {"dialogues of one's own", log_oneself_in, OWN_UID},
};

static pid_t
start_as(uid_t uid, void (*run)(void))
{
	struct rlimit limit = {CONNECTIONS + 100, CONNECTIONS + 100};
	pid_t pid = fork();

	real_check(pid >= 0);
	if (pid > 0)
		return pid;
	real_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	real_check(setgroups(0, NULL) == 0);
	real_check(setresgid(uid, uid, uid) == 0);
	real_check(setresuid(uid, uid, uid) == 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	run();
	_exit(0);
}

static void
end(pid_t pid)
{
	int status;

	(void)kill(pid, SIGKILL);
	real_check(waitpid(pid, &status, 0) == pid);
}

/* ---- root's logins meanwhile ---- */

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool
log_in(const struct real_device *device)
{
	char code[OTP_DIGITS_MAX + 1];
	struct real_login login;

	real_code(device, ++counter, code);
	login = real_log_in(device->user, code);
	return login.auth == PAM_SUCCESS && login.account == PAM_SUCCESS;
}

static bool
withstand(const struct real_device *device, const struct attack *attack,
    bool is_timed)
{
	int64_t took_us[LOGINS], p99_us;
	pid_t pids[ATTACKERS];
	size_t failed = 0;

	for (size_t i = 0; attack->run && i < ATTACKERS; i++)
		pids[i] = start_as(attack->uid, attack->run);
	if (attack->run)
		real_sleep_ms(300);
	for (size_t i = 0; i < LOGINS; i++) {
		took_us[i] = now_us();
		failed += !log_in(device);
		took_us[i] = now_us() - took_us[i];
	}
	for (size_t i = 0; attack->run && i < ATTACKERS; i++)
		end(pids[i]);
	qsort(took_us, LOGINS, sizeof(took_us[0]), compare);
	p99_us = took_us[LOGINS * 99 / 100];
	printf("# %s: %zu of %d failed; ms: %.1f median, %.1f p99, %.1f max\n",
	    attack->name, failed, LOGINS, (double)took_us[LOGINS / 2] / 1000,
	    (double)p99_us / 1000, (double)took_us[LOGINS - 1] / 1000);
	return failed == 0 && (!is_timed || p99_us < P99_MS * 1000);
}

/* ---- how many connections a user has ---- */

/* Try to have twice as many as one may, for ever. */
static void
hold_on_to(const char *socket)
{
	int fds[PER_UID * 2];

	for (size_t i = 0; i < PER_UID * 2; i++)
		fds[i] = -1;
	for (;; real_sleep_ms(5))
		for (size_t i = 0; i < PER_UID * 2; i++) {
			if (fds[i] >= 0 && is_open(fds[i]))
				continue;
			if (fds[i] >= 0)
				(void)close(fds[i]);
			fds[i] = real_dial(socket);
		}
}

static void
hold_pam(void)
{
	hold_on_to(REAL_PAM_SOCKET);
}

static void
hold_api(void)
{
	hold_on_to(REAL_API_SOCKET);
}

static const struct shares {
	const char *name, *counter;
	void (*hold)(void);
	unsigned own; /* connections of who counts */
	unsigned all; /* of all but root together, while root has `own` */
} pam_shares = {"pam.sock", "pam.connections", hold_pam, 0, 512},
  api_shares = {"api.sock", "api.connections", hold_api, 1, 191};

static unsigned
count_connections(struct varlink_client *client, const struct shares *shares)
{
	struct varlink_reply reply = {0};
	int64_t count;

	real_check(real_call_on(client, "Daemon.Stats", "{}", &reply) == 0);
	real_check(json_find_int(json_find(reply.parameters, "counters"),
		       shares->counter, &count) == 1);
	varlink_reply_done(&reply);
	return (unsigned)count - shares->own;
}

/* So many users at once; returns the most connections that they were seen to
 * hold together, which is `expected` sooner or later and must not be more; and
 * in *ret_root_ms how long a call of root's takes then. */
static unsigned
hold(const struct shares *shares, unsigned users, unsigned expected,
    int64_t *ret_root_ms)
{
	struct varlink_client client = {.fd = real_dial(REAL_API_SOCKET)};
	int64_t started_ms = real_now_ms(), took_ms = 0;
	struct varlink_reply reply;
	pid_t pids[PEOPLE];
	unsigned most = 0, now;

	/* Counted meanwhile, too: a connection without calls is given up. */
	for (unsigned i = 0; i < users; i++) {
		pids[i] = start_as(UID + 1 + i, shares->hold);
		(void)count_connections(&client, shares);
	}
	while (took_ms < HOLD_MS || (most < expected && took_ms < REAL_MS)) {
		now = count_connections(&client, shares);
		most = now > most ? now : most;
		took_ms = real_now_ms() - started_ms;
	}
	started_ms = real_now_ms();
	real_check(real_call("Daemon.Stats", "{}", &reply) == 0);
	real_check(!reply.error);
	varlink_reply_done(&reply);
	*ret_root_ms = real_now_ms() - started_ms;
	for (unsigned i = 0; i < users; i++)
		end(pids[i]);
	varlink_client_done(&client);
	return most;
}

static bool
check_shares(const struct shares *shares)
{
	int64_t one_ms, all_ms;
	unsigned one = hold(shares, 1, PER_UID, &one_ms);
	unsigned all = hold(shares, PEOPLE, shares->all, &all_ms);

	printf("# %s: one user holds %u, %d users hold %u; root waits %" PRId64
	       " ms\n",
	    shares->name, one, PEOPLE, all, all_ms);
	return one == PER_UID && all == shares->all && all_ms < ROOT_WAITS_MS;
}

/* ---- a daemon that is stopped or away ---- */

/* Many logins at once; true when all were denied between the two times. */
static bool
are_denied(int64_t from_ms, int64_t to_ms)
{
	int64_t started_ms = real_now_ms(), took_ms;
	char code[] = "000000";
	unsigned denied = 0;
	pid_t pids[8];
	int status;

	for (size_t i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(real_log_in(PERSON, code).auth);
	}
	for (size_t i = 0; i < 8; i++) {
		real_check(waitpid(pids[i], &status, 0) == pids[i]);
		denied += WIFEXITED(status) &&
			  WEXITSTATUS(status) == PAM_AUTHINFO_UNAVAIL;
	}
	took_ms = real_now_ms() - started_ms;
	printf("# %u of 8 logins are denied, the last after %" PRId64 " ms\n",
	    denied, took_ms);
	return denied == 8 && took_ms >= from_ms && took_ms <= to_ms;
}

/* A thread on another core goes on for a moment after the signal. */
static bool
is_stopped(pid_t pid)
{
	char path[64], state = '?';
	bool all = true;
	glob_t tasks;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/*/stat", pid);
	real_check(glob(path, 0, NULL, &tasks) == 0);
	for (size_t i = 0; i < tasks.gl_pathc; i++) {
		FILE *file = fopen(tasks.gl_pathv[i], "re");

		/* PID (NAME) STATE; one that ended meanwhile is no matter. */
		if (file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1)
			all &= state == 'T';
		if (file)
			(void)fclose(file);
	}
	globfree(&tasks);
	return all;
}

static bool
deny_while_stopped(const struct real_daemon *daemon)
{
	bool in_time, when_full;
	pid_t pid;

	real_check(kill(daemon->pid, SIGSTOP) == 0);
	while (!is_stopped(daemon->pid))
		real_sleep_ms(1);
	in_time = are_denied(0, 6500);
	/* Nor when its queue is full. */
	pid = start_as(UID, open_thousands);
	real_sleep_ms(300);
	when_full = are_denied(0, 6500);
	end(pid);
	real_check(kill(daemon->pid, SIGCONT) == 0);
	return in_time && when_full;
}

int
main(void)
{
	const size_t count = sizeof(attacks) / sizeof(attacks[0]);
	const char *sanitizer = getenv("SANITIZE");
	bool is_timed = !sanitizer || !*sanitizer;
	struct real_daemon daemon;
	struct real_device device, own;
	unsigned number = 0;
	size_t descriptors;
	int well = 1;

	real_plan(count + 6);
	real_make_place("resourceType: AuthConfig\nid: app\n");
	daemon = real_start(false);
	device = real_enrol(PERSON, true, START);
	own = real_enrol(OWN_NAME, true, START);
	secret_free(own.key);
	real_check(log_in(&device));
	descriptors = real_count_descriptors_at_rest(daemon.pid);

	for (size_t i = 0; i < count; i++) {
		char name[80];
		bool held = withstand(&device, &attacks[i], is_timed);

		(void)snprintf(name, sizeof(name), "root's logins and %s",
		    attacks[i].name);
		well &= real_report(&number,
		    held && real_has_descriptors(daemon.pid, descriptors),
		    name);
	}
	well &= real_report(&number, check_shares(&pam_shares),
	    "pam.sock: each user has his share, all together a quarter");
	well &= real_report(&number, check_shares(&api_shares),
	    "api.sock: each user has his share, and root a thread");
	well &= real_report(&number, deny_while_stopped(&daemon),
	    "a stopped daemon lets nobody in, and nobody waits for ever");
	well &= real_report(
	    &number, log_in(&device), "it serves again when it goes on");
	real_stop(&daemon);
	well &= real_report(&number, are_denied(0, 500),
	    "without a daemon logins are denied at once");
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	secret_free(device.key);
	return well ? 0 : 1;
}
