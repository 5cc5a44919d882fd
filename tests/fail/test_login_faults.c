/*
 * One login through the daemon (auth, then account) and one call of its API,
 * while each allocation and each call to the kernel that serving them makes
 * goes wrong: one alone, and all from one on. Whatever comes of it:
 *
 * - nobody is let in who would not be without the fault;
 * - a code that let somebody in is not good again;
 * - a guess that was called wrong is counted;
 * - the same daemon serves the next right login;
 * - no descriptor and no memory is lost.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include "tests/harness/faults.h"
#include "tests/unit/login_stage.h"

#include "api/api.h"
#include "base/log.h"
#include "factor/recovery.h"
#include "tests/harness/pam_peer.h"
#include "wire/listener.h"
#include "wire/varlink_client.h"

#include <openssl/crypto.h>

#define SERVICE	     "sshd"
#define ADDRESS	     "192.0.2.7"
#define CALLS_MAX    3000 /* of one kind, in one play */
#define SECURE_BYTES 1048576
#define DESCRIPTORS  128
#define BETWEEN_S    (2 * 86400) /* no budget is used up */

/* root and daemon are in every passwd(5). */
#define PERSON	   "root"
#define PERSON_UID 0
#define OTHER	   "daemon"
#define OTHER_UID  1

/* ---- what was written down ---- */

static struct {
	unsigned records;
	char reason[64]; /* of the last one */
} audit;

void
log_line(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

void
log_set_debug(bool debug)
{
	(void)debug;
}

bool
log_is_debug(void)
{
	return false;
}

void
log_record(const struct iovec fields[], size_t count)
{
	static const char name[] = "AUTHBOX_REASON=";
	const size_t size = sizeof(name) - 1;

	audit.records++;
	for (size_t i = 0; i < count; i++)
		if (fields[i].iov_len > size &&
		    strncmp(fields[i].iov_base, name, size) == 0)
			(void)snprintf(audit.reason, sizeof(audit.reason),
			    "%.*s", (int)(fields[i].iov_len - size),
			    (const char *)fields[i].iov_base + size);
}

/* ---- a daemon that serves under a plan ---- */

struct serving {
	struct connection connection;
	void (*serve)(const struct connection *connection);
	struct fault_plan *plan;
};

static void *
serve(void *context)
{
	const struct serving *serving = context;

	faults_begin(serving->plan);
	serving->serve(&serving->connection);
	faults_end();
	(void)close(serving->connection.fd);
	return NULL;
}

static int
connect_to(struct stage *stage, struct fault_plan *plan,
    void (*how)(const struct connection *), struct serving *ret_serving,
    pthread_t *ret_thread)
{
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	*ret_serving = (struct serving){
	    .connection = {.fd = pair[1], .context = &stage->daemon},
	    .serve = how,
	    .plan = plan,
	};
	assert_int_equal(
	    pthread_create(ret_thread, NULL, serve, ret_serving), 0);
	return pair[0];
}

/* ---- scenes ---- */

/* In place of answers: the code of now, one that is wrong, the code of the key
 * that is shown, a recovery code. */
#define RIGHT	 "right"
#define WRONG	 "wrong"
#define SHOWN	 "shown"
#define RECOVERY "recovery"

/* One of those that make_recovery_codes() made last. */
static char recovery_code[RECOVERY_TEXT_BYTES];

struct scene {
	const char *name;
	const char *yaml; /* NULL: an AuthConfig of nothing */
	const char *user;
	uid_t uid;
	enum pam_stage stage; /* 0: auth, and account when that allowed */
	uint32_t flags;
	const char *rhost;
	user_record_decide *prepare; /* the user's record, before each play */
	const char *answers[3];
	int expected; /* verdict without faults */
};

struct playing {
	const struct scene *scene;
	char code[OTP_DIGITS_MAX + 1];
};

static const char *
answer_scene(void *context, const struct pam_peer *peer)
{
	struct playing *playing = context;
	const char *answer = playing->scene->answers[peer->asked - 1];
	const char *link = strstr(peer->shown, "secret=");
	AUTO(secret) key = NULL;
	char text[65];

	if (!answer)
		return NULL;
	if (streq(answer, RIGHT))
		return stage_code(0);
	if (streq(answer, WRONG))
		return stage_code(1000);
	if (streq(answer, RECOVERY))
		return recovery_code;
	if (!streq(answer, SHOWN))
		return answer;
	if (!link || sscanf(link, "secret=%64[A-Z2-7]", text) != 1 ||
	    base32_decode(text, &key) < 0)
		return NULL;
	assert_int_equal(otp_code(key, OTP_SHA1, 6,
			     otp_step(stage_now_unix_s, 30), playing->code),
	    0);
	return playing->code;
}

static int
play_stage(struct stage *stage, const struct login_request *request,
    struct playing *playing, struct fault_plan *plan, struct pam_peer *peer)
{
	struct serving serving;
	pthread_t thread;
	int verdict;

	*peer = (struct pam_peer){.fd = -1};
	audit.records = 0;
	audit.reason[0] = '\0';
	peer->fd = connect_to(stage, plan, login_serve, &serving, &thread);
	verdict = pam_peer_play(peer, request, answer_scene, playing);
	(void)close(peer->fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	/* Exactly one record of each decision that was told. */
	assert_true(audit.records <= 1);
	assert_true(verdict < 0 || audit.records == 1);
	return verdict;
}

/* What the module would make of both stages: ALLOW only when both allow. */
static int
play(struct stage *stage, const struct scene *scene, struct fault_plan *plan)
{
	struct playing playing = {.scene = scene};
	struct login_request request = {
	    .stage = scene->stage ? scene->stage : PAM_STAGE_AUTH,
	    .factor = "totp",
	    .service = SERVICE,
	    .flags = scene->flags,
	    .tries = 1,
	};
	struct pam_peer peer;
	int verdict;

	(void)strcpy(request.user, scene->user);
	(void)strcpy(request.rhost, scene->rhost ? scene->rhost : "");
	verdict = play_stage(stage, &request, &playing, plan, &peer);
	if (verdict != VERDICT_ALLOW || scene->stage == PAM_STAGE_ACCOUNT)
		return verdict;

	assert_string_equal(peer.user, scene->user);
	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, peer.reference);
	return play_stage(stage, &request, &playing, plan, &peer);
}

/* ---- what the user's record is before each play ---- */

static int
forget(void *context, struct user_record *record, bool clock_is_behind)
{
	(void)context, (void)clock_is_behind;
	while (record->device_count > 0)
		user_record_remove_device(record, &record->devices[0]);
	record->recovery_count = 0;
	return 1;
}

static int
add_device(void *context, struct user_record *record, bool clock_is_behind)
{
	return record->device_count == 0
		   ? stage_add_device(context, record, clock_is_behind)
		   : 0;
}

static int
make_recovery_codes(
    void *context, struct user_record *record, bool clock_is_behind)
{
	struct stage *stage = context;
	AUTO(secret) key = NULL;
	AUTO(secret) codes = NULL;

	(void)clock_is_behind;
	if (store_derive_key(stage->daemon.store, "recovery", &key) < 0 ||
	    recovery_make(record, key, &codes) < 0)
		return -ENOMEM;
	(void)strcpy(recovery_code, codes->bytes);
	return 1;
}

static int
remember_address(
    void *context, struct user_record *record, bool clock_is_behind)
{
	(void)context, (void)clock_is_behind;
	record->address_count = 1;
	record->addresses[0] = (struct address){.text = ADDRESS,
	    .success_unix_s = stage_now_unix_s,
	    .remember_unix_s = stage_now_unix_s + 3600};
	return 1;
}

static int
deliver_codes(void *context, struct user_record *record, bool clock_is_behind)
{
	(void)context, (void)clock_is_behind;
	(void)strcpy(record->devices[0].transport, "sms");
	return 1;
}

/* ---- what must hold afterwards ---- */

static size_t
open_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* The webhook threads open and close theirs as they like. */
static void
assert_descriptors(size_t expected)
{
	int64_t deadline_ms = stream_now_ms() + PAM_PEER_MS;

	while (open_descriptors() != expected && stream_now_ms() < deadline_ms)
		(void)sched_yield();
	assert_int_equal(open_descriptors(), expected);
}

static struct user_record *
load_record(struct stage *stage, const struct scene *scene)
{
	struct user_record *record = NULL;
	AUTO(secret) value = NULL;
	char key[LOGIN_KEY_BYTES];

	user_record_key(scene->user, key);
	if (store_get(stage->daemon.store, key, &value) > 0)
		assert_int_equal(
		    user_record_parse(value, scene->user, scene->uid, &record),
		    1);
	return record;
}

static size_t
failures_now(const struct user_record *record)
{
	size_t count = 0;

	for (size_t i = 0; record && i < record->throttle.failure_count; i++)
		count +=
		    record->throttle.failures[i].unix_s == stage_now_unix_s;
	return count;
}

static void
prepare(struct stage *stage, const struct scene *scene)
{
	char key[LOGIN_KEY_BYTES];

	if (!scene->prepare)
		return;
	user_record_key(scene->user, key);
	assert_int_equal(
	    user_record_update(stage->daemon.store, key, scene->user,
		scene->uid, stage_now_unix_s, scene->prepare, stage),
	    0);
}

static const struct scene next_login = {
    .name = "the next login",
    .user = PERSON,
    .answers = {RIGHT},
    .expected = VERDICT_ALLOW,
};

/* The admin must not look for the fault in the wrong place. */
static void
assert_reason(const struct fault_plan *plan, int verdict)
{
	if (plan->kind == FAULT_NSS && verdict == VERDICT_UNAVAILABLE)
		assert_string_equal(audit.reason, "nss-unavailable");
	if (plan->kind == FAULT_SEND || plan->kind == FAULT_RECEIVE ||
	    plan->kind == FAULT_POLL)
		assert_null(strstr(audit.reason, "store"));
}

/* Play a scene under a plan, and look at what it left behind. */
static void
play_and_check(
    struct stage *stage, const struct scene *scene, struct fault_plan *plan)
{
	size_t descriptors = open_descriptors();
	struct scene again = *scene;
	int verdict;

	stage_now_unix_s += BETWEEN_S;
	prepare(stage, scene);
	verdict = play(stage, scene, plan);
	if (pam_peer_is_let_in(verdict) && verdict != scene->expected)
		fail_msg("%s: verdict %d, %d without faults", scene->name,
		    verdict, scene->expected);
	assert_reason(plan, verdict);
	assert_descriptors(descriptors);
	if (streq(audit.reason, "wrong-code") &&
	    streq(scene->answers[0], WRONG)) {
		AUTO(user_record) record = load_record(stage, scene);

		assert_int_equal(failures_now(record), 1);
	}
	if (verdict == VERDICT_ALLOW && scene->answers[0]) {
		AUTO(user_record) record = load_record(stage, scene);

		/* What was made in the dialogue is there, … */
		assert_true(user_record_is_enrolled(record));
		/* … and what was spent is spent. */
		again.rhost = NULL;
		again.answers[0] = streq(scene->answers[0], SHOWN)
				       ? "000000"
				       : scene->answers[0];
		assert_false(pam_peer_is_let_in(play(stage, &again, NULL)));
	}
	stage_now_unix_s += BETWEEN_S;
	verdict = play(stage, &next_login, NULL);
	if (verdict != VERDICT_ALLOW)
		fail_msg("%s: the next login gets %d, %s", scene->name, verdict,
		    audit.reason);
}

static const struct {
	enum fault_kind kind;
	const char *name;
	int error;
	bool alone, from_then_on;
} faults[] = {
    {FAULT_MEMORY, "memory", ENOMEM, true, true},
    {FAULT_READ, "read", EIO, true, true},
    {FAULT_READ, "read", EINTR, true, false},
    {FAULT_READ, "read", EAGAIN, true, false},
    {FAULT_READ, "read", FAULT_SHORT, true, true},
    {FAULT_WRITE, "write", EIO, true, true},
    {FAULT_WRITE, "write", ENOSPC, true, true},
    {FAULT_WRITE, "write", EINTR, true, false},
    {FAULT_WRITE, "write", FAULT_SHORT, true, true},
    {FAULT_SYNC, "sync", EIO, true, true},
    {FAULT_SYNC, "sync", ENOSPC, true, true},
    {FAULT_SYNC, "sync", EINTR, true, false},
    {FAULT_OPEN, "open", EMFILE, true, true},
    {FAULT_OPEN, "open", EINTR, true, false},
    {FAULT_LOCK, "lock", ENOLCK, true, false},
    {FAULT_LOCK, "lock", EAGAIN, true, false},
    {FAULT_RECEIVE, "receive", ECONNRESET, true, true},
    {FAULT_RECEIVE, "receive", ENOMEM, true, true},
    {FAULT_RECEIVE, "receive", EINTR, true, false},
    {FAULT_RECEIVE, "receive", EAGAIN, true, false},
    {FAULT_RECEIVE, "receive", FAULT_SHORT, true, true},
    {FAULT_SEND, "send", EPIPE, true, true},
    {FAULT_SEND, "send", ENOBUFS, true, true},
    {FAULT_SEND, "send", EINTR, true, false},
    {FAULT_SEND, "send", EAGAIN, true, false},
    {FAULT_SEND, "send", FAULT_SHORT, true, true},
    {FAULT_POLL, "poll", ENOMEM, true, true},
    {FAULT_POLL, "poll", EINTR, true, false},
    {FAULT_RANDOM, "random", EIO, true, true},
    {FAULT_RANDOM, "random", EINTR, true, false},
    {FAULT_RANDOM, "random", FAULT_SHORT, true, true},
    {FAULT_NSS, "look-up", EIO, true, true},
    {FAULT_NSS, "look-up", EAGAIN, true, true},
    {FAULT_NSS, "look-up", ENOMEM, true, true},
    {FAULT_NSS, "look-up", FAULT_SHORT, true, true},
};

/* Returns how many calls went wrong in turn. */
static unsigned
play_with_each(
    struct stage *stage, const struct scene *scene, size_t fault, bool stays)
{
	struct fault_plan plan;
	unsigned at = 0;

	do {
		plan = (struct fault_plan){
		    faults[fault].kind, faults[fault].error, ++at, stays, 0};
		play_and_check(stage, scene, &plan);
	} while (plan.calls >= at && at < CALLS_MAX);
	assert_in_range(at, 1, CALLS_MAX - 1);
	return at - 1;
}

static void
play_with_all(struct stage *stage, const struct scene *scene)
{
	AUTO_TEXT report = NULL;
	unsigned played = 0;

	stage_write_config(stage,
	    scene->yaml ? scene->yaml : "resourceType: AuthConfig\nid: app\n");
	/* As it should be; also what is made once is made now. */
	for (int i = 0; i < 2; i++) {
		stage_now_unix_s += BETWEEN_S;
		prepare(stage, scene);
		assert_int_equal(play(stage, scene, NULL), scene->expected);
	}
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].alone)
			played += play_with_each(stage, scene, i, false);
		if (faults[i].from_then_on)
			played += play_with_each(stage, scene, i, true);
	}
	print_message(
	    "# %s: %u calls went wrong in turn\n", scene->name, played);
	assert_int_equal(store_check(stage->daemon.store, &report), 0);
}

/* ---- a call of the API ---- */

/* 1: done; 0: refused; < 0: no reply came. */
static int
call(struct stage *stage, const char *code, struct fault_plan *plan)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	struct varlink_client client = {.fd = -1};
	struct varlink_reply reply = {0};
	struct serving serving;
	pthread_t thread;
	int r;

	(void)cJSON_AddStringToObject(parameters, "code", code);
	client.fd = connect_to(stage, plan, api_serve, &serving, &thread);
	r = varlink_client_call(&client, "io.authbox.TwoFactor.Disable",
	    parameters, false, stream_now_ms() + PAM_PEER_MS, &reply);
	varlink_client_done(&client);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (r == 0)
		r = reply.error == NULL;
	varlink_reply_done(&reply);
	return r;
}

static void
call_and_check(struct stage *stage, bool is_right, struct fault_plan *plan)
{
	static const struct scene person = {
	    .user = PERSON, .prepare = add_device};
	size_t descriptors = open_descriptors();
	AUTO(user_record) record = NULL;
	char code[OTP_DIGITS_MAX + 1];
	int r;

	stage_now_unix_s += BETWEEN_S;
	prepare(stage, &person);
	(void)strcpy(code, stage_code(is_right ? 0 : 1000));
	r = call(stage, code, plan);
	assert_descriptors(descriptors);
	record = load_record(stage, &person);
	assert_true(r <= 0 || is_right);
	assert_true(is_right || user_record_is_enrolled(record));
	assert_true(r <= 0 || !user_record_is_enrolled(record));
	/* What was done although nobody was told is done for good. */
	prepare(stage, &person);
	stage_now_unix_s += BETWEEN_S;
	assert_int_equal(play(stage, &next_login, NULL), VERDICT_ALLOW);
}

static unsigned
call_with_each(struct stage *stage, bool is_right, size_t fault, bool stays)
{
	struct fault_plan plan;
	unsigned at = 0;

	do {
		plan = (struct fault_plan){
		    faults[fault].kind, faults[fault].error, ++at, stays, 0};
		call_and_check(stage, is_right, &plan);
	} while (plan.calls >= at && at < CALLS_MAX);
	assert_in_range(at, 1, CALLS_MAX - 1);
	return at - 1;
}

static void
call_with_all(struct stage *stage, bool is_right)
{
	unsigned called = 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].alone)
			called += call_with_each(stage, is_right, i, false);
		if (faults[i].from_then_on)
			called += call_with_each(stage, is_right, i, true);
	}
	print_message("# %u calls went wrong in turn\n", called);
}

static void
switching_off_with_a_right_code(void **state)
{
	call_with_all(*state, true);
}

static void
switching_off_with_a_wrong_code(void **state)
{
	call_with_all(*state, false);
}

/* ---- the scenes ---- */

#define APP	      "resourceType: AuthConfig\nid: app\n"
#define INACTIVE      APP "---\nresourceType: User\nid: " OTHER "\ninactive: true\n"
#define REMEMBER      APP "twoFactor: {remember: 8h}\n"
#define DELIVER	      APP "twoFactor:\n  webhook: {endpoint: 'http://127.0.0.1:9/'}\n"
#define EXEMPT(group) APP "twoFactor:\n  exempt:\n  - {group: " group "}\n"

#define SCENE(title, ...)                                                      \
	static void title(void **state)                                        \
	{                                                                      \
		const struct scene scene = {.name = #title, __VA_ARGS__};      \
                                                                               \
		play_with_all(*state, &scene);                                 \
	}

/* clang-format off */
SCENE(a_right_code,
    .user = PERSON, .answers = {RIGHT}, .expected = VERDICT_ALLOW)
SCENE(a_wrong_code,
    .user = PERSON, .answers = {WRONG}, .expected = VERDICT_DENY)
SCENE(a_wrong_code_where_others_are_passed_over,
    .user = PERSON, .flags = PAM_BEGIN_UNMANAGED_IGNORE,
    .answers = {WRONG}, .expected = VERDICT_DENY)
SCENE(a_right_code_of_an_inactive_person, .yaml = INACTIVE,
    .user = OTHER, .uid = OTHER_UID, .prepare = add_device, .answers = {RIGHT}, .expected = VERDICT_FORBIDDEN)
SCENE(a_person_without_a_device_who_is_passed_over,
    .user = OTHER, .uid = OTHER_UID, .flags = PAM_BEGIN_UNMANAGED_IGNORE,
    .expected = VERDICT_UNMANAGED)
SCENE(a_name_that_nobody_has,
    .user = "no-such-user-here", .uid = (uid_t)-1,
    .flags = PAM_BEGIN_UNMANAGED_IGNORE,
    .answers = {WRONG}, .expected = VERDICT_DENY)
SCENE(a_remembered_address, .yaml = REMEMBER,
    .user = PERSON, .rhost = ADDRESS, .prepare = remember_address,
    .expected = VERDICT_EXEMPT)
SCENE(a_wrong_code_from_another_address, .yaml = REMEMBER,
    .user = PERSON, .rhost = "192.0.2.8", .prepare = remember_address,
    .answers = {WRONG}, .expected = VERDICT_DENY)
SCENE(a_right_code_that_makes_an_address_remembered, .yaml = REMEMBER,
    .user = PERSON, .rhost = "192.0.2.9", .answers = {RIGHT},
    .expected = VERDICT_ALLOW)
SCENE(a_member_of_an_exempt_group, .yaml = EXEMPT("daemon"),
    .user = OTHER, .uid = OTHER_UID, .expected = VERDICT_EXEMPT)
SCENE(a_wrong_code_of_no_member, .yaml = EXEMPT("daemon"),
    .user = PERSON, .answers = {WRONG}, .expected = VERDICT_DENY)
SCENE(a_recovery_code,
    .user = PERSON, .prepare = make_recovery_codes, .answers = {RECOVERY},
    .expected = VERDICT_ALLOW)
SCENE(a_wrong_recovery_code,
    .user = PERSON, .prepare = make_recovery_codes,
    .answers = {"AAAA-AAAA-AAAA-AAAA"}, .expected = VERDICT_DENY)
SCENE(a_wrong_code_that_was_to_be_delivered, .yaml = DELIVER,
    .user = PERSON, .prepare = deliver_codes, .answers = {WRONG},
    .expected = VERDICT_DENY)
SCENE(an_enrolment_in_the_dialogue,
    .user = OTHER, .uid = OTHER_UID, .flags = PAM_BEGIN_ENROL,
    .prepare = forget, .answers = {SHOWN, ""}, .expected = VERDICT_ALLOW)
SCENE(an_account_stage_of_its_own,
    .user = PERSON, .stage = PAM_STAGE_ACCOUNT, .expected = VERDICT_ALLOW)
SCENE(an_account_stage_of_an_inactive_person, .yaml = INACTIVE,
    .user = OTHER, .uid = OTHER_UID, .stage = PAM_STAGE_ACCOUNT,
    .expected = VERDICT_FORBIDDEN)
SCENE(an_account_stage_where_others_are_passed_over,
    .user = PERSON, .stage = PAM_STAGE_ACCOUNT,
    .flags = PAM_BEGIN_UNMANAGED_IGNORE, .expected = VERDICT_ALLOW)
/* clang-format on */

static int
set_up(void **state)
{
	if (stage_set_up(state) < 0)
		return -1;
	stage_enrol(*state, PERSON, PERSON_UID);
	return 0;
}

static int
tear_down(void **state)
{
	int r = stage_tear_down(state);

	return CRYPTO_secure_used() == 0 ? r : -1;
}

static int
make_secure_heap(void **state)
{
	(void)state;
	return CRYPTO_secure_malloc_init(SECURE_BYTES, 32) == 1 ? 0 : -1;
}

#define PLAYED(scene) cmocka_unit_test_setup_teardown(scene, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLAYED(a_right_code),
	    PLAYED(a_wrong_code),
	    PLAYED(a_wrong_code_where_others_are_passed_over),
	    PLAYED(a_right_code_of_an_inactive_person),
	    PLAYED(a_person_without_a_device_who_is_passed_over),
	    PLAYED(a_name_that_nobody_has),
	    PLAYED(a_remembered_address),
	    PLAYED(a_wrong_code_from_another_address),
	    PLAYED(a_right_code_that_makes_an_address_remembered),
	    PLAYED(a_member_of_an_exempt_group),
	    PLAYED(a_wrong_code_of_no_member),
	    PLAYED(a_recovery_code),
	    PLAYED(a_wrong_recovery_code),
	    PLAYED(a_wrong_code_that_was_to_be_delivered),
	    PLAYED(an_enrolment_in_the_dialogue),
	    PLAYED(an_account_stage_of_its_own),
	    PLAYED(an_account_stage_of_an_inactive_person),
	    PLAYED(an_account_stage_where_others_are_passed_over),
	    PLAYED(switching_off_with_a_right_code),
	    PLAYED(switching_off_with_a_wrong_code),
	};

	return cmocka_run_group_tests(tests, make_secure_heap, NULL);
}
