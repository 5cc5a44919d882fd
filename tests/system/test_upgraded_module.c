/*
 * The module is replaced again and again, as dist/install does it, while people
 * log in: a right code is good all the time, a wrong one never.
 */
#include "tests/harness/real_daemon.h"

#define LOGINS	300
#define PERSON	"daemon"
#define GUESSED "bin"
#define MODULE	REAL_FOLDER "/pam_authbox.so"

/* A new file under the same name, by rename(2). */
static void
upgrade_for_ever(const char *module)
{
	char command[4400];

	(void)snprintf(command, sizeof(command),
	    "while :; do cp '%s' " MODULE ".new && mv -f " MODULE ".new " MODULE
	    "; done",
	    module);
	(void)execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

/* In a process of its own: each loads the module that is there. */
static int
log_in(const char *user, char *code)
{
	pid_t pid = fork();
	int status;

	real_check(pid >= 0);
	if (pid == 0)
		_exit(real_log_in(user, code).auth);
	real_check(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static ino_t
number_of_the_module(void)
{
	struct stat st;

	real_check(stat(MODULE, &st) == 0);
	return st.st_ino;
}

int
main(void)
{
	unsigned number = 0, refused = 0, let_in = 0, upgrades = 0;
	char module[4096], relative[2048], code[OTP_DIGITS_MAX + 1];
	const char *build = getenv("BUILD");
	struct real_daemon daemon;
	struct real_device device, other;
	ino_t now, before;
	int well = 1;
	pid_t pid;

	real_plan(4);
	(void)snprintf(relative, sizeof(relative), "%s/pam_authbox.so",
	    build ? build : "build");
	real_check(realpath(relative, module) != NULL);
	real_make_place("resourceType: AuthConfig\nid: app\n");
	real_write_file(REAL_FOLDER "/pam.d/" REAL_PAM_SERVICE,
	    "auth required " MODULE " totp tries=1 socket=" REAL_PAM_SOCKET
	    "\naccount required " MODULE " socket=" REAL_PAM_SOCKET "\n");
	daemon = real_start(false);
	device = real_enrol(PERSON, true, 0);
	other = real_enrol(GUESSED, true, 0);
	pid = fork();
	real_check(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setpgid(0, 0);
		upgrade_for_ever(module);
	}
	while (access(MODULE, F_OK) < 0)
		real_sleep_ms(5);

	before = number_of_the_module();
	for (int64_t i = 1; i <= LOGINS; i++) {
		real_code(&device, i, code);
		refused += log_in(PERSON, code) != PAM_SUCCESS;
		real_code(&other, i + 1000, code);
		let_in += log_in(GUESSED, code) == PAM_SUCCESS;
		now = number_of_the_module();
		upgrades += now != before;
		before = now;
	}
	printf("# %u of %d logins met another module\n", upgrades, LOGINS);
	(void)kill(-pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	well &= real_report(&number, upgrades > LOGINS / 4,
	    "the module was replaced meanwhile");
	well &= real_report(
	    &number, refused == 0, "a right code is good all the time");
	well &= real_report(&number, let_in == 0, "a wrong one never is");
	real_stop(&daemon);
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	secret_free(device.key);
	secret_free(other.key);
	return well ? 0 : 1;
}
