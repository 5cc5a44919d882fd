/*
 * An older copy of the store is put back, as one does after a disk failed. What
 * it does not know to be used is used all the same: no code that somebody used
 * since opens anything, and who was logged out stays so.
 */
#include "tests/harness/real_daemon.h"

#include "store/store.h"
#include "token/session.h"

#define START INT64_C(1800000000)
#define TOTP  "daemon"
#define HOTP  "bin"

static void
run(const char *command)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "cd " REAL_FOLDER " && %s", command);
	real_check(system(text) == 0);
}

static int
type(const struct real_device *device, int64_t at)
{
	char code[OTP_DIGITS_MAX + 1];

	real_code(device, at, code);
	return real_log_in(device->user, code).auth;
}

static void
save_backup(const char *path)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
	    "%s/authboxctl --socket " REAL_API_SOCKET " store backup %s",
	    getenv("BUILD") ? getenv("BUILD") : "build", path);
	real_check(system(command) == 0);
}

/* While no daemon runs. */
static void
make_session(int64_t now_unix_s)
{
	const struct store_paths paths = {
	    .state_dir = REAL_STATE, .key_dir = REAL_KEY};
	const struct session session = {
	    .user = TOTP, .uid = 1, .expires_unix_s = now_unix_s + 86400};
	char id[SESSION_ID_DIGITS + 1];
	AUTO(secret) token = NULL;
	AUTO(store) store = NULL;

	real_check(store_open(&paths, &store) == 0);
	real_check(
	    session_create(store, &session, now_unix_s, &token, id) == 0);
}

static unsigned
count_sessions(void)
{
	struct varlink_reply reply;
	unsigned count;

	real_check(
	    real_call("Session.List", "{'everybody': true}", &reply) == 0);
	real_check(!reply.error);
	count = (unsigned)cJSON_GetArraySize(
	    json_find(reply.parameters, "sessions"));
	varlink_reply_done(&reply);
	return count;
}

static bool
has_logged(const char *what)
{
	char command[256];

	(void)snprintf(
	    command, sizeof(command), "grep -q '%s' " REAL_LOG, what);
	return system(command) == 0;
}

/* How the copy is made, and how it comes back. */
static const struct way {
	const char *name;
	const char *copy; /* while the daemon runs; NULL: by the daemon */
	const char *put_back;
} ways[] = {
    {"a backup", NULL,
	"rm -r state && mkdir state && cp backup state/authbox.db"},
    {"a copy of the files", "rm -rf old && cp -r state old",
	"rm -r state && cp -r old state"},
};

struct people {
	struct real_device totp, hotp;
	int64_t now_unix_s, counter;
};

static void
go_on(struct people *people, int64_t seconds)
{
	people->now_unix_s += seconds;
	real_set_clock(people->now_unix_s);
}

/* A plain restart, even after kill -9, costs nobody anything. */
static bool
restart(struct people *people, struct real_daemon *daemon)
{
	int status;

	go_on(people, 30);
	real_check(kill(daemon->pid, SIGKILL) == 0);
	real_check(waitpid(daemon->pid, &status, 0) == daemon->pid);
	*daemon = real_start(false);
	if (type(&people->totp, people->now_unix_s) != PAM_SUCCESS)
		return false;
	real_stop(daemon);
	*daemon = real_start(false);
	return type(&people->totp, people->now_unix_s + 30) == PAM_SUCCESS &&
	       type(&people->hotp, ++people->counter) == PAM_SUCCESS &&
	       !has_logged("older copy");
}

static bool
restore(
    struct people *people, struct real_daemon *daemon, const struct way *way)
{
	bool well = true;

	go_on(people, 90);
	real_stop(daemon);
	make_session(people->now_unix_s);
	*daemon = real_start(false);
	real_check(count_sessions() == 1);
	if (way->copy)
		run(way->copy);
	else
		save_backup(REAL_FOLDER "/backup");
	real_check(type(&people->totp, people->now_unix_s) == PAM_SUCCESS);
	real_check(type(&people->totp, people->now_unix_s + 30) == PAM_SUCCESS);
	real_check(type(&people->hotp, ++people->counter) == PAM_SUCCESS);
	real_stop(daemon);
	run(way->put_back);
	run(": >log");
	*daemon = real_start(false);

	well &= type(&people->totp, people->now_unix_s) == PAM_AUTH_ERR;
	well &= type(&people->totp, people->now_unix_s + 30) == PAM_AUTH_ERR;
	well &= type(&people->hotp, people->counter) == PAM_AUTH_ERR;
	well &= has_logged("older copy") && count_sessions() == 0;
	/* The step after the window is good again, and so it goes on. */
	go_on(people, 30);
	well &= type(&people->totp, people->now_unix_s + 30) == PAM_SUCCESS;
	people->counter += 10;
	well &= type(&people->hotp, people->counter) == PAM_SUCCESS;
	run(": >log");
	return well;
}

int
main(void)
{
	const size_t count = sizeof(ways) / sizeof(ways[0]);
	struct people people = {.now_unix_s = START};
	struct real_daemon daemon;
	unsigned number = 0;
	int well = 1;

	real_plan(count + 2);
	real_make_place("resourceType: AuthConfig\nid: app\n"
			"twoFactor: {validPastTokensCount: 1}\n");
	real_set_clock(START);
	daemon = real_start(false);
	people.totp = real_enrol(TOTP, false, START);
	people.hotp = real_enrol(HOTP, true, START);
	well &= real_report(&number, restart(&people, &daemon),
	    "a restart, or kill -9, is not taken for it");
	for (size_t i = 0; i < count; i++) {
		char name[80];

		(void)snprintf(name, sizeof(name),
		    "after %s is put back no used code is good", ways[i].name);
		well &= real_report(
		    &number, restore(&people, &daemon, &ways[i]), name);
	}
	real_stop(&daemon);
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	secret_free(people.totp.key);
	secret_free(people.hotp.key);
	return well ? 0 : 1;
}
