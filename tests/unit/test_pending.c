/* What waits between auth and account: how long, how much, and for whom. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "login/pending.h"
#include "wire/stream.h"

#define LARGE_BYTES 262144
#define THREADS	    4
#define ROUNDS	    500

static int64_t now_ms;

int64_t
stream_now_ms(void)
{
	return now_ms;
}

static struct pending_login *
login_new(const char *reference)
{
	struct pending_login *login = calloc(1, sizeof(*login));

	assert_non_null(login);
	(void)snprintf(
	    login->reference, sizeof(login->reference), "%s", reference);
	return login;
}

static void
put(struct pending *pending, const char *reference, cJSON *claims)
{
	struct pending_login *login = login_new(reference);

	login->claims = claims;
	pending_put(pending, login);
}

static bool
is_there(struct pending *pending, const char *reference)
{
	AUTO(pending_login) login = NULL;

	return pending_take(pending, reference, &login) == 1;
}

static size_t
waiting(struct pending *pending)
{
	struct pending_stats stats;

	pending_stats(pending, &stats);
	return stats.logins;
}

static void
a_login_is_taken_once(void **state)
{
	AUTO(pending) pending = pending_new();

	(void)state;
	put(pending, "0123456789abcdef", NULL);
	assert_int_equal(waiting(pending), 1);
	assert_false(is_there(pending, "0123456789abcdee"));
	assert_false(is_there(pending, "012"));
	assert_false(is_there(pending, ""));
	assert_true(is_there(pending, "0123456789abcdef"));
	assert_false(is_there(pending, "0123456789abcdef"));
	assert_int_equal(waiting(pending), 0);
}

static void
a_login_waits_for_its_time_and_no_longer(void **state)
{
	AUTO(pending) pending = pending_new();

	(void)state;
	put(pending, "000a", NULL);
	put(pending, "000b", NULL);
	now_ms += PENDING_TTL_S * 1000 - 1;
	assert_true(is_there(pending, "000a"));
	now_ms++;
	assert_false(is_there(pending, "000b"));
}

static void
those_whose_time_is_over_go_when_another_comes(void **state)
{
	AUTO(pending) pending = pending_new();
	char reference[8];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(reference, sizeof(reference), "%03x", i);
		put(pending, reference, NULL);
	}
	now_ms += 1000;
	put(pending, "fff1", NULL);
	now_ms += PENDING_TTL_S * 1000 - 1000;
	assert_int_equal(waiting(pending), 1001);
	put(pending, "fff2", NULL);
	assert_int_equal(waiting(pending), 2);
	assert_true(is_there(pending, "fff1"));
	assert_true(is_there(pending, "fff2"));
}

static void
the_oldest_gives_way_where_it_is_full(void **state)
{
	static const char *const references[] = {
	    "aaa0", "aaa1", "aaa2", "aaa3", "aaa4", "aaa5"};
	AUTO(pending) pending = pending_new();

	(void)state;
	put(pending, "bbb0", NULL);
	for (size_t i = 0; i < 6; i++) {
		now_ms++;
		put(pending, references[i], NULL);
	}
	assert_int_equal(waiting(pending), 5);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(is_there(pending, references[i]), i >= 2);
	assert_true(is_there(pending, "bbb0"));
}

static void
claims_come_back_as_they_were(void **state)
{
	static const char text[] =
	    "{\"sub\":\"a\xc3\xa4\\n\\\"\",\"n\":[1,-2.5,1e+300,"
	    "9007199254740991,true,null],\"o\":{\"\":{}},\"e\":\"\"}";
	AUTO(pending) pending = pending_new();
	AUTO(pending_login) login = NULL;
	cJSON *claims = NULL;
	AUTO_JSON same = NULL;

	(void)state;
	assert_int_equal(json_parse(text, strlen(text), &claims, NULL), 0);
	assert_int_equal(json_parse(text, strlen(text), &same, NULL), 0);
	put(pending, "0001", claims);
	assert_int_equal(pending_take(pending, "0001", &login), 1);
	assert_non_null(login->claims);
	assert_null(login->claims_text);
	assert_true(cJSON_Compare(login->claims, same, true));
}

static cJSON *
large_claims(void)
{
	char *text = malloc(LARGE_BYTES);
	cJSON *claims = cJSON_CreateObject();

	assert_non_null(text);
	memset(text, 'x', LARGE_BYTES);
	text[LARGE_BYTES - 1] = '\0';
	assert_non_null(cJSON_AddStringToObject(claims, "x", text));
	free(text);
	return claims;
}

static void
large_claims_cannot_take_all_memory(void **state)
{
	AUTO(pending) pending = pending_new();
	const unsigned fit = PENDING_CLAIMS_BYTES_MAX / LARGE_BYTES;
	struct pending_stats stats;
	char reference[8];

	(void)state;
	put(pending, "fffe", NULL);
	for (unsigned i = 0; i < fit + 20; i++) {
		(void)snprintf(reference, sizeof(reference), "%03x", i);
		put(pending, reference, large_claims());
		pending_stats(pending, &stats);
		assert_true(stats.claims_bytes <= PENDING_CLAIMS_BYTES_MAX);
	}
	/* The last ones are there, the first ones made room. */
	assert_true(is_there(pending, reference));
	assert_false(is_there(pending, "000"));
	assert_false(is_there(pending, "fffe"));
	pending_stats(pending, &stats);
	assert_true(stats.logins > fit / 2);
	for (unsigned i = 0; i < fit + 20; i++) {
		(void)snprintf(reference, sizeof(reference), "%03x", i);
		(void)is_there(pending, reference);
	}
	pending_stats(pending, &stats);
	assert_int_equal(stats.logins, 0);
	assert_int_equal(stats.claims_bytes, 0);
}

static void
put_of(struct pending *pending, uid_t peer, const char *reference)
{
	struct pending_login *login = login_new(reference);

	login->peer_uid = peer;
	login->claims = large_claims();
	pending_put(pending, login);
	now_ms++;
}

static void
nobody_pushes_out_a_login_of_roots_programs(void **state)
{
	AUTO(pending) pending = pending_new();
	struct pending_stats stats;
	char reference[8];

	(void)state;
	put_of(pending, 0, "aaa0");
	for (unsigned i = 0; i < 8; i++) {
		(void)snprintf(reference, sizeof(reference), "aaa%u", i + 1);
		put_of(pending, 1000, reference);
	}
	assert_int_equal(waiting(pending), 4);
	for (unsigned i = 0; i < PENDING_CLAIMS_BYTES_MAX / LARGE_BYTES; i++) {
		(void)snprintf(reference, sizeof(reference), "%03x", i);
		put_of(pending, 1000 + i % 2, reference);
	}
	pending_stats(pending, &stats);
	assert_true(stats.claims_bytes <=
		    PENDING_CLAIMS_BYTES_OTHERS_MAX + LARGE_BYTES + 64);
	assert_true(is_there(pending, reference));
	assert_true(is_there(pending, "aaa0"));
}

static void
to_roots_programs_others_give_way_first(void **state)
{
	static const char *const references[] = {
	    "aaa0", "aaa1", "aaa2", "aaa3", "aaa4"};
	AUTO(pending) pending = pending_new();

	(void)state;
	for (size_t i = 0; i < 3; i++)
		put_of(pending, 0, references[i]);
	put_of(pending, 1000, "aaab");
	put_of(pending, 0, references[3]);
	assert_false(is_there(pending, "aaab"));
	/* Then all are root's, and of these the oldest gives way. */
	put_of(pending, 1000, "aaac");
	assert_false(is_there(pending, "aaac"));
	put_of(pending, 0, references[4]);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(is_there(pending, references[i]), i >= 1);
	assert_int_equal(waiting(pending), 0);
}

struct user {
	pthread_t thread;
	struct pending *pending;
	unsigned number, taken;
};

/* Leaves every other one, as a program does that never comes to account. */
static void *
log_in_again_and_again(void *context)
{
	struct user *user = context;
	char reference[16];

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct pending_login *login;

		(void)snprintf(reference, sizeof(reference), "%03x%x",
		    i * THREADS + user->number, i);
		login = calloc(1, sizeof(*login));
		if (!login)
			break;
		(void)strcpy(login->reference, reference);
		login->peer_uid = user->number % 2;
		login->claims = cJSON_CreateObject();
		pending_put(user->pending, login);
		if (i % 2)
			user->taken += is_there(user->pending, reference);
	}
	return NULL;
}

static void
many_logins_at_once_do_not_meet(void **state)
{
	AUTO(pending) pending = pending_new();
	struct user users[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		users[i] = (struct user){.pending = pending, .number = i};
		assert_int_equal(pthread_create(&users[i].thread, NULL,
				     log_in_again_and_again, &users[i]),
		    0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(users[i].thread, NULL), 0);
		assert_int_equal(users[i].taken, ROUNDS / 2);
	}
	assert_int_equal(waiting(pending), THREADS * ROUNDS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_login_is_taken_once),
	    cmocka_unit_test(a_login_waits_for_its_time_and_no_longer),
	    cmocka_unit_test(those_whose_time_is_over_go_when_another_comes),
	    cmocka_unit_test(the_oldest_gives_way_where_it_is_full),
	    cmocka_unit_test(claims_come_back_as_they_were),
	    cmocka_unit_test(large_claims_cannot_take_all_memory),
	    cmocka_unit_test(nobody_pushes_out_a_login_of_roots_programs),
	    cmocka_unit_test(to_roots_programs_others_give_way_first),
	    cmocka_unit_test(many_logins_at_once_do_not_meet),
	};

	(void)secret_init();
	json_init();
	return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
