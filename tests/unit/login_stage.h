/*
 * A daemon in folders of its own, without sockets, and PAM stages played
 * against it by a script: for tests that include this once.
 */
#ifndef LOGIN_STAGE_H
#define LOGIN_STAGE_H

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/base32.h"
#include "base/clock.h"
#include "base/text.h"
#include "daemon.h"
#include "factor/otp.h"
#include "login/login.h"
#include "login/pending.h"
#include "store/store.h"
#include "users/user_record.h"
#include "users/user_record_update.h"
#include "wire/stream.h"

#define START_UNIX_S INT64_C(1800000000) /* begins a step of 30 s */
#define TEXT_MAX     8192

/* The program's clock, see base/clock.h: these take its place. */
static _Atomic int64_t stage_now_unix_s = START_UNIX_S;

int64_t
clock_unix_s(void)
{
	return stage_now_unix_s;
}

/* Goes on by itself too: threads wait by it. */
int64_t
clock_monotonic_ms(void)
{
	return stream_now_ms() + (stage_now_unix_s - START_UNIX_S) * 1000;
}

struct stage {
	char folder[48], config_dir[64], state_dir[64], key_dir[64];
	struct daemon daemon;
};

/* Answers that depend on what was shown: the code of the key in the link. */
#define STAGE_SHOWN_CODE "@code"

/* What the person types, one after the other; NULL ends it and cancels. */
struct script {
	const char *const *answers;
	bool is_decoy;
	struct stage *stage;
	size_t asked;
	char shown[TEXT_MAX]; /* all texts and prompts */
};

static void
code_of_shown_key(const struct script *script, char *ret_code)
{
	const char *link = strstr(script->shown, "secret=");
	AUTO(secret) key = NULL;
	char text[OTP_KEY_BYTES_MAX];

	assert_non_null(link);
	assert_int_equal(sscanf(link, "secret=%64[A-Z2-7]", text), 1);
	assert_int_equal(base32_decode(text, &key), 0);
	assert_int_equal(otp_code(key, OTP_SHA1, 6,
			     otp_step(stage_now_unix_s, 30), ret_code),
	    0);
}

/* What happens while the person reads, once; a test's to set, NULL: nothing. */
static void (*stage_meanwhile)(struct stage *stage);

static void
run_meanwhile(struct stage *stage)
{
	void (*meanwhile)(struct stage * stage) = stage_meanwhile;

	if (!meanwhile)
		return;
	stage_meanwhile = NULL;
	meanwhile(stage);
}

static int
script_ask(void *context, const struct dialogue_question *question,
    struct dialogue_answer *ret_answer)
{
	struct script *script = context;
	const char *answer = script->answers[script->asked];
	size_t used = strlen(script->shown);
	char code[OTP_DIGITS_MAX + 1];

	for (size_t i = 0; i < question->text_count; i++)
		used += (size_t)snprintf(script->shown + used, TEXT_MAX - used,
		    "%s\n", question->texts[i].text);
	(void)snprintf(
	    script->shown + used, TEXT_MAX - used, "%s\n", question->prompt);
	run_meanwhile(script->stage);
	if (!answer)
		return -ECANCELED;
	script->asked++;
	if (streq(answer, STAGE_SHOWN_CODE)) {
		code_of_shown_key(script, code);
		answer = code;
	}
	ret_answer->is_decoy = script->is_decoy;
	ret_answer->text = secret_copy(answer, strlen(answer));
	return ret_answer->text ? 0 : -ENOMEM;
}

static void
stage_write_config(struct stage *stage, const char *yaml)
{
	struct config_report report = {0};
	char path[96];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/app.yaml", stage->config_dir);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fputs(yaml, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
	if (!stage->daemon.config_dir)
		return;
	assert_int_equal(daemon_reload(&stage->daemon, &report), 0);
	config_report_done(&report);
}

static int
stage_set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	if (!stage)
		return -1;
	stage_now_unix_s = START_UNIX_S;
	(void)strcpy(stage->folder, "/tmp/test-login-XXXXXX");
	if (!mkdtemp(stage->folder))
		return -1;
	(void)sprintf(stage->config_dir, "%s/etc", stage->folder);
	(void)sprintf(stage->state_dir, "%s/state", stage->folder);
	(void)sprintf(stage->key_dir, "%s/key", stage->folder);
	if (mkdir(stage->config_dir, 0700) < 0 ||
	    mkdir(stage->state_dir, 0700) < 0 ||
	    mkdir(stage->key_dir, 0700) < 0)
		return -1;
	stage_write_config(stage, "resourceType: AuthConfig\nid: app\n");
	stage->daemon.config_dir = stage->config_dir;
	stage->daemon.state_dir = stage->state_dir;
	stage->daemon.runtime_dir = stage->folder;
	*state = stage;
	return daemon_init(&stage->daemon, stage->key_dir);
}

static int
stage_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int
stage_tear_down(void **state)
{
	struct stage *stage = *state;

	daemon_done(&stage->daemon, 0);
	(void)nftw(stage->folder, stage_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(stage);
	return 0;
}

/* ---- a user with a device ---- */

#define STAGE_KEY "12345678901234567890"

static int
stage_add_device(
    void *context, struct user_record *record, bool clock_is_behind)
{
	struct device *device = &record->devices[record->device_count++];

	(void)context, (void)clock_is_behind;
	(void)strcpy(device->name, "phone");
	device->digits = 6;
	device->period_s = 30;
	device->enabled = true;
	device->created_unix_s = stage_now_unix_s;
	device->key = secret_copy(STAGE_KEY, strlen(STAGE_KEY));
	return device->key ? 1 : -ENOMEM;
}

__attribute__((unused)) static void
stage_enrol(struct stage *stage, const char *user, uid_t uid)
{
	char key[LOGIN_KEY_BYTES];

	user_record_key(user, key);
	assert_int_equal(user_record_update(stage->daemon.store, key, user, uid,
			     stage_now_unix_s, stage_add_device, NULL),
	    0);
}

/* The device's code `steps` from now; static, good until the next call. */
__attribute__((unused)) static const char *
stage_code(int steps)
{
	static char code[OTP_DIGITS_MAX + 1];
	AUTO(secret) key = secret_copy(STAGE_KEY, strlen(STAGE_KEY));
	uint64_t step =
	    otp_step(stage_now_unix_s, 30) + (uint64_t)(int64_t)steps;

	assert_int_equal(otp_code(key, OTP_SHA1, 6, step, code), 0);
	return code;
}

/* ---- names that nobody has ---- */

static void
stage_bucket(
    struct stage *stage, const char *name, char ret_key[LOGIN_KEY_BYTES])
{
	struct login_request request = {0};
	struct login login = {.daemon = &stage->daemon, .request = &request};
	AUTO(user_record) record = NULL;

	(void)strcpy(request.user, name);
	assert_int_equal(login_load_record(&login, ret_key, &record), 0);
}

/* One whose guesses are counted apart from those at `others`, ended by NULL:
 * names share buckets by chance. Static. */
__attribute__((unused)) static const char *
stage_stranger(struct stage *stage, const char *const others[])
{
	char mine[LOGIN_KEY_BYTES], other[LOGIN_KEY_BYTES];
	static char name[32];

	for (unsigned n = 0;; n++) {
		bool apart = true;

		(void)snprintf(name, sizeof(name), "no-such-user-%u", n);
		stage_bucket(stage, name, mine);
		for (size_t i = 0; others[i]; i++) {
			stage_bucket(stage, others[i], other);
			apart = apart && !streq(mine, other);
		}
		if (apart)
			return name;
	}
}

/* ---- one stage ---- */

struct played {
	enum verdict verdict;
	const char *reason;
	char text[160];
	char reference[PAM_REFERENCE_BYTES + 1]; /* "" when not allowed */
	struct script script;
};

/* `request` is completed with stage, service, factor and tries where they are
 * not set. */
__attribute__((unused)) static struct played
stage_play(struct stage *stage, struct login_request *request, uid_t peer_uid,
    const char *const answers[])
{
	static const char *const none[] = {NULL};
	struct played played = {
	    .script = {.answers = answers ? answers : none, .stage = stage}};
	struct busy_work work;
	struct login login = {
	    .daemon = &stage->daemon,
	    .request = request,
	    .peer_uid = peer_uid,
	    .work = &work,
	    .dialogue = {script_ask, &played.script},
	};

	if (!request->stage)
		request->stage = PAM_STAGE_AUTH;
	if (!request->tries)
		request->tries = 3;
	if (!request->service[0])
		(void)strcpy(request->service, "sshd");
	if (!request->factor[0])
		(void)strcpy(request->factor, "totp");
	busy_work_init(&work, -1, 5000);
	busy_enter(stage->daemon.busy, &work);
	login_run(&login);
	busy_leave(stage->daemon.busy, &work);

	played.verdict = login.result.verdict;
	played.reason = login.result.reason;
	(void)strcpy(played.text, login.result.text);
	if (login.pending) {
		(void)strcpy(played.reference, login.reference);
		pending_put(stage->daemon.pending, TAKE(login.pending));
	}
	login_done(&login);
	return played;
}

#define WITH_STAGE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, stage_set_up, stage_tear_down)

#endif
