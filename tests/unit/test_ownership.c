/* How users come to be, change and go, in a store of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "tests/harness/store_box.h"
#include "users/ownership.h"
#include "users/uid_owner.h"

#define NOW  INT64_C(1767225600)
#define A    "https://a.example"
#define B    "https://b.example"
#define ID   ((uid_t)70001)
#define NEXT ((uid_t)70002)

static struct person *
person_make(const char *name, uid_t uid, const char *issuer, const char *sub)
{
	struct person *person = person_new(name, uid, issuer, sub);

	assert_non_null(person);
	person->created_unix_s = NOW;
	return person;
}

static enum ownership
take(struct box *box, const char *name, uid_t uid, const char *issuer,
    const char *sub)
{
	AUTO(person) person = person_make(name, uid, issuer, sub);
	enum ownership result = (enum ownership) - 1;

	assert_int_equal(ownership_take(box->store, person, NOW, &result), 0);
	return result;
}

static void
assert_link(struct box *box, const char *issuer, const char *sub,
    const char *user, uid_t uid)
{
	AUTO(subject) subject = NULL;

	assert_int_equal(
	    subject_find(box->store, issuer, sub, &subject), user ? 1 : 0);
	if (!user)
		return;
	assert_string_equal(subject->user, user);
	assert_int_equal(subject->uid, uid);
}

static void
assert_owner(struct box *box, uid_t uid, const char *name)
{
	char is[USER_NAME_BYTES_MAX + 1];
	int64_t taken;

	assert_int_equal(
	    uid_owner_find(box->store, uid, is, &taken), name ? 1 : 0);
	if (!name)
		return;
	assert_string_equal(is, name);
	assert_int_equal(taken, NOW);
}

static void
assert_person(struct box *box, const char *name, bool there)
{
	AUTO(person) person = NULL;

	assert_int_equal(person_find(box->store, name, &person), there);
}

static void
a_user_is_made_with_link_and_id_and_found_after_a_restart(void **state)
{
	struct box *box = *state;
	AUTO(person) person = person_make("ann", ID, A, "1");
	AUTO(person) found = NULL;
	enum ownership result;

	person->profile = cJSON_Parse("{\"email\":\"ann@a.example\"}");
	assert_int_equal(person_add_group(person, "staff-a"), 0);
	assert_int_equal(person_add_group(person, "staff-a"), 0);
	assert_int_equal(person_add_group(person, "dev"), 0);
	assert_int_equal(ownership_take(box->store, person, NOW, &result), 0);
	assert_int_equal(result, OWNERSHIP_TAKEN);

	box_reopen(box);
	assert_int_equal(person_find(box->store, "ann", &found), 1);
	assert_int_equal(found->uid, ID);
	assert_true(person_is_of(found, A, "1"));
	assert_true(person_has_same_groups(found, person));
	assert_null(found->groups[2]);
	assert_int_equal(found->created_unix_s, NOW);
	assert_false(found->inactive);
	assert_true(cJSON_Compare(found->profile, person->profile, true));
	assert_link(box, A, "1", "ann", ID);
	assert_owner(box, ID, "ann");
	assert_int_equal(take(box, "ann", ID, A, "1"), OWNERSHIP_THERE);
}

/* Nothing of a user who is refused is kept, not even his id. */
static void
each_clash_is_refused_and_leaves_nothing_behind(void **state)
{
	struct box *box = *state;

	assert_int_equal(take(box, "ann", ID, A, "1"), OWNERSHIP_TAKEN);
	/* Re-created at the provider: the same name, another sub. */
	assert_int_equal(take(box, "ann", NEXT, A, "2"), OWNERSHIP_NAME_TAKEN);
	/* The same sub of another issuer is another person. */
	assert_int_equal(take(box, "ann", NEXT, B, "1"), OWNERSHIP_NAME_TAKEN);
	assert_link(box, A, "2", NULL, 0);
	assert_link(box, B, "1", NULL, 0);
	/* Renamed at the provider: the same sub, another name. */
	assert_int_equal(
	    take(box, "anna", NEXT, A, "1"), OWNERSHIP_SUBJECT_TAKEN);
	assert_person(box, "anna", false);
	/* The same hash of the name. */
	assert_int_equal(take(box, "bob", ID, A, "3"), OWNERSHIP_UID_TAKEN);
	assert_person(box, "bob", false);
	assert_link(box, A, "3", NULL, 0);
	assert_owner(box, NEXT, NULL);

	assert_int_equal(take(box, "bob", NEXT, B, "1"), OWNERSHIP_TAKEN);
	assert_link(box, B, "1", "bob", NEXT);
	assert_link(box, A, "1", "ann", ID);
}

static void
the_id_of_a_user_who_is_gone_is_nobody_elses(void **state)
{
	struct box *box = *state;
	AUTO(person) ann = person_make("ann", ID, A, "1");

	assert_int_equal(take(box, "ann", ID, A, "1"), OWNERSHIP_TAKEN);
	assert_int_equal(ownership_give_back(box->store, ann), 0);
	assert_person(box, "ann", false);
	assert_link(box, A, "1", NULL, 0);
	assert_owner(box, ID, "ann");
	assert_int_equal(ownership_give_back(box->store, ann), 0);

	/* The name is free, for another person too, but not with this id. */
	assert_int_equal(take(box, "ann", ID, A, "2"), OWNERSHIP_UID_TAKEN);
	assert_int_equal(take(box, "ann", ID, B, "1"), OWNERSHIP_UID_TAKEN);
	assert_int_equal(take(box, "ann", ID, NULL, NULL), OWNERSHIP_UID_TAKEN);
	/* He himself may come back to what is his. */
	assert_int_equal(take(box, "ann", ID, A, "1"), OWNERSHIP_TAKEN);
	assert_owner(box, ID, "ann");
}

/* Who gives back what is another's by now changes nothing. */
static void
only_ones_own_is_given_back(void **state)
{
	struct box *box = *state;
	AUTO(person) other = person_make("ann", NEXT, A, "2");
	AUTO(person) by_root = person_make("ann", ID, NULL, NULL);

	assert_int_equal(take(box, "ann", ID, A, "1"), OWNERSHIP_TAKEN);
	assert_int_equal(ownership_give_back(box->store, other), 0);
	assert_int_equal(ownership_give_back(box->store, by_root), 0);
	assert_person(box, "ann", true);
	assert_link(box, A, "1", "ann", ID);
}

/* As an import that is done again makes him, or takes him back. */
static void
whom_root_made_he_may_make_again(void **state)
{
	struct box *box = *state;
	AUTO(person) rob = person_make("rob", ID, NULL, NULL);

	assert_int_equal(take(box, "rob", ID, NULL, NULL), OWNERSHIP_TAKEN);
	assert_int_equal(take(box, "rob", ID, NULL, NULL), OWNERSHIP_THERE);
	assert_int_equal(
	    take(box, "rob", NEXT, NULL, NULL), OWNERSHIP_NAME_TAKEN);
	assert_int_equal(take(box, "rob", ID, A, "1"), OWNERSHIP_NAME_TAKEN);
	assert_int_equal(ownership_give_back(box->store, rob), 0);
	assert_person(box, "rob", false);
	assert_owner(box, ID, "rob");
	assert_int_equal(take(box, "rob", ID, NULL, NULL), OWNERSHIP_TAKEN);
}

static void
a_user_without_a_unix_account_owns_no_id(void **state)
{
	struct box *box = *state;

	assert_int_equal(
	    take(box, "svc", PERSON_NO_UID, A, "1"), OWNERSHIP_TAKEN);
	assert_owner(box, PERSON_NO_UID, NULL);
	assert_link(box, A, "1", "svc", SUBJECT_NO_UID);
	/* He does not become one who has. */
	assert_int_equal(take(box, "svc", ID, A, "1"), OWNERSHIP_NAME_TAKEN);
	assert_owner(box, ID, NULL);
}

/* ---- changing, linking, removing ---- */

static int
deactivate(void *context, struct person *person)
{
	(void)context;
	person->inactive = true;
	return 1;
}

static int
refuse(void *context, struct person *person)
{
	(void)context;
	person->inactive = false;
	return -EPERM;
}

static void
a_record_is_changed_whole_or_not_at_all(void **state)
{
	struct box *box = *state;
	AUTO(person) person = NULL;

	assert_int_equal(
	    ownership_update(box->store, "ann", deactivate, NULL), 0);
	assert_int_equal(take(box, "ann", ID, A, "1"), OWNERSHIP_TAKEN);
	assert_int_equal(
	    ownership_update(box->store, "ann", deactivate, NULL), 1);
	assert_int_equal(
	    ownership_update(box->store, "ann", refuse, NULL), -EPERM);
	assert_int_equal(person_find(box->store, "ann", &person), 1);
	assert_true(person->inactive);
	assert_int_equal(ownership_remove(box->store, "ann"), 1);
	assert_int_equal(ownership_remove(box->store, "ann"), 0);
	assert_owner(box, ID, "ann");
}

static int
count_link(void *context, const struct subject *subject)
{
	(void)subject;
	++*(size_t *)context;
	return 0;
}

static void
a_pair_leads_to_one_user_until_it_is_unlinked(void **state)
{
	struct box *box = *state;
	AUTO(subject) to_ann = subject_new(A, "1", "ann", ID, NOW);
	AUTO(subject) to_bob = subject_new(A, "1", "bob", NEXT, NOW);
	AUTO(subject) too = subject_new(B, "9", "ann", ID, NOW);
	char user[USER_NAME_BYTES_MAX + 1] = "";
	size_t count = 0;

	assert_int_equal(ownership_link(box->store, to_ann, user), 1);
	assert_int_equal(ownership_link(box->store, to_ann, user), 1);
	assert_int_equal(ownership_link(box->store, to_bob, user), 0);
	assert_string_equal(user, "ann");
	assert_link(box, A, "1", "ann", ID);
	/* Two accounts of one person: merged. */
	assert_int_equal(ownership_link(box->store, too, user), 1);
	assert_int_equal(subject_list(box->store, count_link, &count), 0);
	assert_int_equal(count, 2);

	assert_int_equal(ownership_unlink(box->store, A, "1", "bob"), 0);
	assert_int_equal(ownership_unlink(box->store, A, "1", "ann"), 1);
	assert_int_equal(ownership_unlink(box->store, A, "1", NULL), 0);
	assert_int_equal(ownership_unlink(box->store, B, "9", NULL), 1);
	assert_int_equal(ownership_link(box->store, to_bob, user), 1);
	assert_link(box, A, "1", "bob", NEXT);
}

/* Two texts that join to the same are two pairs. */
static void
pairs_do_not_meet(void **state)
{
	char one[SUBJECT_KEY_BYTES], two[SUBJECT_KEY_BYTES];

	(void)state;
	assert_int_equal(subject_key("https://a", "bc", one), 0);
	assert_int_equal(subject_key("https://ab", "c", two), 0);
	assert_string_not_equal(one, two);
	assert_int_equal(strlen(one), SUBJECT_KEY_BYTES - 1);
	assert_null(subject_new(A, "", "ann", ID, NOW));
	assert_null(subject_new(A, "a\nb", "ann", ID, NOW));
	assert_null(subject_new(A, "1", "a:b", ID, NOW));
}

/* ---- many at once ---- */

#define THREADS 32

struct runner {
	struct box *box;
	unsigned number;
	bool one_name, one_id; /* all want the same */
	enum ownership result;
};

static void *
run(void *context)
{
	struct runner *runner = context;
	unsigned n = runner->number;
	char name[16], sub[16];

	(void)snprintf(name, sizeof(name), "u%u", runner->one_name ? 0 : n);
	(void)snprintf(sub, sizeof(sub), "%u", n);
	runner->result =
	    take(runner->box, name, ID + (runner->one_id ? 0 : n), A, sub);
	return NULL;
}

static void
race(struct box *box, bool one_name, bool one_id, enum ownership loser)
{
	struct runner runners[THREADS];
	pthread_t threads[THREADS];
	unsigned winners = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		runners[i] = (struct runner){box, i, one_name, one_id, 0};
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run, &runners[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		if (runners[i].result == OWNERSHIP_TAKEN)
			winners++;
		else
			assert_int_equal(runners[i].result, loser);
	}
	assert_int_equal(winners, 1);
}

static void
of_many_who_want_one_name_one_gets_it(void **state)
{
	race(*state, true, false, OWNERSHIP_NAME_TAKEN);
}

static void
of_many_who_want_one_id_one_gets_it(void **state)
{
	race(*state, false, true, OWNERSHIP_UID_TAKEN);
}

/* ---- what is stored ---- */

static void
a_record_that_is_not_ours_is_damage(void **state)
{
	static const char *const bad[] = {
	    "",
	    "{}",
	    "[]",
	    "null",
	    "{\"v\":2}",
	    "{\"v\":1,\"name\":\"bob\",\"uid\":1,\"inactive\":false,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[]}",
	    "{\"v\":1,\"name\":\"ann\",\"uid\":-1,\"inactive\":false,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[]}",
	    "{\"v\":1,\"name\":\"ann\",\"uid\":1,\"inactive\":0,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[]}",
	    "{\"v\":1,\"name\":\"ann\",\"uid\":1,\"inactive\":false,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[\"a:b\"]}",
	    "{\"v\":1,\"name\":\"ann\",\"uid\":1,\"inactive\":false,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[],\"iss\":\"x\"}",
	    "{\"v\":1,\"name\":\"ann\",\"uid\":1,\"inactive\":false,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[],\"profile\":[]}",
	    "{\"v\":1,\"name\":\"ann\",\"uid\":1,\"inactive\":false,"
	    "\"created\":0,\"refreshed\":0,\"groups\":[],\"more\":1}",
	};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(secret) value = secret_copy(bad[i], strlen(bad[i]));
		AUTO(person) ann = person_make("ann", 1, A, "1");
		AUTO(person) person = NULL;
		AUTO(subject) subject = NULL;

		assert_int_equal(person_parse(value, "ann", &person), -EBADMSG);
		assert_int_equal(
		    subject_parse(value, A, "1", &subject), -EBADMSG);
		assert_int_equal(uid_owner_match(value, ann), -EBADMSG);
	}
	/* A record in another's place makes nobody somebody else. */
	assert_int_equal(box_put(box->store, "person/ann", NULL, bad[5]), 0);
	{
		AUTO(person) ann = person_make("ann", ID, A, "1");
		enum ownership result;

		assert_int_equal(
		    ownership_take(box->store, ann, NOW, &result), -EBADMSG);
	}
}

#define WITH_BOX(test)                                                         \
	cmocka_unit_test_setup_teardown(test, box_setup, box_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_BOX(a_user_is_made_with_link_and_id_and_found_after_a_restart),
	    WITH_BOX(each_clash_is_refused_and_leaves_nothing_behind),
	    WITH_BOX(the_id_of_a_user_who_is_gone_is_nobody_elses),
	    WITH_BOX(only_ones_own_is_given_back),
	    WITH_BOX(whom_root_made_he_may_make_again),
	    WITH_BOX(a_user_without_a_unix_account_owns_no_id),
	    WITH_BOX(a_record_is_changed_whole_or_not_at_all),
	    WITH_BOX(a_pair_leads_to_one_user_until_it_is_unlinked),
	    cmocka_unit_test(pairs_do_not_meet),
	    WITH_BOX(of_many_who_want_one_name_one_gets_it),
	    WITH_BOX(of_many_who_want_one_id_one_gets_it),
	    WITH_BOX(a_record_that_is_not_ours_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
