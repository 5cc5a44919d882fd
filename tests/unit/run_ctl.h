/* Running authboxctl inside a test, against a script. After cmocka.h. */
#ifndef UNIT_RUN_CTL_H
#define UNIT_RUN_CTL_H

#include <fcntl.h>

#include "authboxctl/ctl.h"
#include "fake_daemon.h"

#define WORDS_MAX 12

#define CALL(method, parameters)                                               \
	"{\"method\":\"io.authbox." method "\",\"parameters\":" parameters "}"
#define BARE(method)	  "{\"method\":\"io.authbox." method "\"}"
#define REPLY(parameters) "{\"parameters\":" parameters "}"
#define ERROR(name, parameters)                                                \
	"{\"error\":\"io.authbox." name "\",\"parameters\":" parameters "}"

/* What a script replies again and again. */
#define NEW_DEVICE                                                             \
	"{\"uri\":\"otpauth://totp/Demo:alice?secret=ABCDEFGHIJKLMN"           \
	"OPQRSTUVWXYZ234567&issuer=Demo\",\"secret\":\"ABCDEFGHIJK"            \
	"LMNOPQRSTUVWXYZ234567\",\"device\":\"default\"}"
#define WRONG                                                                  \
	ERROR("TwoFactor.WrongToken",                                          \
	    "{\"reason\":\"wrong_token\",\"message\":\"The code is "           \
	    "wrong.\"}")
#define CODES                                                                  \
	"\"recoveryCodes\":[\"AAAA-BBBB-CCCC-DDDD\",\"EEEE-FFFF-GG"            \
	"GG-HHHH\",\"IIII-JJJJ-KKKK-LLLL\"]"

struct run {
	int status;
	char *out, *err;
};

static inline void
run_done(struct run *run)
{
	free(run->out);
	free(run->err);
}

/* Words separated by blanks; `input` is standard input, NULL: /dev/null. */
static inline void
run_words(
    struct run *run, const char *socket, const char *words, const char *input)
{
	char copy[512], *argv[WORDS_MAX + 2] = {NULL}, *rest = copy;
	size_t out_size, err_size;
	FILE *out = open_memstream(&run->out, &out_size);
	FILE *err = open_memstream(&run->err, &err_size);
	int argc = 0, fds[2];
	char option[] = "--socket";
	char path[128];

	(void)snprintf(copy, sizeof(copy), "%s", words);
	(void)snprintf(path, sizeof(path), "%s", socket);
	argv[argc++] = option;
	argv[argc++] = path;
	while (argc < WORDS_MAX && (argv[argc] = strsep(&rest, " ")))
		argc++;
	assert_int_equal(pipe(fds), 0);
	if (input) {
		assert_int_equal(
		    write(fds[1], input, strlen(input)), (int)strlen(input));
	} else {
		(void)close(fds[0]);
		fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	(void)close(fds[1]);
	run->status = ctl_run(argc, argv, fds[0], out, err);
	(void)close(fds[0]);
	(void)fclose(out);
	(void)fclose(err);
}

/* The same against a script, which must be played to its end. */
static inline void
run_script(struct run *run, const struct fake_daemon_step *steps,
    const char *words, const char *input)
{
	struct fake_daemon fake;
	const char *wrong;

	assert_int_equal(fake_daemon_init(&fake, steps), 0);
	run_words(run, fake.path, words, input);
	wrong = fake_daemon_done(&fake);
	if (wrong)
		fail_msg("%s: %s\n%s%s", words, wrong, run->out, run->err);
}

static inline void
assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void
assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

#endif
