/* What an issuer publishes, its key set, with a fetch that plays a script and a
 * clock that is passed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "tests/harness/store_box.h"
#include "token/jwks_sources.h"
#include "token/published.h"
#include "token/refresh.h"

#define NOW_MS INT64_C(1000000000)
#define NOW_S  INT64_C(1767225600)
#define HOUR   INT64_C(3600000)

/* RFC 8037 A.2, under a kid of ours. */
#define KEY(kid)                                                               \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"" kid "\","            \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define SET(keys) "{\"keys\":[" keys "]}"

static const struct published_place place_a = {
    "a", "https://a.example", "https://a.example/jwks"};

/* The issuer: what it answers now, and how often it was asked. */
struct script {
	const char *text; /* NULL: `error` */
	int error;
	unsigned asked;
	bool slow;
};

static int
play(void *context, const char *address, int64_t deadline_ms,
    struct secret **ret_text)
{
	static const struct timespec pause = {.tv_nsec = 50000000};
	struct script *issuer = context;

	(void)deadline_ms;
	assert_string_equal(address, place_a.address);
	(void)__atomic_add_fetch(&issuer->asked, 1, __ATOMIC_RELAXED);
	if (issuer->slow)
		(void)nanosleep(&pause, NULL); /* so that others come along */
	if (!issuer->text)
		return issuer->error;
	*ret_text = secret_copy(issuer->text, strlen(issuer->text));
	return 0;
}

struct scene {
	struct box *box;
	struct script issuer;
	struct published *source;
	struct published_ask ask;
};

static void
scene_begin(struct scene *scene, void **state)
{
	*scene = (struct scene){
	    .box = *state,
	    .issuer = {.text = SET(KEY("k1"))},
	    .ask = {.fetch = play,
		.now_ms = NOW_MS,
		.now_unix_s = NOW_S,
		.deadline_ms = NOW_MS + 5000},
	};
	scene->ask.context = &scene->issuer;
	scene->source =
	    published_new(&jwks_sources_kind, scene->box->store, &place_a);
	assert_non_null(scene->source);
}

/* As after a restart. */
static void
scene_restart(struct scene *scene)
{
	published_unref(scene->source);
	box_reopen(scene->box);
	scene->source =
	    published_new(&jwks_sources_kind, scene->box->store, &place_a);
}

static void
scene_wait(struct scene *scene, int64_t ms)
{
	scene->ask.now_ms += ms;
	scene->ask.now_unix_s += ms / 1000;
	scene->ask.deadline_ms += ms;
}

static bool
has_kid(const struct jwks *set, const char *kid)
{
	for (size_t i = 0; i < jwks_get_count(set); i++)
		if (streq_null(jwk_get_kid(jwks_get_key(set, i)), kid))
			return true;
	return false;
}

/* The set in use has this key; NULL: there is none to use. */
static void
expect(struct scene *scene, const char *kid)
{
	void *set = NULL;
	bool due;
	int r = published_get(scene->source, &scene->ask, &set, &due);

	if ((r == 0) != (kid != NULL))
		fail_msg("%d instead of %s", r, kid ? kid : "none");
	if (kid)
		assert_true(has_kid(set, kid));
	jwks_unref(set);
}

/* As a token with this kid does. */
static int
seek(struct scene *scene, const char *kid)
{
	void *set = NULL, *newer = NULL;
	bool due;
	int r = published_get(scene->source, &scene->ask, &set, &due);

	if (r == 0 && has_kid(set, kid)) {
		r = 1;
	} else if (r == 0) {
		r = published_renew(
		    scene->source, &scene->ask, set, kid, &newer);
		if (r > 0 && !has_kid(newer, kid)) {
			published_note_unknown(
			    scene->source, kid, scene->ask.now_ms);
			r = 0;
		}
	}
	jwks_unref(newer);
	jwks_unref(set);
	return r;
}

static void
a_set_is_fetched_once_and_then_used(void **state)
{
	struct scene scene;

	scene_begin(&scene, state);
	for (int i = 0; i < 10; i++)
		expect(&scene, "k1");
	assert_int_equal(scene.issuer.asked, 1);
	published_unref(scene.source);
}

static void
a_failed_fetch_is_not_tried_again_for_30_seconds(void **state)
{
	struct scene scene;

	scene_begin(&scene, state);
	scene.issuer.text = NULL;
	scene.issuer.error = -ETIMEDOUT;
	for (int i = 0; i < 10; i++)
		expect(&scene, NULL);
	assert_int_equal(scene.issuer.asked, 1);
	scene.issuer.text = SET(KEY("k1"));
	scene_wait(&scene, REFRESH_COOLDOWN_MS - 1);
	expect(&scene, NULL);
	scene_wait(&scene, 1);
	expect(&scene, "k1");
	assert_int_equal(scene.issuer.asked, 2);
	published_unref(scene.source);
}

static void
unusable_answers_keep_the_old_set(void **state)
{
	static const char *const answers[] = {
	    NULL,
	    "",
	    "<html>",
	    "{\"keys\":[]}",
	    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}",
	    "{\"keys\":[" KEY("k2"),
	    "{}",
	};
	struct scene scene;

	scene_begin(&scene, state);
	scene.issuer.error = -EIO;
	expect(&scene, "k1");
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		scene_wait(&scene, REFRESH_DUE_MS);
		scene.issuer.text = answers[i];
		assert_int_equal(published_refresh(scene.source, &scene.ask),
		    answers[i] ? -ENOMSG : -EIO);
		expect(&scene, "k1");
		assert_int_equal(scene.issuer.asked, i + 2);
	}
	scene.issuer.text = SET(KEY("k2"));
	scene_wait(&scene, REFRESH_DUE_MS);
	assert_int_equal(published_refresh(scene.source, &scene.ask), 0);
	expect(&scene, "k2");
	published_unref(scene.source);
}

static void
a_set_is_good_for_a_day_without_its_issuer(void **state)
{
	struct scene scene;
	void *set = NULL;
	bool due = false;

	scene_begin(&scene, state);
	expect(&scene, "k1");
	scene.issuer.text = NULL;
	scene.issuer.error = -EHOSTUNREACH;
	scene_wait(&scene, 24 * HOUR - 1);
	assert_int_equal(
	    published_get(scene.source, &scene.ask, &set, &due), 0);
	assert_true(due);
	jwks_unref(set);
	assert_int_equal(scene.issuer.asked, 1); /* nobody waited */
	scene_wait(&scene, 1);
	expect(&scene, NULL);
	assert_int_equal(scene.issuer.asked, 2);
	published_unref(scene.source);
}

static void
the_last_good_set_outlives_a_restart(void **state)
{
	struct scene scene;

	scene_begin(&scene, state);
	expect(&scene, "k1");
	scene.issuer.text = NULL;
	scene.issuer.error = -EHOSTUNREACH;
	scene_wait(&scene, 23 * HOUR);
	scene_restart(&scene);
	expect(&scene, "k1");
	assert_int_equal(scene.issuer.asked, 1);
	scene_wait(&scene, HOUR);
	scene_restart(&scene);
	expect(&scene, NULL);
	published_unref(scene.source);
}

static void
a_kept_set_never_serves_another_issuer_or_address(void **state)
{
	static const struct published_place places[] = {
	    {"a", "https://b.example", "https://a.example/jwks"},
	    {"a", "https://a.example/", "https://a.example/jwks"},
	    {"b", "https://a.example", "https://a.example/jwks"},
	};
	struct scene scene;

	scene_begin(&scene, state);
	expect(&scene, "k1");
	scene.issuer.text = NULL;
	scene.issuer.error = -EHOSTUNREACH;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		published_unref(scene.source);
		scene.source = published_new(
		    &jwks_sources_kind, scene.box->store, &places[i]);
		assert_false(published_is_at(scene.source, &place_a));
		expect(&scene, NULL);
	}
	published_unref(scene.source);
}

static void
a_new_key_is_found_and_a_removed_one_is_gone(void **state)
{
	struct scene scene;

	scene_begin(&scene, state);
	expect(&scene, "k1");
	scene.issuer.text = SET(KEY("k2"));
	assert_int_equal(seek(&scene, "k2"), 0); /* it was asked just now */
	scene_wait(&scene, REFRESH_COOLDOWN_MS);
	assert_int_equal(seek(&scene, "k2"), 1);
	expect(&scene, "k2");
	assert_int_equal(seek(&scene, "k1"), 0);
	assert_int_equal(scene.issuer.asked, 2);
	published_unref(scene.source);
}

static void
an_issuer_that_is_down_does_not_make_a_key_unknown(void **state)
{
	struct scene scene;

	scene_begin(&scene, state);
	expect(&scene, "k1");
	scene_wait(&scene, REFRESH_COOLDOWN_MS);
	scene.issuer.text = NULL;
	scene.issuer.error = -ETIMEDOUT;
	assert_int_equal(seek(&scene, "k2"), -ETIMEDOUT);
	assert_int_equal(seek(&scene, "k2"), -ETIMEDOUT);
	assert_int_equal(seek(&scene, "k1"), 1);
	assert_int_equal(scene.issuer.asked, 2);
	scene_wait(&scene, REFRESH_COOLDOWN_MS);
	scene.issuer.text = SET(KEY("k1") "," KEY("k2"));
	assert_int_equal(seek(&scene, "k2"), 1);
	published_unref(scene.source);
}

/* The attack: a token with a new kid each time, for ten minutes. */
static void
a_flood_of_unknown_keys_asks_the_issuer_once_in_30_seconds(void **state)
{
	struct scene scene;
	char kid[32];

	scene_begin(&scene, state);
	expect(&scene, "k1");
	for (int i = 0; i < 600; i++) {
		for (int j = 0; j < 20; j++) {
			(void)snprintf(kid, sizeof(kid), "forged-%d-%d", i, j);
			assert_int_equal(seek(&scene, kid), 0);
		}
		assert_int_equal(seek(&scene, "k1"), 1);
		scene_wait(&scene, 1000);
	}
	assert_in_range(scene.issuer.asked, 2, 600 / 30);
	/* A rotation meanwhile is found with the next fetch. */
	scene.issuer.text = SET(KEY("k2"));
	for (int i = 0; i < 30; i++) {
		(void)snprintf(kid, sizeof(kid), "late-%d", i);
		(void)seek(&scene, kid);
		scene_wait(&scene, 1000);
	}
	assert_int_equal(seek(&scene, "k2"), 1);
	published_unref(scene.source);
}

static void
an_unknown_key_costs_one_fetch_in_five_minutes(void **state)
{
	struct scene scene;

	scene_begin(&scene, state);
	expect(&scene, "k1");
	scene_wait(&scene, REFRESH_COOLDOWN_MS);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(seek(&scene, "forged"), 0);
		scene_wait(&scene, REFRESH_COOLDOWN_MS - 1);
	}
	assert_int_equal(scene.issuer.asked, 2);
	published_unref(scene.source);
}

/* ---- many threads ---- */

static void *
get_thread(void *context)
{
	struct scene *scene = context;
	void *set = NULL;
	bool due;

	if (published_get(scene->source, &scene->ask, &set, &due) < 0)
		return NULL;
	jwks_unref(set);
	return scene;
}

static void
many_logins_after_a_start_fetch_once(void **state)
{
	pthread_t threads[16];
	struct scene scene;
	void *good;

	scene_begin(&scene, state);
	scene.issuer.slow = true;
	scene.ask.now_ms = clock_monotonic_ms();
	scene.ask.deadline_ms = scene.ask.now_ms + 5000;
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, get_thread, &scene), 0);
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
	assert_int_equal(scene.issuer.asked, 1);
	published_unref(scene.source);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_set_is_fetched_once_and_then_used),
	    TEST(a_failed_fetch_is_not_tried_again_for_30_seconds),
	    TEST(unusable_answers_keep_the_old_set),
	    TEST(a_set_is_good_for_a_day_without_its_issuer),
	    TEST(the_last_good_set_outlives_a_restart),
	    TEST(a_kept_set_never_serves_another_issuer_or_address),
	    TEST(a_new_key_is_found_and_a_removed_one_is_gone),
	    TEST(an_issuer_that_is_down_does_not_make_a_key_unknown),
	    TEST(a_flood_of_unknown_keys_asks_the_issuer_once_in_30_seconds),
	    TEST(an_unknown_key_costs_one_fetch_in_five_minutes),
	    TEST(many_logins_after_a_start_fetch_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
