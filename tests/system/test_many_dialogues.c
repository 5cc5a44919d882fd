/*
 * A thousand dialogues held open at once. All type the same right code: one of
 * them is let in. Round after round, neither memory nor descriptors grow.
 */
#include "tests/harness/real_daemon.h"

#include "tests/harness/pam_peer.h"

#define DIALOGUES   1000
#define ROUNDS	    8
#define SHELL_LIMIT 1024 /* descriptors that a shell allows */
#define SETTLED	    2	 /* the round whose memory the last one's must be */
#define GROWTH_KIB  2048
#define ROUND_KIB   256 /* a quarter of a KiB for each dialogue */
#define PERSON	    "daemon"
#define START	    INT64_C(1800000000)

struct state {
	size_t descriptors, threads;
	long resident_kib;
};

static int64_t
count_of(const struct varlink_reply *reply, const char *name)
{
	const cJSON *counters = json_find(reply->parameters, "counters");
	int64_t count = -1;

	real_check(json_find_int(counters, name, &count) == 1);
	return count;
}

static struct state
look_at(pid_t pid)
{
	struct state state = {
	    .descriptors = real_count_descriptors_at_rest(pid)};
	struct varlink_reply reply;

	real_check(real_call("Daemon.Stats", "{}", &reply) == 0);
	state.threads = (size_t)count_of(&reply, "pam.threads");
	state.resident_kib = real_resident_kib(pid);
	varlink_reply_done(&reply);
	return state;
}

static void
print_state(const char *what, const struct state *state)
{
	printf("# %s: %zu descriptors, %zu threads, %ld KiB\n", what,
	    state->descriptors, state->threads, state->resident_kib);
}

static void
wait_for_connections(int64_t expected)
{
	int64_t deadline_ms = real_now_ms() + REAL_MS, now = -1;

	while (now != expected) {
		struct varlink_reply reply;

		real_check(real_now_ms() < deadline_ms);
		real_check(real_call("Daemon.Stats", "{}", &reply) == 0);
		now = count_of(&reply, "pam.connections");
		varlink_reply_done(&reply);
	}
}

static void
ask_all(struct pam_peer *peers)
{
	const struct login_request request = {
	    .stage = PAM_STAGE_AUTH,
	    .factor = "totp",
	    .service = "sshd",
	    .user = PERSON,
	    .tries = 1,
	};

	for (size_t i = 0; i < DIALOGUES; i++) {
		peers[i] = (struct pam_peer){.fd = real_dial(REAL_PAM_SOCKET)};
		real_check(peers[i].fd >= 0);
		real_check(pam_peer_begin(&peers[i], &request) == 0);
	}
	for (size_t i = 0; i < DIALOGUES; i++)
		real_check(pam_peer_wait(&peers[i]) == 1);
}

/* In odd rounds all type the code; in even ones the second half cancels or is
 * gone without a word. Returns how many are let in. */
static size_t
answer_all(struct pam_peer *peers, unsigned round, const char *code)
{
	size_t typing = round % 2 ? DIALOGUES : DIALOGUES / 2, winners = 0;

	for (size_t i = 0; i < DIALOGUES; i++)
		if (i < typing)
			real_check(pam_peer_send_answer(&peers[i], code) == 0);
		else if (i % 2)
			real_check(pam_peer_send_answer(&peers[i], NULL) == 0);
	for (size_t i = 0; i < typing; i++) {
		real_check(pam_peer_wait(&peers[i]) == 0);
		winners += peers[i].verdict == VERDICT_ALLOW;
		real_check(peers[i].verdict == VERDICT_ALLOW ||
			   peers[i].verdict == VERDICT_DENY);
	}
	for (size_t i = 0; i < DIALOGUES; i++)
		real_check(close(peers[i].fd) == 0);
	return winners;
}

/* More than it was, and in each of the last rounds: how many threads met in
 * malloc, which makes more of its arenas then, changes it once and stays. */
static bool
has_grown(const struct state open[ROUNDS])
{
	long all = open[ROUNDS - 1].resident_kib - open[SETTLED].resident_kib;
	bool always = true;

	for (size_t i = ROUNDS / 2; i < ROUNDS; i++)
		always =
		    always &&
		    open[i].resident_kib - open[i - 1].resident_kib > ROUND_KIB;
	return always && all > GROWTH_KIB;
}

static void
allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	real_check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = count;
	real_check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int
main(void)
{
	struct pam_peer *peers = calloc(DIALOGUES, sizeof(*peers));
	struct state before, open[ROUNDS], ended;
	const char *sanitizer = getenv("SANITIZE");
	char code[OTP_DIGITS_MAX + 1];
	bool one = true, flat = true, grew = false;
	struct real_daemon daemon;
	struct real_device device;
	unsigned number = 0;
	int well = 1;

	real_plan(4);
	real_make_place("resourceType: AuthConfig\nid: app\n");
	allow_descriptors(SHELL_LIMIT);
	daemon = real_start(false);
	allow_descriptors(DIALOGUES + 100);
	device = real_enrol(PERSON, false, START);
	before = look_at(daemon.pid);
	for (unsigned round = 0; round < ROUNDS; round++) {
		real_set_clock(START + 30 * (round + 1));
		real_code(&device, START + 30 * (round + 1), code);
		ask_all(peers);
		wait_for_connections(DIALOGUES);
		open[round] = look_at(daemon.pid);
		one &= answer_all(peers, round, code) == 1;
		wait_for_connections(0);
		ended = look_at(daemon.pid);
		print_state("open", &open[round]);
		print_state("ended", &ended);
		flat &= real_has_descriptors(daemon.pid, before.descriptors);
	}
	grew = has_grown(open);

	well &= real_report(
	    &number, one, "of a thousand who type one code, one is let in");
	well &= real_report(&number, flat, "no descriptor is lost");
	/* Sanitizers keep what is freed. */
	well &= real_report(&number, !grew || (sanitizer && *sanitizer),
	    "memory does not grow from round to round");
	real_stop(&daemon);
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	secret_free(device.key);
	free(peers);
	return well ? 0 : 1;
}
