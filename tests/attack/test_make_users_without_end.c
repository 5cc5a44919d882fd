/*
 * Whoever has an issuer's key, or is the issuer, can sign tokens for as many
 * people as he likes. Each test is named after what he tries to get more users
 * out of it than Settings allow.
 */
#include "tests/unit/arrival_stage.h"

#define PER_MINUTE 5
#define PER_DAY	   8
#define CROWD	   24
#define STRANGERS  1000

#define LIMITED                                                                \
	PROVIDER "---\n" INTROSPECTOR "---\n" OTHER_ISSUER CREATE              \
		 "limits: {creationsPerMinute: 5, creationsPerDay: 8}\n---\n"  \
		 "resourceType: Client\nid: web\npeers: [alice]\n"             \
		 "services: [nginx]\n---\n" ALLOW_ALL

static int
set_up(void **state)
{
	int r = arrival_set_up(state);

	if (r == 0)
		stage_write_config(*state, LIMITED);
	return r;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, arrival_tear_down)

/* Somebody of a number, whose token says all about him. */
struct somebody {
	struct stage *stage;
	char name[16], info[64];
	struct arriving who;
	struct played played;
};

static void
somebody_init(struct somebody *body, struct stage *stage, unsigned number)
{
	*body = (struct somebody){.stage = stage};
	(void)sprintf(body->name, "user%u", number);
	(void)sprintf(body->info, ",\"preferred_username\":\"%s\"", body->name);
	body->who = (struct arriving){.user = body->name,
	    .sub = body->name,
	    .issuer = OTHER,
	    .more = body->info};
}

static void *
come(void *context)
{
	struct somebody *body = context;

	body->played = arrive(body->stage, &body->who);
	return NULL;
}

/* He tries it with so many people; how many of them were made. */
static unsigned
make(struct stage *stage, unsigned first, unsigned count)
{
	struct somebody body;
	unsigned made = 0;

	for (unsigned i = 0; i < count; i++) {
		somebody_init(&body, stage, first + i);
		(void)come(&body);
		made += streq(body.played.reason, "user-created");
		if (body.played.verdict == VERDICT_ALLOW)
			continue;
		assert_played(body.played, VERDICT_FORBIDDEN, "creations-used");
		assert_false(is_stored(stage, body.name));
		assert_false(is_published(body.name));
	}
	return made;
}

static void
a_crowd_comes_one_after_the_other(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(make(stage, 0, CROWD), PER_MINUTE);
	stage_now_unix_s += 59;
	assert_int_equal(make(stage, CROWD, CROWD), 0);
	stage_now_unix_s += 1;
	assert_int_equal(make(stage, CROWD, CROWD), PER_DAY - PER_MINUTE);
	stage_now_unix_s += 3600;
	assert_int_equal(make(stage, 2 * CROWD, CROWD), 0);
	stage_now_unix_s += 86400 - 3600 - 60;
	assert_int_equal(make(stage, 2 * CROWD, CROWD), PER_MINUTE);
	assert_int_equal(world.published_count, PER_DAY + PER_MINUTE);
}

static void
a_crowd_comes_at_once(void **state)
{
	struct somebody bodies[CROWD];
	pthread_t threads[CROWD];
	unsigned made = 0;

	for (unsigned i = 0; i < CROWD; i++) {
		somebody_init(&bodies[i], *state, i);
		assert_int_equal(
		    pthread_create(&threads[i], NULL, come, &bodies[i]), 0);
	}
	for (unsigned i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		made += streq(bodies[i].played.reason, "user-created");
	}
	assert_int_equal(made, PER_MINUTE);
	assert_int_equal(world.published_count, PER_MINUTE);
}

static void
restart(struct stage *stage)
{
	daemon_done(&stage->daemon, 0);
	stage->daemon = (struct daemon){.config_dir = stage->config_dir,
	    .state_dir = stage->state_dir,
	    .runtime_dir = stage->folder};
	assert_int_equal(daemon_init(&stage->daemon, stage->key_dir), 0);
}

static void
the_daemon_is_made_to_start_again(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(make(stage, 0, CROWD), PER_MINUTE);
	restart(stage);
	assert_int_equal(make(stage, 0, CROWD), 0);
	stage_now_unix_s += 60;
	restart(stage);
	assert_int_equal(make(stage, CROWD, CROWD), PER_DAY - PER_MINUTE);
}

static void
the_clock_is_set_back(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(make(stage, 0, CROWD), PER_MINUTE);
	stage_now_unix_s -= 59; /* more, and no token is good */
	assert_int_equal(make(stage, CROWD, CROWD), 0);
	stage_now_unix_s += 59;
	assert_int_equal(make(stage, CROWD, CROWD), 0);
	stage_now_unix_s += 1;
	assert_int_equal(make(stage, CROWD, CROWD), PER_DAY - PER_MINUTE);
}

static int
remove_all(struct stage *stage)
{
	for (unsigned i = 0; i < CROWD; i++) {
		char name[16];

		(void)sprintf(name, "user%u", i);
		assert_true(ownership_remove(stage->daemon.store, name) >= 0);
		(void)sprintf(name, "user%u", i);
		assert_true(ownership_unlink(
				stage->daemon.store, OTHER, name, name) >= 0);
	}
	return 0;
}

/* Where each has gone again by the time that the next one comes. */
static void
each_leaves_no_record(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(make(stage, 0, PER_MINUTE), PER_MINUTE);
	(void)remove_all(stage);
	assert_int_equal(make(stage, CROWD, CROWD), 0);
}

/* They cost no id, but records all the same. */
static void
they_are_to_have_no_account(void **state)
{
	static const char yaml[] =
	    "resourceType: IdentityProvider\nid: q\nissuer: " OTHER "\n"
	    "userinfo-source: id-token\n---\n"
	    "resourceType: TokenIntrospector\nid: other\ntype: jwt\n"
	    "jwt: {iss: '" OTHER "', aud: host, secret: '" SECRET "'}\n"
	    "identity_provider: {id: q}\nnamesUsers: false\n"
	    "provisioning: none\n---\n" CREATE
	    "limits: {creationsPerMinute: 5, creationsPerDay: 8}\n---\n"
	    "resourceType: Client\nid: web\npeers: [alice]\n"
	    "services: [nginx]\n---\n" ALLOW_ALL;
	struct stage *stage = *state;
	unsigned made = 0;

	stage_write_config(stage, yaml);
	for (unsigned i = 0; i < CROWD; i++) {
		struct somebody body;

		somebody_init(&body, stage, i);
		body.who.service = "nginx";
		body.who.peer_uid = ALICE;
		(void)come(&body);
		made += streq(body.played.reason, "user-created");
		assert_int_equal(is_stored(stage, body.name),
		    body.played.verdict == VERDICT_ALLOW);
	}
	assert_int_equal(made, PER_MINUTE);
}

/* Nothing happens at all: no id is looked for, no provider is asked. */
static void
he_names_people_without_the_key(void **state)
{
	struct stage *stage = *state;

	for (unsigned i = 0; i < STRANGERS; i++) {
		struct login_request request;
		struct somebody body;
		AUTO_TEXT token = NULL;
		struct played played;
		char *end;

		somebody_init(&body, stage, i);
		request = request_of(&body.who);
		token = token_of(&body.who);
		end = token + strlen(token) - 4; /* of the signature */
		*end = *end == 'A' ? 'B' : 'A';
		played = stage_play(
		    stage, &request, 0, (const char *const[]){token, NULL});
		assert_played(played, VERDICT_DENY, "token-signature");
		assert_false(is_stored(stage, body.name));
	}
	assert_int_equal(world.published_count + world.publishes, 0);
	assert_int_equal(world.proposals + world.questions, 0);
	/* And nobody's budget was used up by it. */
	assert_int_equal(make(stage, 0, CROWD), PER_MINUTE);
}

/* It tells of no limit. */
static void
he_reads_what_he_is_told(void **state)
{
	struct stage *stage = *state;
	struct somebody body;

	assert_int_equal(make(stage, 0, PER_MINUTE), PER_MINUTE);
	somebody_init(&body, stage, CROWD);
	(void)come(&body);
	assert_played(body.played, VERDICT_FORBIDDEN, "creations-used");
	assert_string_equal(body.played.text,
	    "Your account cannot be made right now; try again later.");
}

/* Nobody who is there pays for it, and no other issuer's people. */
static void
others_shall_suffer(void **state)
{
	const struct arriving another = {.user = "ann", .sub = "1"};
	struct stage *stage = *state;
	struct somebody body;

	assert_int_equal(make(stage, 0, CROWD), PER_MINUTE);
	for (unsigned i = 0; i < PER_MINUTE; i++) {
		somebody_init(&body, stage, i);
		(void)come(&body);
		assert_played(body.played, VERDICT_ALLOW, "account-allowed");
	}
	tell("1", "{\"sub\":\"1\",\"preferred_username\":\"ann\"}");
	assert_played(arrive(stage, &another), VERDICT_ALLOW, "user-created");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_crowd_comes_one_after_the_other),
	    TEST(a_crowd_comes_at_once),
	    TEST(the_daemon_is_made_to_start_again),
	    TEST(the_clock_is_set_back),
	    TEST(each_leaves_no_record),
	    TEST(they_are_to_have_no_account),
	    TEST(he_names_people_without_the_key),
	    TEST(he_reads_what_he_is_told),
	    TEST(others_shall_suffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
