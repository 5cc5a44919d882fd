/*
 * authboxd is killed at random moments, again and again, and now and then told
 * to end or stopped for a while; meanwhile processes log in through libpam,
 * guess, and try their codes twice. What somebody was told holds afterwards: a
 * code that was accepted is not good again, a guess that was refused is
 * counted, and the store is sound.
 *
 *	SOAK_SECONDS=3600 tests/run build/tests/system/test_killed_daemon
 */
#include <pwd.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "tests/harness/real_daemon.h"

#include "store/store.h"
#include "users/user_record.h"

#define SECONDS	   20 /* of killing, without SOAK_SECONDS */
#define HOTP_USERS 3
#define TOTP_USERS 2
#define USERS	   (HOTP_USERS + TOTP_USERS + 1) /* and one who guesses */
#define START	   INT64_C(1800000000)
#define KILL_MS	   900 /* at most, from one start to the next kill */
#define WRONG	   "000000"
#define WINDOW	   11 /* steps or counters after one that may be good */

/* Everybody has these. */
static const char *const names[USERS] = {
    "daemon", "bin", "sys", "games", "man", "mail"};

enum role { HOTP, TOTP, GUESSER };

/* One per process, in memory that all share. */
struct worker {
	enum role role;
	struct real_device device;
	pid_t pid;
	_Atomic int64_t accepted; /* highest counter or second told as good */
	_Atomic int64_t tried;	  /* TOTP: this second's step is over */
	_Atomic unsigned successes, unknown, refused, replays;
	_Atomic unsigned misnamed;   /* not told, in other words: must stay 0 */
	_Atomic unsigned good_twice; /* must stay 0 */
	_Atomic unsigned good_but_refused; /* must stay 0 */
	_Atomic unsigned waits;		   /* guesses that were not looked at */
};

struct shared {
	_Atomic int64_t now_unix_s;
	_Atomic bool stop;
	struct worker workers[USERS];
};

static bool
is_unknown(int code)
{
	return code != PAM_SUCCESS && code != PAM_AUTH_ERR &&
	       code != PAM_MAXTRIES;
}

static void
note_unknown(struct worker *worker, int code)
{
	worker->unknown += is_unknown(code);
	worker->misnamed += is_unknown(code) && code != PAM_AUTHINFO_UNAVAIL;
}

/* A code that was accepted, once more. */
static void
replay(struct worker *worker, char *code)
{
	if (real_log_in(worker->device.user, code).auth == PAM_SUCCESS)
		worker->good_twice++;
	worker->replays++;
}

/* Type one's code until it is known what came of it. Returns whether it is
 * spent. */
static bool
spend(struct worker *worker, int64_t at, bool may_retry)
{
	char code[OTP_DIGITS_MAX + 1];
	bool was_unknown = false;
	int result;

	real_code(&worker->device, at, code);
	do {
		result = real_log_in(worker->device.user, code).auth;
		note_unknown(worker, result);
		was_unknown |= is_unknown(result);
	} while (is_unknown(result) && may_retry);

	if (result == PAM_SUCCESS) {
		worker->accepted = at;
		worker->successes++;
		if (worker->successes % 4 == 0)
			replay(worker, code);
	} else if (!is_unknown(result)) {
		worker->refused++;
		/* Refused as used, by the try that nobody was told of; so it
		 * is this code that is the last one used. */
		if (was_unknown)
			worker->accepted = at;
		else
			worker->good_but_refused++;
	}
	return !is_unknown(result);
}

/* Codes repeat: one that belongs to two of a window is good for both. */
static bool
is_ambiguous(const struct worker *worker, int64_t at)
{
	char code[OTP_DIGITS_MAX + 1], other[OTP_DIGITS_MAX + 1];
	int64_t unit = worker->role == TOTP ? 30 : 1;

	real_code(&worker->device, at, code);
	for (int64_t i = 1; i <= WINDOW; i++) {
		real_code(&worker->device, at + i * unit, other);
		if (strcmp(code, other) == 0)
			return true;
	}
	return false;
}

static void
work_by_counter(struct shared *shared, struct worker *worker)
{
	for (int64_t counter = 1; !shared->stop; counter++)
		if (!is_ambiguous(worker, counter))
			(void)spend(worker, counter, true);
}

static void
work_by_clock(struct shared *shared, struct worker *worker)
{
	while (!shared->stop) {
		int64_t now_unix_s = shared->now_unix_s;

		if (worker->tried == now_unix_s) {
			real_sleep_ms(1);
			continue;
		}
		if (!is_ambiguous(worker, now_unix_s))
			(void)spend(worker, now_unix_s, false);
		worker->tried = now_unix_s;
	}
}

static void
work_by_guessing(struct shared *shared, struct worker *worker)
{
	char guess[] = WRONG;

	while (!shared->stop) {
		int code = real_log_in(worker->device.user, guess).auth;

		worker->good_twice += code == PAM_SUCCESS;
		worker->refused += code == PAM_AUTH_ERR;
		worker->waits += code == PAM_MAXTRIES;
		note_unknown(worker, code);
		real_sleep_ms(3);
	}
}

static void
start_worker(struct shared *shared, size_t i)
{
	struct worker *worker = &shared->workers[i];

	pid_t pid = fork(); /* the child shares the struct */

	real_check(pid >= 0);
	if (pid > 0)
		worker->pid = pid;
	if (pid > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (worker->role == HOTP)
		work_by_counter(shared, worker);
	else if (worker->role == TOTP)
		work_by_clock(shared, worker);
	else
		work_by_guessing(shared, worker);
	_exit(0);
}

/* The clock goes on when everybody has used up the step. */
static void
go_on(struct shared *shared)
{
	for (size_t i = 0; i < USERS; i++)
		if (shared->workers[i].role == TOTP &&
		    shared->workers[i].tried != shared->now_unix_s)
			return;
	real_set_clock(shared->now_unix_s + 30);
	shared->now_unix_s += 30;
}

static void
keep_going_for(struct shared *shared, int64_t ms)
{
	int64_t deadline_ms = real_now_ms() + ms;

	while (real_now_ms() < deadline_ms) {
		go_on(shared);
		real_sleep_ms(2);
	}
}

/* Killed, told to end, or stopped for a while. */
static void
disturb(struct shared *shared, const struct real_daemon *daemon, pid_t child,
    unsigned *seed)
{
	static const int signals[] = {SIGKILL, SIGKILL, SIGTERM, SIGSTOP};
	int number = signals[rand_r(seed) % 4];

	real_check(kill(child, number) == 0);
	if (number == SIGSTOP) {
		keep_going_for(shared, rand_r(seed) % KILL_MS);
		real_check(kill(child, SIGCONT) == 0);
		return;
	}
	while (real_find_child(daemon) == child)
		keep_going_for(shared, 2);
}

/* Returns how often it was disturbed. */
static unsigned
kill_again_and_again(struct shared *shared, struct real_daemon *daemon)
{
	const char *soak = getenv("SOAK_SECONDS");
	int64_t seconds = soak ? strtol(soak, NULL, 10) : SECONDS;
	int64_t deadline_ms = real_now_ms() + seconds * 1000;
	unsigned kills = 0, seed = (unsigned)getpid();
	pid_t child;

	printf("# seed %u\n", seed);
	while (real_now_ms() < deadline_ms) {
		keep_going_for(shared, rand_r(&seed) % KILL_MS);
		child = real_find_child(daemon);
		if (child == 0)
			continue;
		disturb(shared, daemon, child, &seed);
		kills++;
	}
	return kills;
}

static void
stop_workers(struct shared *shared)
{
	int status;

	shared->stop = true;
	for (size_t i = 0; i < USERS; i++) {
		pid_t pid = shared->workers[i].pid;

		real_check(waitpid(pid, &status, 0) == pid);
		real_check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void
make_people(struct shared *shared)
{
	for (size_t i = 0; i < USERS; i++) {
		struct worker *worker = &shared->workers[i];

		worker->role = i < HOTP_USERS		     ? HOTP
			       : i < HOTP_USERS + TOTP_USERS ? TOTP
							     : GUESSER;
		worker->device = real_enrol(
		    names[i], worker->role != TOTP, shared->now_unix_s);
		worker->tried = shared->now_unix_s;
	}
}

/* ---- what the store says of it ---- */

static struct user_record *
load_record(struct store *store, const char *name)
{
	const struct passwd *entry = getpwnam(name);
	struct user_record *record = NULL;
	struct secret *value = NULL;
	char key[STORE_KEY_BYTES_MAX + 1];

	user_record_key(name, key);
	real_check(entry && store_get(store, key, &value) == 1);
	real_check(user_record_parse(value, name, entry->pw_uid, &record) == 1);
	secret_free(value);
	return record;
}

/* All that was told as accepted is used up. */
static bool
is_marked(const struct worker *worker, const struct user_record *record)
{
	int64_t accepted = worker->accepted;

	if (worker->role == TOTP)
		accepted = (int64_t)otp_step(accepted, 30);
	return worker->role == GUESSER ||
	       (int64_t)record->devices[0].last_used >= accepted;
}

/* All that was told as wrong is counted, and nothing but what was tried. */
static bool
is_counted(const struct worker *worker, const struct user_record *record)
{
	size_t count = record->throttle.failure_count;

	if (worker->role != GUESSER)
		return count == 0;
	printf("# %zu wrong codes are counted\n", count);
	return count >= worker->refused &&
	       count <= worker->refused + worker->unknown;
}

struct findings {
	bool marked, counted, sound;
};

static struct findings
look_into_store(const struct shared *shared)
{
	const struct store_paths paths = {
	    .state_dir = REAL_STATE, .key_dir = REAL_KEY};
	struct findings findings = {true, true, true};
	int64_t started_ms = real_now_ms();
	AUTO(store) store = NULL;
	AUTO_TEXT report = NULL;

	real_check(store_open(&paths, &store) == 0);
	printf("# reopened in %" PRId64 " ms\n", real_now_ms() - started_ms);
	findings.sound =
	    !store_fault(store) && store_check(store, &report) == 0;
	for (size_t i = 0; findings.sound && i < USERS; i++) {
		const struct worker *worker = &shared->workers[i];
		AUTO(user_record)
		record = load_record(store, worker->device.user);

		findings.marked &= is_marked(worker, record);
		findings.counted &= is_counted(worker, record);
	}
	return findings;
}

static void
replay_all(struct shared *shared)
{
	char code[OTP_DIGITS_MAX + 1];

	for (size_t i = 0; i < USERS; i++) {
		struct worker *worker = &shared->workers[i];

		if (worker->accepted == 0)
			continue;
		real_code(&worker->device, worker->accepted, code);
		replay(worker, code);
	}
}

static void
print_workers(const struct shared *shared)
{
	for (size_t i = 0; i < USERS; i++) {
		const struct worker *worker = &shared->workers[i];

		printf("# %s: %u accepted, %u refused (%u wrongly), %u not "
		       "told, %u tried twice, %u not looked at\n",
		    worker->device.user, worker->successes, worker->refused,
		    worker->good_but_refused, worker->unknown, worker->replays,
		    worker->waits);
	}
}

int
main(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned number = 0, kills, twice = 0, refused = 0, worked = 0,
		 misnamed = 0;
	struct real_daemon daemon;
	struct findings findings;
	int well = 1;

	real_plan(8);
	real_check(shared != MAP_FAILED);
	real_make_place("resourceType: AuthConfig\nid: app\n");
	shared->now_unix_s = START;
	daemon = real_start(true);
	make_people(shared);
	for (size_t i = 0; i < USERS; i++)
		start_worker(shared, i);
	kills = kill_again_and_again(shared, &daemon);
	stop_workers(shared);
	replay_all(shared);
	print_workers(shared);
	printf("# killed, ended or stopped %u times\n", kills);
	real_stop(&daemon);
	findings = look_into_store(shared);

	for (size_t i = 0; i < USERS; i++) {
		const struct worker *worker = &shared->workers[i];

		twice += worker->good_twice;
		misnamed += worker->misnamed;
		refused += worker->good_but_refused;
		worked += worker->role == GUESSER ? worker->refused > 0
						  : worker->successes > kills;
		secret_free(worker->device.key);
	}
	well &= real_report(&number, kills > 10 && worked == USERS,
	    "everybody is served between the kills");
	well &= real_report(
	    &number, twice == 0, "a code that was accepted is not good again");
	well &= real_report(
	    &number, refused == 0, "no right code is refused that nobody used");
	well &= real_report(&number, misnamed == 0,
	    "whose login was cut off hears that authboxd cannot answer");
	well &= real_report(&number, findings.marked,
	    "all that was told as accepted is marked");
	well &= real_report(&number, findings.counted,
	    "all that was told as wrong is counted, once");
	well &= real_report(&number, findings.sound, "the store is sound");
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	return well ? 0 : 1;
}
