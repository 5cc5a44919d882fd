/* First logins that meet: of one person in several windows, of two who claim
 * one name, of many people. */
#include "arrival_stage.h"

#define ANN_INFO  "{\"sub\":\"1\",\"preferred_username\":\"ann\"}"
#define ELSE_INFO "{\"sub\":\"9\",\"preferred_username\":\"ann\"}"

static const struct arriving ann = {.user = "ann", .sub = "1"};

/* ---- one person, two windows ---- */

/* One of them made him. */
static void
a_user_is_made_once_by_two_logins_at_the_same_time(void **state)
{
	struct stage *stage = *state;
	struct played one, two;

	tell("1", ANN_INFO);
	one = authenticate(stage, &ann);
	two = authenticate(stage, &ann);
	assert_played(
	    account(stage, &ann, &one), VERDICT_ALLOW, "user-created");
	assert_played(
	    account(stage, &ann, &two), VERDICT_ALLOW, "account-allowed");
}

static void
arrive_as_ann(struct stage *stage)
{
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
}

/* Two windows at the prompt: both were asked for before there was anybody. */
static void
who_was_made_while_he_was_asked_is_let_in(void **state)
{
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	stage_meanwhile = arrive_as_ann;
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_true(is_stored(stage, "ann"));
	assert_true(is_published("ann"));
}

static int
deactivate(void *context, struct person *person)
{
	(void)context;
	person->inactive = true;
	return 1;
}

static void
arrive_and_be_shut_out(struct stage *stage)
{
	arrive_as_ann(stage);
	assert_int_equal(
	    ownership_update(stage->daemon.store, "ann", deactivate, NULL), 1);
}

static void
who_was_made_and_shut_out_while_he_was_asked_is_refused(void **state)
{
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	stage_meanwhile = arrive_and_be_shut_out;
	assert_played(arrive(stage, &ann), VERDICT_DENY, "inactive");
}

/* ---- two persons, one name ---- */

static void
who_claims_a_name_that_is_being_taken_is_refused(void **state)
{
	struct stage *stage = *state;
	const struct arriving other = {.user = "ann", .sub = "9"};
	AUTO(person) person = NULL;

	tell("1", ANN_INFO);
	tell("9", ELSE_INFO);
	stage_meanwhile = arrive_as_ann;
	assert_played(arrive(stage, &other), VERDICT_FORBIDDEN, "name-taken");
	person = stored(stage, "ann");
	assert_true(person_is_of(person, ISSUER, "1"));
}

/* ---- many at once ---- */

#define MANY	64
#define PER_ONE 4

struct runner {
	struct stage *stage;
	unsigned number;
	char info[128], sub[16], name[16];
	unsigned good, created;
};

static void *
run(void *context)
{
	struct runner *runner = context;
	const struct arriving who = {.user = runner->name,
	    .sub = runner->sub,
	    .issuer = OTHER,
	    .more = runner->info};

	for (unsigned i = 0; i < PER_ONE; i++) {
		struct played played = arrive(runner->stage, &who);

		runner->good += played.verdict == VERDICT_ALLOW;
		runner->created += streq(played.reason, "user-created");
	}
	return NULL;
}

static void
many_first_logins_at_once_make_each_user_once(void **state)
{
	struct runner runners[MANY];
	pthread_t threads[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		unsigned n = i / 2; /* two logins of each user */

		runners[i] = (struct runner){.stage = *state, .number = i};
		(void)sprintf(runners[i].name, "user%u", n);
		(void)sprintf(runners[i].sub, "%u", n);
		(void)sprintf(
		    runners[i].info, ",\"preferred_username\":\"user%u\"", n);
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run, &runners[i]), 0);
	}
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(world.published_count, MANY / 2);
	for (unsigned i = 0; i < MANY; i += 2) {
		assert_int_equal(
		    runners[i].created + runners[i + 1].created, 1);
		assert_int_equal(
		    runners[i].good + runners[i + 1].good, 2 * PER_ONE);
	}
	for (size_t i = 0; i < world.published_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(
			    world.published[i].uid, world.published[j].uid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ARRIVALS(a_user_is_made_once_by_two_logins_at_the_same_time),
	    WITH_ARRIVALS(who_was_made_while_he_was_asked_is_let_in),
	    WITH_ARRIVALS(
		who_was_made_and_shut_out_while_he_was_asked_is_refused),
	    WITH_ARRIVALS(who_claims_a_name_that_is_being_taken_is_refused),
	    WITH_ARRIVALS(many_first_logins_at_once_make_each_user_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
