/*
 * Who gets as far as the prompt tries to learn who exists, who has enrolled,
 * and who is declared inactive: by what is shown, by what comes out, by how
 * many commits it costs. What the administrator reads may differ, and does.
 */
#include "tests/unit/login_stage.h"

/* In every passwd(5). */
#define ENROLLED  "root"
#define INACTIVE  "bin"
#define NEWCOMER  "sys"
#define DELIVERED "games"
#define NOBODYS	  "daemon"

static const struct class
{
	const char *user, *reason;
} classes[] = {
    {ENROLLED, "wrong-code"}, {INACTIVE, "wrong-code"},
    {DELIVERED, "wrong-code"},
    {NEWCOMER, "not-enrolled"}, /* the record is of another uid */
    {NOBODYS, "not-enrolled"}, {NULL, "unknown-user"}, /* stage_stranger() */
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

static uid_t
uid_of(struct stage *stage, const char *name)
{
	struct nss_user user;

	assert_int_equal(nss_find_user(stage->daemon.nss, name, &user), 1);
	return user.uid;
}

static void
enrol_some(struct stage *stage)
{
	stage_write_config(stage,
	    "resourceType: AuthConfig\nid: app\ntwoFactor:\n"
	    "  webhook: {endpoint: 'http://127.0.0.1:9/'}\n---\n"
	    "resourceType: User\nid: " INACTIVE "\ninactive: true\n---\n"
	    "resourceType: User\nid: " DELIVERED
	    "\ntwoFactor: {transport: sms}\n");
	stage_enrol(stage, ENROLLED, uid_of(stage, ENROLLED));
	stage_enrol(stage, INACTIVE, uid_of(stage, INACTIVE));
	stage_enrol(stage, DELIVERED, uid_of(stage, DELIVERED));
	stage_enrol(stage, NEWCOMER, uid_of(stage, NEWCOMER) + 10000);
}

/* The names of all classes. False: two share a bucket by chance, so that the
 * guesses at one are counted for the other. */
static bool
name_all(struct stage *stage, const char *ret_names[CLASSES])
{
	const char *const others[] = {NEWCOMER, NOBODYS, NULL};
	char newcomer[LOGIN_KEY_BYTES], nobody[LOGIN_KEY_BYTES];

	for (size_t i = 0; i < CLASSES; i++)
		ret_names[i] = classes[i].user ? classes[i].user
					       : stage_stranger(stage, others);
	stage_bucket(stage, NEWCOMER, newcomer);
	stage_bucket(stage, NOBODYS, nobody);
	return !streq(newcomer, nobody);
}

static struct played
play(struct stage *stage, const char *user, uint32_t flags, unsigned tries,
    const char *const answers[])
{
	struct login_request request = {.flags = flags, .tries = tries};

	(void)strcpy(request.user, user);
	(void)strcpy(request.rhost, "203.0.113.9");
	return stage_play(stage, &request, 0, answers);
}

static void
assert_alike(const struct played *played, const struct played *expected)
{
	assert_string_equal(played->script.shown, expected->script.shown);
	assert_int_equal(played->script.asked, expected->script.asked);
	assert_int_equal(played->verdict, expected->verdict);
	assert_string_equal(played->text, expected->text);
	assert_string_equal(played->reference, "");
}

static void
by_the_answers_to_wrong_codes(void **state)
{
	static const char *const wrong[] = {"000000", "", "nonsense",
	    "12345678", "AAAA-AAAA-AAAA-AAAA", "000 000", NULL};
	struct stage *stage = *state;
	struct played played, expected;
	const char *names[CLASSES];

	enrol_some(stage);
	if (!name_all(stage, names))
		skip();
	/* Until they wait, while they wait, and after it. */
	for (int round = 0; round < 6; round++) {
		expected = play(stage, ENROLLED, 0, 6, wrong);
		for (size_t i = 0; i < CLASSES; i++) {
			if (streq(names[i], ENROLLED))
				continue;
			played = play(stage, names[i], 0, 6, wrong);
			assert_alike(&played, &expected);
			if (round == 0)
				assert_string_equal(
				    played.reason, classes[i].reason);
		}
		stage_now_unix_s += round * 60;
	}
}

static void
by_combined_answers_and_stored_passwords(void **state)
{
	static const uint32_t flags[] = {PAM_BEGIN_COMBINED,
	    PAM_BEGIN_FIRST_PASS, PAM_BEGIN_SILENT, PAM_BEGIN_ECHO,
	    PAM_BEGIN_COMBINED | PAM_BEGIN_FIRST_PASS};
	static const char *const wrong[] = {"000000", "000001", NULL};
	struct stage *stage = *state;
	struct played played, expected;
	const char *names[CLASSES];

	enrol_some(stage);
	if (!name_all(stage, names))
		skip();
	for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++) {
		stage_now_unix_s += 86400;
		expected = play(stage, ENROLLED, flags[f], 1, wrong);
		for (size_t i = 1; i < CLASSES; i++) {
			played = play(stage, names[i], flags[f], 1, wrong);
			assert_alike(&played, &expected);
		}
	}
}

/* A delivered code costs a commit of its own, which no login waits for. */
static void
by_the_number_of_commits(void **state)
{
	static const char *const wrong[] = {"000000", NULL};
	struct store_stats before, after;
	struct stage *stage = *state;
	const char *names[CLASSES];

	enrol_some(stage);
	(void)name_all(stage, names);
	for (size_t i = 0; i < CLASSES; i++) {
		if (streq(names[i], DELIVERED))
			continue;
		store_stats(stage->daemon.store, &before);
		(void)play(stage, names[i], 0, 1, wrong);
		store_stats(stage->daemon.store, &after);
		assert_int_equal(after.updates - before.updates, 1);
		assert_int_equal(after.flushes - before.flushes, 1);
	}
}

#define SAMPLES 1000 /* of each class */

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The median time of a wrong code, in ns, for two names by turns. */
static void
time_wrong_codes(
    struct stage *stage, const char *const names[2], int64_t ret_median_ns[2])
{
	static const char *const wrong[] = {"000000", NULL};
	static int64_t took_ns[2][SAMPLES];

	for (size_t i = 0; i < SAMPLES; i++) {
		stage_now_unix_s += 54000; /* fifty in 30 days: no wait */
		for (size_t k = 0; k < 2; k++) {
			took_ns[k][i] = now_ns();
			(void)play(stage, names[k], 0, 1, wrong);
			took_ns[k][i] = now_ns() - took_ns[k][i];
		}
	}
	for (size_t k = 0; k < 2; k++) {
		qsort(took_ns[k], SAMPLES, sizeof(took_ns[k][0]), compare);
		ret_median_ns[k] = took_ns[k][SAMPLES / 2];
	}
}

/* What is left is what a device adds to a record; over a network, and behind
 * sshd, nobody measures that. */
static void
by_the_time_it_takes(void **state)
{
	struct stage *stage = *state;
	/* Both known: to ask NSS for who is not there takes its own time. */
	const char *names[2] = {ENROLLED, NOBODYS};
	int64_t median_ns[2];

	enrol_some(stage);
	time_wrong_codes(stage, names, median_ns);
	print_message("# enrolled %.1f us, not enrolled %.1f us\n",
	    (double)median_ns[0] / 1000, (double)median_ns[1] / 1000);
	assert_in_range(llabs(median_ns[0] - median_ns[1]), 0,
	    (uint64_t)(median_ns[0] / 4));
}

#define FILLERS 1200 /* names, six guesses at each */
#define PROBES	100  /* names that nobody guessed at */

/* Buckets are shared, records are not: he fills as many as he can, and looks
 * which names are told to wait that he never tried. */
static void
by_filling_the_buckets_of_unknown_names(void **state)
{
	static const char *const wrong[] = {
	    "000000", "000001", "000002", "000003", "000004", "000005", NULL};
	struct stage *stage = *state;
	struct played played, expected;
	unsigned told = 0;
	char name[32];

	enrol_some(stage);
	for (unsigned i = 0; i < FILLERS; i++) {
		(void)snprintf(name, sizeof(name), "filler%u", i);
		(void)play(stage, name, 0, 6, wrong);
	}
	expected = play(stage, ENROLLED, 0, 1, wrong);
	assert_int_equal(expected.script.asked, 1);
	for (unsigned i = 0; i < PROBES; i++) {
		(void)snprintf(name, sizeof(name), "probe%u", i);
		played = play(stage, name, 0, 1, wrong);
		told += !streq(played.text, expected.text) ||
			played.script.asked != expected.script.asked;
	}
	/* Two or so by chance; with 1,024 buckets it was every second one. */
	assert_in_range(told, 0, PROBES / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(by_the_answers_to_wrong_codes),
	    WITH_STAGE(by_combined_answers_and_stored_passwords),
	    WITH_STAGE(by_the_number_of_commits),
	    WITH_STAGE(by_the_time_it_takes),
	    WITH_STAGE(by_filling_the_buckets_of_unknown_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
