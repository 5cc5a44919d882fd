/*
 * Whole logins on a daemon with its sockets, many at once. The daemon takes
 * every peer for root, whoever runs the test, and knows persons by number.
 */
#include <assert.h>
#include <pthread.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "login_stage.h"

#include "api/api.h"
#include "factor/recovery.h"
#include "tests/harness/pam_peer.h"
#include "wire/listener.h"
#include "wire/varlink_client.h"

#define THREADS	 32
#define ROUNDS	 10
#define UID_BASE 20000
#define FREE	 6 /* wrong codes that are looked at in a row */

/* ---- what the daemon would find outside ---- */

static int
find_person(
    long number, struct passwd *entry, char *p, size_t n, struct passwd **ret)
{
	*ret = NULL;
	if (number < 0 || number >= THREADS)
		return 0;
	(void)snprintf(p, n, "person-%ld", number);
	*entry = (struct passwd){
	    .pw_name = p, .pw_uid = UID_BASE + (uid_t)number, .pw_gid = 1};
	*ret = entry;
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *p, size_t n,
    struct passwd **ret)
{
	long number = -1;

	(void)sscanf(name, "person-%ld", &number);
	return find_person(number, entry, p, n, ret);
}

int
getpwuid_r(
    uid_t uid, struct passwd *entry, char *p, size_t n, struct passwd **ret)
{
	return find_person((long)uid - UID_BASE, entry, p, n, ret);
}

int
getsockopt(int fd, int level, int option, void *ret, socklen_t *size)
{
	struct ucred *peer = ret;

	(void)fd, (void)size;
	assert(level == SOL_SOCKET && option == SO_PEERCRED);
	*peer = (struct ucred){.pid = getpid()};
	return 0;
}

/* ---- a daemon with sockets ---- */

static int
open_sockets(void **state)
{
	struct stage *stage;
	char path[80];
	int pam_fd, api_fd;

	if (stage_set_up(state) < 0)
		return -1;
	stage = *state;
	(void)snprintf(path, sizeof(path), "%s/pam.sock", stage->folder);
	if (listener_bind(path, 0600, &pam_fd) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/api.sock", stage->folder);
	if (listener_bind(path, 0600, &api_fd) < 0)
		return -1;
	return daemon_serve(&stage->daemon, pam_fd, api_fd);
}

static int
dial(const struct stage *stage, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
	    stage->folder, name);
	assert(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* ---- one of many ---- */

struct peer_thread {
	pthread_t thread;
	struct stage *stage;
	pthread_barrier_t *barrier; /* before the answer is sent */
	char user[32];
	char code[32];
	bool by_api; /* the code switches his devices off, if it is right */
	enum verdict verdict, account;
};

static const char *
answer_together(void *context, const struct pam_peer *peer)
{
	struct peer_thread *self = context;

	(void)peer;
	(void)pthread_barrier_wait(self->barrier);
	return self->code;
}

static void
run_login(struct peer_thread *self)
{
	struct login_request request = {
	    .stage = PAM_STAGE_AUTH,
	    .factor = "totp",
	    .service = "sshd",
	    .tries = 1,
	};
	struct pam_peer peer = {.fd = dial(self->stage, "pam.sock")};

	(void)strcpy(request.user, self->user);
	(void)pam_peer_play(&peer, &request, answer_together, self);
	assert(close(peer.fd) == 0);
	self->verdict = peer.verdict;
	if (peer.verdict != VERDICT_ALLOW)
		return;

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, peer.reference);
	peer = (struct pam_peer){.fd = dial(self->stage, "pam.sock")};
	(void)pam_peer_play(&peer, &request, NULL, NULL);
	assert(close(peer.fd) == 0);
	self->account = peer.verdict;
}

static void
run_call(struct peer_thread *self)
{
	struct varlink_client client = {.fd = dial(self->stage, "api.sock")};
	struct varlink_reply reply = {0};
	AUTO_JSON parameters = cJSON_CreateObject();
	int r;

	(void)cJSON_AddStringToObject(parameters, "user", self->user);
	(void)cJSON_AddStringToObject(parameters, "code", self->code);
	(void)pthread_barrier_wait(self->barrier);
	r = varlink_client_call(&client, "io.authbox.TwoFactor.Recovery",
	    parameters, false, stream_now_ms() + PAM_PEER_MS, &reply);
	assert(r == 0);
	self->verdict = self->account =
	    reply.error ? VERDICT_DENY : VERDICT_ALLOW;
	varlink_reply_done(&reply);
	varlink_client_done(&client);
}

static void *
run_thread(void *context)
{
	struct peer_thread *self = context;

	if (self->by_api)
		run_call(self);
	else
		run_login(self);
	return NULL;
}

/* Start all, let each answer when all have been asked, and wait for all.
 * Returns how many were let in. */
static size_t
run_all(struct stage *stage, struct peer_thread peers[THREADS])
{
	pthread_barrier_t barrier;
	size_t winners = 0;

	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++) {
		peers[i].stage = stage;
		peers[i].barrier = &barrier;
		assert_int_equal(pthread_create(&peers[i].thread, NULL,
				     run_thread, &peers[i]),
		    0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(peers[i].thread, NULL), 0);
		winners += peers[i].verdict == VERDICT_ALLOW;
		if (peers[i].verdict == VERDICT_ALLOW)
			assert_int_equal(peers[i].account, VERDICT_ALLOW);
	}
	assert_int_equal(pthread_barrier_destroy(&barrier), 0);
	return winners;
}

/* All are the first person, with one code. */
static void
all_type(struct peer_thread peers[THREADS], const char *code)
{
	for (size_t i = 0; i < THREADS; i++) {
		peers[i] = (struct peer_thread){.user = "person-0"};
		(void)strcpy(peers[i].code, code);
	}
}

/* ---- the tests ---- */

static void
one_code_lets_in_one_of_many(void **state)
{
	struct peer_thread peers[THREADS];
	struct stage *stage = *state;

	stage_enrol(stage, "person-0", UID_BASE);
	for (int round = 0; round < ROUNDS; round++) {
		all_type(peers, stage_code(0));
		assert_int_equal(run_all(stage, peers), 1);
		stage_now_unix_s += 30;
	}
}

static void
one_code_is_good_for_one_login_or_one_call(void **state)
{
	struct peer_thread peers[THREADS];
	struct stage *stage = *state;

	stage_enrol(stage, "person-0", UID_BASE);
	for (int round = 0; round < ROUNDS; round++) {
		all_type(peers, stage_code(0));
		for (size_t i = 0; i < THREADS; i += 2)
			peers[i].by_api = true;
		assert_int_equal(run_all(stage, peers), 1);
		stage_now_unix_s += 30;
	}
}

static int
make_recovery_codes(
    void *context, struct user_record *record, bool clock_is_behind)
{
	struct peer_thread *peers = context;
	struct store *store = peers[0].stage->daemon.store;
	AUTO(secret) key = NULL;
	AUTO(secret) codes = NULL;

	(void)clock_is_behind;
	if (store_derive_key(store, "recovery", &key) < 0 ||
	    recovery_make(record, key, &codes) < 0)
		return -ENOMEM;
	all_type(peers, codes->bytes);
	return 1;
}

static void
one_recovery_code_lets_in_one_of_many(void **state)
{
	struct peer_thread peers[THREADS] = {{.stage = *state}};
	struct stage *stage = *state;
	char key[LOGIN_KEY_BYTES];

	stage_enrol(stage, "person-0", UID_BASE);
	user_record_key("person-0", key);
	assert_int_equal(
	    user_record_update(stage->daemon.store, key, "person-0", UID_BASE,
		stage_now_unix_s, make_recovery_codes, peers),
	    0);
	assert_int_equal(run_all(stage, peers), 1);
}

static void
wrong_codes_of_many_use_up_exactly_the_free_tries(void **state)
{
	struct peer_thread peers[THREADS];
	struct stage *stage = *state;
	size_t looked_at = 0;

	stage_enrol(stage, "person-0", UID_BASE);
	all_type(peers, stage_code(1000));
	assert_int_equal(run_all(stage, peers), 0);
	for (size_t i = 0; i < THREADS; i++) {
		if (peers[i].verdict == VERDICT_DENY)
			looked_at++;
		else
			assert_int_equal(peers[i].verdict, VERDICT_TRIES_USED);
	}
	assert_int_equal(looked_at, FREE);
}

/* ---- while other things go on ---- */

struct meanwhile {
	struct stage *stage;
	_Atomic bool stop;
	unsigned times;
};

static void *
reload_again_and_again(void *context)
{
	static const char *const yaml[] = {
	    "resourceType: AuthConfig\nid: app\n"
	    "---\nresourceType: Settings\nid: s\nlog: {debug: true}\n",
	    "resourceType: AuthConfig\nid: app\ntheme: {title: Host}\n",
	};
	struct meanwhile *meanwhile = context;

	while (!meanwhile->stop)
		stage_write_config(
		    meanwhile->stage, yaml[meanwhile->times++ % 2]);
	return NULL;
}

static void *
change_the_key_again_and_again(void *context)
{
	struct meanwhile *meanwhile = context;
	uint64_t count;

	while (!meanwhile->stop) {
		assert(
		    store_rekey(meanwhile->stage->daemon.store, &count) == 0);
		meanwhile->times++;
	}
	return NULL;
}

static void *
ask_for_the_status_again_and_again(void *context)
{
	static const char *const methods[] = {"io.authbox.Daemon.Status",
	    "io.authbox.Daemon.Stats", "io.authbox.Store.Check"};
	struct meanwhile *meanwhile = context;

	while (!meanwhile->stop) {
		struct varlink_client client = {
		    .fd = dial(meanwhile->stage, "api.sock")};
		struct varlink_reply reply = {0};
		AUTO_FD junk = dial(meanwhile->stage, "api.sock");
		int r = varlink_client_call(&client,
		    methods[meanwhile->times++ % 3], NULL, false,
		    stream_now_ms() + PAM_PEER_MS, &reply);

		assert(r == 0 && !reply.error);
		varlink_reply_done(&reply);
		varlink_client_done(&client);
		/* A line of the debug log. */
		assert(write(junk, "junk", sizeof("junk")) > 0);
	}
	return NULL;
}

static void
log_in_everybody(struct stage *stage)
{
	struct peer_thread peers[THREADS];

	for (int round = 0; round < ROUNDS; round++) {
		all_type(peers, stage_code(0));
		for (size_t i = 0; i < THREADS; i++)
			(void)snprintf(peers[i].user, sizeof(peers[i].user),
			    "person-%zu", i);
		assert_int_equal(run_all(stage, peers), THREADS);
		stage_now_unix_s += 30;
	}
}

static void
everybody_is_let_in_while_other_things_go_on(void **state)
{
	void *(*const things[])(void *) = {reload_again_and_again,
	    change_the_key_again_and_again, ask_for_the_status_again_and_again};
	struct meanwhile meanwhile[3] = {
	    {.stage = *state}, {.stage = *state}, {.stage = *state}};
	struct stage *stage = *state;
	pthread_t threads[3];
	char user[32];

	for (int i = 0; i < THREADS; i++) {
		(void)snprintf(user, sizeof(user), "person-%d", i);
		stage_enrol(stage, user, UID_BASE + (uid_t)i);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, things[i], &meanwhile[i]),
		    0);
	log_in_everybody(stage);
	for (size_t i = 0; i < 3; i++) {
		meanwhile[i].stop = true;
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(meanwhile[i].times > 1);
	}
}

static void
a_daemon_that_ends_does_not_wait_for_people(void **state)
{
	struct stage *stage = *state;
	struct pam_peer *peers = calloc(THREADS, sizeof(*peers));
	struct login_request request = {
	    .stage = PAM_STAGE_AUTH,
	    .factor = "totp",
	    .service = "sshd",
	    .user = "person-0",
	    .tries = 3,
	};

	for (size_t i = 0; i < THREADS; i++) {
		peers[i].fd = dial(stage, "pam.sock");
		assert_int_equal(pam_peer_begin(&peers[i], &request), 0);
		assert_int_equal(pam_peer_wait(&peers[i]), 1);
	}
	listener_drain(stage->daemon.pam_listener, stream_now_ms() + 50);
	for (size_t i = 0; i < THREADS; i++) {
		while (pam_peer_wait(&peers[i]) > 0)
			;
		assert_int_not_equal(peers[i].verdict, VERDICT_ALLOW);
		(void)close(peers[i].fd);
	}
	free(peers);
}

#define SERVED(test)                                                           \
	cmocka_unit_test_setup_teardown(test, open_sockets, stage_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SERVED(one_code_lets_in_one_of_many),
	    SERVED(one_code_is_good_for_one_login_or_one_call),
	    SERVED(one_recovery_code_lets_in_one_of_many),
	    SERVED(wrong_codes_of_many_use_up_exactly_the_free_tries),
	    SERVED(everybody_is_let_in_while_other_things_go_on),
	    SERVED(a_daemon_that_ends_does_not_wait_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
