/*
 * Every allocation of a user's first login, and of a later one that changes
 * him, fails in turn. Whoever is let in all the same is whole: stored,
 * published, and in no group that was taken away. Whoever is not comes in at
 * the next login, with the id that was his by then.
 */
#include "tests/harness/memory_faults.h"
#include "tests/unit/arrival_stage.h"

#define UNLIMITED                                                              \
	PROVIDER                                                               \
	"---\n" INTROSPECTOR "---\n" OTHER_ISSUER CREATE                       \
	"limits: {creationsPerMinute: 1000000, creationsPerDay: 1000000}\n"    \
	"---\n" ALLOW_ALL

struct newcomer {
	char name[16], info[128];
	struct arriving who;
};

/* Another one in each round. What is known of him his provider says, or his
 * token. */
static void
newcomer_init(struct newcomer *newcomer, unsigned number, bool is_asked_about)
{
	char members[96];

	*newcomer = (struct newcomer){0};
	(void)sprintf(
	    newcomer->name, "%c%u", is_asked_about ? 'a' : 't', number);
	(void)sprintf(members,
	    "\"preferred_username\":\"%s\",\"groups\":[\"developers\"]",
	    newcomer->name);
	(void)sprintf(newcomer->info,
	    is_asked_about ? "{%s,\"sub\":\"%s\"}" : ",%s", members,
	    newcomer->name);
	newcomer->who =
	    (struct arriving){.user = newcomer->name, .sub = newcomer->name};
	if (!is_asked_about) {
		newcomer->who.issuer = OTHER;
		newcomer->who.more = newcomer->info;
	}
}

static void
say(const char *info)
{
	(void)pthread_mutex_lock(&world.lock);
	world.provider_answer = info;
	(void)pthread_mutex_unlock(&world.lock);
}

/* Both stages without memory; whether he was let in. */
static bool
come_without_memory(struct stage *stage, const struct arriving *who)
{
	struct login_request auth = request_of(who), account = request_of(who);
	AUTO_TEXT token = token_of(who);
	const char *const answers[] = {token, NULL};
	struct played played;

	account.stage = PAM_STAGE_ACCOUNT;
	memory_begin();
	played = stage_play(stage, &auth, 0, answers);
	if (played.verdict == VERDICT_ALLOW) {
		(void)strcpy(account.reference, played.reference);
		played = stage_play(stage, &account, 0, NULL);
	}
	memory_end();
	return played.verdict == VERDICT_ALLOW;
}

static uid_t
stored_uid(struct stage *stage, const char *name)
{
	AUTO(person) person = stored(stage, name);

	return person ? person->uid : PERSON_NO_UID;
}

/* The world's memory of accounts is small, and its ids meet soon. */
static void
forget_all(void)
{
	(void)pthread_mutex_lock(&world.lock);
	world.published_count = 0;
	world.next_proposal++;
	(void)pthread_mutex_unlock(&world.lock);
}

/* What came of it holds, and he comes in without faults. */
static void
check(struct stage *stage, const struct newcomer *one, bool is_in)
{
	uid_t uid = stored_uid(stage, one->name);

	assert_true(!is_in || is_published(one->name));
	assert_true(!is_published(one->name) || uid != PERSON_NO_UID);
	assert_int_equal(arrive(stage, &one->who).verdict, VERDICT_ALLOW);
	assert_true(
	    uid == PERSON_NO_UID || uid == stored_uid(stage, one->name));
	assert_int_equal(published_groups(one->name), 1);
}

static void
come_for_the_first_time(struct stage *stage, bool is_asked_about)
{
	bool is_in = false;

	stage_write_config(stage, UNLIMITED);
	world.next_proposal = FIRST_ID;
	for (unsigned i = 0; memory_next(); i++) {
		struct newcomer one;

		newcomer_init(&one, i, is_asked_about);
		say(one.info);
		is_in = come_without_memory(stage, &one.who);
		check(stage, &one, is_in);
		forget_all();
	}
	assert_true(is_in); /* nothing failed in the last round */
}

static void
a_first_login_makes_a_whole_user_or_none(void **state)
{
	come_for_the_first_time(*state, true);
}

static void
so_does_one_whose_token_says_it_all(void **state)
{
	come_for_the_first_time(*state, false);
}

static void
a_group_that_was_taken_away_lets_nobody_in(void **state)
{
	static const char with[] =
	    "{\"sub\":\"1\",\"preferred_username\":\"ann\","
	    "\"groups\":[\"developers\"]}";
	static const char without[] =
	    "{\"sub\":\"1\",\"preferred_username\":\"ann\"}";
	const struct arriving ann = {.user = "ann", .sub = "1"};
	struct stage *stage = *state;
	bool is_in;

	say(with);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	while (memory_next()) {
		assert_int_equal(published_groups("ann"), 1);
		say(without);
		is_in = come_without_memory(stage, &ann);
		assert_true(!is_in || published_groups("ann") == 0);
		say(with);
		assert_played(
		    arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	}
	assert_true(is_in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ARRIVALS(a_first_login_makes_a_whole_user_or_none),
	    WITH_ARRIVALS(so_does_one_whose_token_says_it_all),
	    WITH_ARRIVALS(a_group_that_was_taken_away_lets_nobody_in),
	};

#ifdef __SANITIZE_ADDRESS__
	memory.stride = 7;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
