/* The metadata of an issuer, with an authbox-fetch that plays a script and a
 * clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "tests/harness/issuer_box.h"
#include "tests/harness/store_box.h"
#include "tests/unit/fake_fetch.h"
#include "token/discovery.h"
#include "token/refresh.h"
#include "token/renewer.h"

#define THREADS 16
#define HOUR	INT64_C(3600000)

/* In place of base/clock.c; atomic. */
static int64_t passed_ms;

int64_t
clock_monotonic_ms(void)
{
	/* That of authbox-fetch's stand-in goes on as it does. */
	return stream_now_ms() + __atomic_load_n(&passed_ms, __ATOMIC_RELAXED);
}

int64_t
clock_unix_s(void)
{
	return INT64_C(1767225600) +
	       __atomic_load_n(&passed_ms, __ATOMIC_RELAXED) / 1000;
}

static void
wait_for(int64_t ms)
{
	(void)__atomic_add_fetch(&passed_ms, ms, __ATOMIC_RELAXED);
}

#define ISSUER "https://idp.example/realm"
#define DOCUMENT(token)                                                        \
	"{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"" ISSUER token "\"}"

static char provider_id[] = "p", issuer[] = ISSUER;
static struct identity_provider providers[] = {
    {.id = provider_id, .active = true, .issuer = issuer}};

struct scene {
	struct box *box;
	struct fake_fetch fetch;
	char *script[8];
	struct config config;
	struct issuer_client *client;
	struct renewer *renewer;
	struct discovery *discovery;
};

static void
scene_open(struct scene *scene)
{
	scene->client = issuer_client_new(scene->fetch.path);
	scene->renewer = renewer_new();
	scene->discovery =
	    discovery_new(scene->box->store, scene->client, scene->renewer);
	assert_non_null(scene->discovery);
}

static void
scene_close(struct scene *scene)
{
	renewer_free(scene->renewer);
	discovery_free(scene->discovery);
	issuer_client_free(scene->client);
}

/* `answers` are replies, made by the caller and freed at the end; the last one
 * is given again and again. */
static void
scene_begin(struct scene *scene, void **state, char *const answers[])
{
	*scene = (struct scene){
	    .box = *state,
	    .config = {.references = 1,
		.identity_providers = providers,
		.identity_provider_count = 1},
	};
	for (size_t i = 0; answers[i]; i++)
		scene->script[i] = answers[i];
	fake_fetch_start(
	    &scene->fetch, (const char *const *)(void *)scene->script);
	scene_open(scene);
}

static void
scene_end(struct scene *scene)
{
	scene_close(scene);
	fake_fetch_stop(&scene->fetch);
	assert_int_equal(scene->config.references, 1);
	for (size_t i = 0; scene->script[i]; i++)
		free(scene->script[i]);
}

static size_t
questions(struct scene *scene)
{
	size_t count;

	(void)pthread_mutex_lock(&scene->fetch.lock);
	count = scene->fetch.count;
	(void)pthread_mutex_unlock(&scene->fetch.lock);
	return count;
}

#define END_BYTES 32

/* What is known now: the end of the token endpoint, or an error. */
static int
get(struct scene *scene, char ret_end[END_BYTES])
{
	struct metadata *metadata = NULL;
	struct metadata_endpoint found;
	int r = discovery_get(scene->discovery, &scene->config, providers,
	    clock_monotonic_ms() + 5000, &metadata);

	if (r < 0)
		return r;
	metadata_get(metadata, ENDPOINT_TOKEN, false, &found);
	(void)snprintf(
	    ret_end, END_BYTES, "%s", found.address + strlen(ISSUER));
	metadata_unref(metadata);
	return 0;
}

static void
expect(struct scene *scene, const char *end, size_t asked)
{
	char got[END_BYTES] = "";

	assert_int_equal(get(scene, got), 0);
	assert_string_equal(got, end);
	assert_int_equal(questions(scene), asked);
}

static void
expect_failure(struct scene *scene, int error, size_t asked)
{
	char got[END_BYTES];

	assert_int_equal(get(scene, got), error);
	assert_int_equal(questions(scene), asked);
}

/* ---- the tests ---- */

static void
the_issuer_is_asked_once(void **state)
{
	struct scene scene;
	const cJSON *question;
	const char *url = "";

	scene_begin(&scene, state,
	    (char *[]){issuer_box_reply(200, DOCUMENT("/t")), NULL});
	expect(&scene, "/t", 1);
	question = fake_fetch_question(&scene.fetch, 1);
	assert_int_equal(json_find_text(question, "url", &url), 1);
	assert_string_equal(url, ISSUER "/.well-known/openid-configuration");
	for (int i = 0; i < 100; i++)
		expect(&scene, "/t", 1);
	scene_end(&scene);
}

static void
where_it_says_nothing_rfc_8414_is_tried(void **state)
{
	struct scene scene;
	const cJSON *question;
	const char *url = "";

	scene_begin(&scene, state,
	    (char *[]){issuer_box_reply(404, ""),
		issuer_box_reply(200, DOCUMENT("/t")), NULL});
	expect(&scene, "/t", 2);
	question = fake_fetch_question(&scene.fetch, 2);
	assert_int_equal(json_find_text(question, "url", &url), 1);
	assert_string_equal(url,
	    "https://idp.example/.well-known/oauth-authorization-server/realm");
	scene_end(&scene);
}

/* However it fails, the cool-down began with the question. */
static void
a_failure_is_not_tried_again_at_once(void **state)
{
	const struct {
		char *reply;
		int error;
		size_t asked;
	} cases[] = {
	    {issuer_box_reply(500, ""), -EREMOTEIO, 1},
	    {issuer_box_reply(404, ""), -ENOMSG, 2},
	    {issuer_box_reply(200, "<html>"), -ENOMSG, 1},
	    {issuer_box_reply(200, ""), -ENOMSG, 1},
	    {issuer_box_reply(200, "{\"issuer\":\"https://idp.example\"}"),
		-ENOMSG, 1},
	    {strdup("{\"error\":\"io.authbox.Unavailable\",\"parameters\":"
		    "{\"reason\":\"tls\"}}|"),
		-EPROTO, 1},
	    {strdup("{\"error\":\"io.authbox.Unavailable\",\"parameters\":"
		    "{\"reason\":\"redirect\"}}|"),
		-EREMOTEIO, 1},
	    {strdup(""), -EREMOTEIO, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scene scene;

		scene_begin(&scene, state, (char *[]){cases[i].reply, NULL});
		expect_failure(&scene, cases[i].error, cases[i].asked);
		expect_failure(&scene, cases[i].error, cases[i].asked);
		wait_for(REFRESH_COOLDOWN_MS - 1000);
		expect_failure(&scene, cases[i].error, cases[i].asked);
		wait_for(2000);
		expect_failure(&scene, cases[i].error, 2 * cases[i].asked);
		scene_end(&scene);
	}
}

static void *
ask_thread(void *argument)
{
	char got[END_BYTES] = "";

	/* cmocka's assertions are for the main thread. */
	return get(argument, got) == 0 ? argument : NULL;
}

static void
many_who_ask_at_once_ask_once(void **state)
{
	pthread_t threads[THREADS];
	struct scene scene;
	void *good;

	scene_begin(&scene, state,
	    (char *[]){issuer_box_reply(200, DOCUMENT("/t")), NULL});
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, ask_thread, &scene), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
	assert_int_equal(questions(&scene), 1);
	scene_end(&scene);
}

/* Ask until the renewer has asked too: it may be still at what was before. */
static void
expect_soon(struct scene *scene, const char *end, size_t asked)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	char got[END_BYTES] = "";

	for (int i = 0; i < 300; i++) {
		assert_int_equal(get(scene, got), 0);
		if (streq(got, end) && questions(scene) == asked)
			return;
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("%s is in use, and %zu questions were asked", got,
	    questions(scene));
}

static void
nobody_waits_for_a_renewal_and_a_bad_one_changes_nothing(void **state)
{
	struct scene scene;

	scene_begin(&scene, state,
	    (char *[]){issuer_box_reply(200, DOCUMENT("/1")),
		issuer_box_reply(200, DOCUMENT("/2")),
		issuer_box_reply(200, "{\"issuer\":\"https://evil.example\"}"),
		issuer_box_reply(503, ""), NULL});
	expect(&scene, "/1", 1);
	wait_for(REFRESH_DUE_MS - 1000);
	expect(&scene, "/1", 1);
	wait_for(2000);
	expect_soon(&scene, "/2", 2);
	wait_for(REFRESH_DUE_MS + 1000);
	expect_soon(&scene, "/2", 3);
	wait_for(REFRESH_COOLDOWN_MS + 1000);
	expect_soon(&scene, "/2", 4);

	/* For a day, and no longer. */
	wait_for(23 * HOUR);
	expect_soon(&scene, "/2", 5);
	wait_for(2 * HOUR);
	expect_failure(&scene, -EREMOTEIO, 6);
	scene_end(&scene);
}

static void
a_restart_needs_no_issuer(void **state)
{
	struct scene scene;

	scene_begin(&scene, state,
	    (char *[]){issuer_box_reply(200, DOCUMENT("/1")),
		issuer_box_reply(503, ""), NULL});
	expect(&scene, "/1", 1);
	scene_close(&scene);
	box_reopen(scene.box);
	scene_open(&scene);
	expect(&scene, "/1", 1);

	/* What was kept is as old as it is. */
	scene_close(&scene);
	box_reopen(scene.box);
	wait_for(25 * HOUR);
	scene_open(&scene);
	expect_failure(&scene, -EREMOTEIO, 2);
	scene_end(&scene);
}

static void
what_is_kept_serves_no_other_issuer(void **state)
{
	static char other[] = "https://other.example";
	struct scene scene;
	char got[END_BYTES];

	scene_begin(&scene, state,
	    (char *[]){issuer_box_reply(200, DOCUMENT("/1")), NULL});
	expect(&scene, "/1", 1);
	providers[0].issuer = other;
	assert_int_equal(get(&scene, got), -ENOMSG);
	assert_int_equal(questions(&scene), 2);
	providers[0].issuer = issuer;
	/* Also not when it comes back in the configuration: what was kept for
	 * it may be used, and is. */
	expect(&scene, "/1", 2);
	scene_end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_BOX(test)                                                         \
	cmocka_unit_test_setup_teardown(test, box_setup, box_teardown)
	    WITH_BOX(the_issuer_is_asked_once),
	    WITH_BOX(where_it_says_nothing_rfc_8414_is_tried),
	    WITH_BOX(a_failure_is_not_tried_again_at_once),
	    WITH_BOX(many_who_ask_at_once_ask_once),
	    WITH_BOX(nobody_waits_for_a_renewal_and_a_bad_one_changes_nothing),
	    WITH_BOX(a_restart_needs_no_issuer),
	    WITH_BOX(what_is_kept_serves_no_other_issuer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
