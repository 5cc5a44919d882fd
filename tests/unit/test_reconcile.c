/* What authbox-userdb has and what the store says, made the same, and who does
 * that when. */
#include "arrival_stage.h"

#include "caught_log.h"
#include "login/keeper.h"
#include "users/reconcile.h"

#define WAIT_MS 20000

static const struct arriving ann = {.user = "ann", .sub = "1"};

#define ANN_INFO                                                               \
	"{\"sub\":\"1\",\"preferred_username\":\"ann\",\"name\":\"Ann Lee\","  \
	"\"groups\":[\"developers\"]}"

static uid_t
create_ann(struct stage *stage)
{
	AUTO(person) person = NULL;

	tell("1", ANN_INFO);
	assert_string_equal(arrive(stage, &ann).reason, "user-created");
	person = stored(stage, "ann");
	assert_non_null(person);
	return person->uid;
}

/* Who is in no store. */
static void
publish_stranger(const char *name, uid_t uid)
{
	struct account *account;

	(void)pthread_mutex_lock(&world.lock);
	account = &world.published[world.published_count++];
	*account = (struct account){.uid = uid};
	(void)strcpy(account->name, name);
	(void)pthread_mutex_unlock(&world.lock);
}

static void
lose_accounts(void)
{
	(void)pthread_mutex_lock(&world.lock);
	world.published_count = 0;
	(void)pthread_mutex_unlock(&world.lock);
}

static struct reconciled
reconcile(struct stage *stage)
{
	struct reconciled done = {0};

	assert_int_equal(reconcile_run(stage->daemon.store,
			     stage->daemon.userdb_socket, &done),
	    0);
	return done;
}

#define assert_done(it, p, w, r, s)                                            \
	do {                                                                   \
		const struct reconciled once = (it);                           \
                                                                               \
		assert_int_equal(once.published, p);                           \
		assert_int_equal(once.withdrawn, w);                           \
		assert_int_equal(once.refused, r);                             \
		assert_int_equal(once.strangers, s);                           \
	} while (0)

/* ---- the store is right ---- */

static void
who_is_missing_or_different_is_published_again(void **state)
{
	struct stage *stage = *state;
	uid_t uid = create_ann(stage);

	/* List does not tell her real name, so she differs by it. */
	lose_accounts();
	assert_done(reconcile(stage), 1, 0, 0, 0);
	assert_int_equal(published_groups("ann"), 1);
	assert_int_equal(world.published[0].uid, uid);
	world.published[0].groups = 2;
	assert_done(reconcile(stage), 1, 0, 0, 0);
	assert_int_equal(published_groups("ann"), 1);
	/* What was refused is said, and is no failure. */
	lose_accounts();
	world.refusal = "name";
	assert_done(reconcile(stage), 0, 0, 1, 0);
	assert_false(is_published("ann"));
}

static int
forget_name(void *context, struct person *person)
{
	(void)context;
	cJSON_Delete(person->profile);
	person->profile = NULL;
	person->inactive = true;
	return 1;
}

static void
who_is_the_same_is_left_alone_and_who_is_shut_out_stays(void **state)
{
	struct stage *stage = *state;

	(void)create_ann(stage);
	assert_int_equal(
	    ownership_update(stage->daemon.store, "ann", forget_name, NULL), 1);
	world.publishes = 0;
	assert_done(reconcile(stage), 0, 0, 0, 0);
	assert_int_equal(world.publishes, 0);
	assert_true(is_published("ann"));
}

static void
whom_the_store_has_removed_is_withdrawn(void **state)
{
	struct stage *stage = *state;
	uid_t uid = create_ann(stage);

	assert_int_equal(ownership_remove(stage->daemon.store, "ann"), 1);
	assert_done(reconcile(stage), 0, 1, 0, 0);
	assert_false(is_published("ann"));
	assert_done(reconcile(stage), 0, 0, 0, 0);
	/* The id is hers; somebody else who has it was not removed. */
	publish_stranger("eve", uid);
	assert_done(reconcile(stage), 0, 0, 0, 1);
	assert_true(is_published("eve"));
}

/* She came back with another id, and is still published with the old one. */
static void
an_old_id_of_the_same_name_makes_way(void **state)
{
	struct stage *stage = *state;
	AUTO(person) again = person_new("ann", FIRST_ID + 7, ISSUER, "9");
	enum ownership result;

	(void)create_ann(stage);
	assert_int_equal(ownership_remove(stage->daemon.store, "ann"), 1);
	assert_int_equal(
	    ownership_take(stage->daemon.store, again, 1, &result), 0);
	assert_int_equal(result, OWNERSHIP_TAKEN);
	assert_done(reconcile(stage), 1, 1, 0, 0);
	assert_int_equal(world.published_count, 1);
	assert_int_equal(world.published[0].uid, FIRST_ID + 7);
	assert_done(reconcile(stage), 0, 0, 0, 0);
	/* An id that the store knows nothing of is a stranger's, who stays. */
	lose_accounts();
	publish_stranger("ann", FIRST_ID + 50);
	assert_done(reconcile(stage), 0, 0, 1, 1);
	assert_int_equal(world.published[0].uid, FIRST_ID + 50);
}

/* ---- a store that was lost ---- */

static void
an_empty_store_takes_nobodys_account(void **state)
{
	struct stage *stage = *state;
	char text[TEXT_MAX];
	int saved;

	publish_stranger("ann", FIRST_ID + 1);
	publish_stranger("bob", FIRST_ID + 2);
	assert_false(is_stored(stage, "ann"));
	caught_log_begin(&saved);
	assert_done(reconcile(stage), 0, 0, 0, 2);
	caught_log_end(saved, text, sizeof(text));
	assert_true(is_published("ann") && is_published("bob"));
	assert_non_null(strstr(text, "not of this store: 2,"));
	assert_non_null(strstr(text, "authboxd(8)"));
	assert_ptr_equal(strchr(text, '\n'), strrchr(text, '\n'));
}

/* The first who is created in the new one does not make strangers of the
 * others. */
static void
another_store_takes_nobodys_account_either(void **state)
{
	struct stage *stage = *state;

	publish_stranger("bob", FIRST_ID + 2);
	(void)create_ann(stage);
	reconcile(stage);
	assert_int_equal(reconcile(stage).strangers, 1);
	assert_true(is_published("ann") && is_published("bob"));
}

static int
damage(void *context, struct store_item items[], size_t count)
{
	(void)context, (void)count;
	items[0].new_value = secret_copy("{", 1);
	items[0].write = STORE_PUT;
	return 0;
}

static void
a_record_that_cannot_be_read_is_no_removal(void **state)
{
	const char *const person[] = {"person/ann"};
	struct stage *stage = *state;
	char owner[UID_OWNER_KEY_BYTES];
	const char *const owners[] = {owner};

	uid_owner_key(create_ann(stage), owner);
	assert_int_equal(
	    store_update(stage->daemon.store, person, 1, damage, NULL), 0);
	assert_done(reconcile(stage), 0, 0, 0, 1);
	assert_int_equal(ownership_remove(stage->daemon.store, "ann"), 1);
	assert_int_equal(
	    store_update(stage->daemon.store, owners, 1, damage, NULL), 0);
	assert_done(reconcile(stage), 0, 0, 0, 1);
	assert_true(is_published("ann"));
}

static void
without_authbox_userdb_nothing_is_done(void **state)
{
	struct stage *stage = *state;
	struct reconciled done = {.published = 7};

	world_set_down(true);
	assert_int_equal(reconcile_run(stage->daemon.store,
			     stage->daemon.userdb_socket, &done),
	    -EHOSTUNREACH);
	assert_int_equal(done.published, 7);
}

/* ---- the keeper ---- */

static unsigned
lists(void)
{
	unsigned count;

	(void)pthread_mutex_lock(&world.lock);
	count = world.lists;
	(void)pthread_mutex_unlock(&world.lock);
	return count;
}

static void
sleep_ms(long ms)
{
	(void)nanosleep(
	    &(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static bool
is_soon_published(const char *name)
{
	int64_t end_ms = stream_now_ms() + WAIT_MS;

	while (!is_published(name) && stream_now_ms() < end_ms)
		sleep_ms(10);
	return is_published(name);
}

static void
it_looks_at_the_start_and_when_it_is_woken(void **state)
{
	struct stage *stage = *state;
	AUTO(keeper) keeper = NULL;

	(void)create_ann(stage);
	lose_accounts();
	assert_int_equal(keeper_new(&stage->daemon, &keeper), 0);
	assert_true(is_soon_published("ann"));
	lose_accounts();
	keeper_wake(keeper);
	assert_true(is_soon_published("ann"));
	/* Not without a reason. */
	lose_accounts();
	sleep_ms(300);
	assert_false(is_published("ann"));
}

static void
it_tries_again_until_authbox_userdb_is_there(void **state)
{
	struct stage *stage = *state;
	struct keeper *keeper = NULL;
	char text[TEXT_MAX];
	const char *told;
	int saved;

	(void)create_ann(stage);
	lose_accounts();
	world_set_down(true);
	caught_log_begin(&saved);
	assert_int_equal(keeper_new(&stage->daemon, &keeper), 0);
	for (int i = 0; i < 3; i++) {
		sleep_ms(100);
		keeper_wake(keeper);
	}
	sleep_ms(100);
	world_set_down(false);
	assert_true(is_soon_published("ann"));
	keeper_free(keeper);
	caught_log_end(saved, text, sizeof(text));
	told = strstr(text, "are not compared");
	assert_non_null(told);
	assert_null(strstr(told + 1, "are not compared")); /* said once */
	assert_non_null(strstr(text, "1 published again"));
}

static void
without_a_provisioning_it_asks_nothing(void **state)
{
	struct stage *stage = *state;
	AUTO(keeper) keeper = NULL;
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/userdb.yaml", stage->config_dir);
	assert_int_equal(remove(path), 0);
	stage_write_config(stage, HOST ALLOW_ALL);
	assert_int_equal(keeper_new(&stage->daemon, &keeper), 0);
	sleep_ms(200);
	assert_int_equal(lists(), 0);
	stage_write_provisioning(stage, PROVISIONING);
	stage_write_config(stage, HOST ALLOW_ALL);
	keeper_wake(keeper);
	for (int i = 0; i < WAIT_MS / 10 && lists() == 0; i++)
		sleep_ms(10);
	assert_int_equal(lists(), 1);
}

static void
it_ends_at_once_whatever_it_does(void **state)
{
	struct stage *stage = *state;

	keeper_free(NULL);
	keeper_wake(NULL);
	for (int i = 0; i < 20; i++) {
		struct keeper *keeper = NULL;

		world_set_down(i % 2);
		assert_int_equal(keeper_new(&stage->daemon, &keeper), 0);
		if (i % 4 >= 2)
			sleep_ms(20);
		keeper_wake(keeper);
		keeper_free(keeper);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ARRIVALS(who_is_missing_or_different_is_published_again),
	    WITH_ARRIVALS(
		who_is_the_same_is_left_alone_and_who_is_shut_out_stays),
	    WITH_ARRIVALS(whom_the_store_has_removed_is_withdrawn),
	    WITH_ARRIVALS(an_old_id_of_the_same_name_makes_way),
	    WITH_ARRIVALS(an_empty_store_takes_nobodys_account),
	    WITH_ARRIVALS(another_store_takes_nobodys_account_either),
	    WITH_ARRIVALS(a_record_that_cannot_be_read_is_no_removal),
	    WITH_ARRIVALS(without_authbox_userdb_nothing_is_done),
	    WITH_ARRIVALS(it_looks_at_the_start_and_when_it_is_woken),
	    WITH_ARRIVALS(it_tries_again_until_authbox_userdb_is_there),
	    WITH_ARRIVALS(without_a_provisioning_it_asks_nothing),
	    WITH_ARRIVALS(it_ends_at_once_whatever_it_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
