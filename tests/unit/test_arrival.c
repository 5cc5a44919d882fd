/* Users who appear by themselves: who is created, who is not, and what stays of
 * those who are refused. */
#include "arrival_stage.h"

#define ANN_INFO                                                               \
	"{\"sub\":\"1\",\"preferred_username\":\"ann\",\"name\":\"Ann Lee\","  \
	"\"email\":\"ann@idp.example\",\"groups\":[\"developers\",\"x\"]}"

static const struct arriving ann = {.user = "ann", .sub = "1"};

static void
assert_nothing_of(struct stage *stage, const char *name, const char *sub)
{
	AUTO(subject) subject = NULL;

	assert_false(is_stored(stage, name));
	assert_false(is_published(name));
	assert_int_equal(
	    subject_find(stage->daemon.store, ISSUER, sub, &subject), 0);
}

static uid_t
uid_of(struct stage *stage, const char *name)
{
	AUTO(person) person = stored(stage, name);

	assert_non_null(person);
	return person->uid;
}

/* ---- the first time, and the next ---- */

static void
a_user_is_there_after_his_first_login(void **state)
{
	struct stage *stage = *state;
	AUTO(person) person = NULL;
	struct played auth;
	struct nss_user user;

	tell("1", ANN_INFO);
	auth = authenticate(stage, &ann);
	assert_played(auth, VERDICT_ALLOW, "token-accepted");
	/* The rest of the stack may still say no. */
	assert_nothing_of(stage, "ann", "1");

	assert_played(
	    account(stage, &ann, &auth), VERDICT_ALLOW, "user-created");
	assert_int_equal(published_groups("ann"), 1);
	person = stored(stage, "ann");
	assert_true(person_is_of(person, ISSUER, "1"));
	assert_int_equal(person->created_unix_s, START_UNIX_S);
	assert_string_equal(json_find(person->profile, "email")->valuestring,
	    "ann@idp.example");
	assert_string_equal(
	    json_find(person->profile, "displayName")->valuestring, "Ann Lee");
	/* Who asks NSS at once is not told what was cached before. */
	assert_int_equal(nss_find_user(stage->daemon.nss, "ann", &user), 1);
	assert_int_equal(user.uid, person->uid);
}

static void
the_next_login_finds_him(void **state)
{
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(world.publishes, 1);
	assert_int_equal(world.questions, 2);
}

/* nss-systemd reads the whole folder of records for each such look-up. */
static void
groups_are_asked_for_once_in_a_login(void **state)
{
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	world.walks = 0;
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(world.walks, 1);
	/* Policies that want them get them, his own group's name too. */
	stage_write_config(stage, HOST "resourceType: AccessPolicy\nid: g\n"
				       "matcho: {group: {$contains: dev}}\n");
	world.walks = 0;
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(world.walks, 5);
}

/* ---- nothing before everything said yes ---- */

static void
what_a_policy_refuses_makes_nobody(void **state)
{
	struct stage *stage = *state;
	struct played auth;

	tell("1", ANN_INFO);
	stage_write_config(stage, HOST);
	assert_played(arrive(stage, &ann), VERDICT_FORBIDDEN, "no-policy");
	assert_nothing_of(stage, "ann", "1");

	/* One that says no in account alone. */
	stage_write_config(stage,
	    HOST "resourceType: AccessPolicy\nid: l\nengine: allow\n"
		 "stage: login\n");
	auth = authenticate(stage, &ann);
	assert_played(auth, VERDICT_ALLOW, "token-accepted");
	assert_int_equal(
	    account(stage, &ann, &auth).verdict, VERDICT_FORBIDDEN);
	assert_nothing_of(stage, "ann", "1");
}

static void
a_login_that_is_not_finished_makes_nobody(void **state)
{
	struct stage *stage = *state;
	const struct arriving bob = {.user = "bob", .sub = "1"};
	struct played auth;

	tell("1", ANN_INFO);
	auth = authenticate(stage, &ann);
	assert_played(
	    account(stage, &bob, &auth), VERDICT_FORBIDDEN, "other-user");
	auth = authenticate(stage, &ann);
	stage_now_unix_s += PENDING_TTL_S;
	/* The reference expires by a clock that does not wait for the test:
	 * it is taken twice instead. */
	(void)account(stage, &bob, &auth);
	assert_played(account(stage, &ann, &auth), VERDICT_FORBIDDEN,
	    "reference-unknown");
	assert_nothing_of(stage, "ann", "1");
}

static void
policies_see_him_as_he_shall_be(void **state)
{
	static const char *const policies[] = {
	    "matcho: {user: {id: ann, data: {email: ann@idp.example}}}\n",
	    "matcho: {user: {displayName: Ann Lee, uid: present?}}\n",
	    "matcho: {group: {$contains: dev}, user: {name: ann}}\n",
	    "matcho: {user: {identifier: [{system: '" ISSUER
	    "', value: '1'}]}}\n",
	};
	struct stage *stage = *state;
	char yaml[4096];

	tell("1", ANN_INFO);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		(void)snprintf(yaml, sizeof(yaml),
		    HOST "resourceType: AccessPolicy\nid: it\n%s", policies[i]);
		stage_write_config(stage, yaml);
		assert_played(
		    authenticate(stage, &ann), VERDICT_ALLOW, "token-accepted");
	}
	stage_write_config(stage, HOST "resourceType: AccessPolicy\nid: it\n"
				       "matcho: {group: {$contains: ops}}\n");
	assert_played(
	    authenticate(stage, &ann), VERDICT_FORBIDDEN, "policy-denied");
}

/* ---- who is not created ---- */

static void
nobody_is_created_unless_that_is_configured(void **state)
{
	static const struct {
		const char *yaml, *why;
	} rows[] = {
	    {PROVIDER "---\n" INTROSPECTOR "---\n" ALLOW_ALL, "token-no-user"},
	    {"resourceType: TokenIntrospector\nid: idp\ntype: jwt\n"
	     "jwt: {iss: '" ISSUER "', aud: host, secret: '" SECRET "'}\n"
	     "---\n" CREATE "---\n" ALLOW_ALL,
		"token-no-user"},
	    {PROVIDER "active: false\n---\n" INTROSPECTOR "---\n" CREATE
		      "---\n" ALLOW_ALL,
		"introspector-inactive"},
	};
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stage_write_config(stage, rows[i].yaml);
		assert_played(arrive(stage, &ann), VERDICT_DENY, rows[i].why);
	}
	assert_int_equal(world.questions, 0);
	assert_nothing_of(stage, "ann", "1");
}

static void
the_environment_sets_the_same_switch(void **state)
{
	static const char *const names[] = {
	    "BOX_SECURITY_INTROSPECTION_CREATE_USER",
	    "BOX_FEATURES_AUTHENTICATION_INTROSPECTION_CREATE__USER"};
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(setenv(names[i], "true", 1), 0);
		stage_write_config(
		    stage, PROVIDER "---\n" INTROSPECTOR "---\n" ALLOW_ALL);
		assert_played(
		    authenticate(stage, &ann), VERDICT_ALLOW, "token-accepted");
		assert_int_equal(setenv(names[i], "false", 1), 0);
		stage_write_config(stage, HOST ALLOW_ALL);
		assert_played(
		    authenticate(stage, &ann), VERDICT_DENY, "token-no-user");
		assert_int_equal(unsetenv(names[i]), 0);
	}
}

static void
without_a_provisioning_there_are_no_accounts(void **state)
{
	struct stage *stage = *state;
	char path[96];

	tell("1", ANN_INFO);
	(void)snprintf(path, sizeof(path), "%s/userdb.yaml", stage->config_dir);
	assert_int_equal(remove(path), 0);
	stage_write_config(stage, HOST ALLOW_ALL);
	assert_played(arrive(stage, &ann), VERDICT_DENY, "not-provisioned");
}

static void
a_provider_that_answers_wrongly_makes_nobody(void **state)
{
	static const struct {
		unsigned status;
		const char *answer, *why;
	} rows[] = {
	    {200, "{\"sub\":\"2\",\"preferred_username\":\"ann\"}",
		"userinfo-other-subject"},
	    {200, "{\"preferred_username\":\"ann\"}", "userinfo-other-subject"},
	    {200, "{\"sub\":1,\"preferred_username\":\"ann\"}",
		"userinfo-other-subject"},
	    {200, "{\"sub\":\"1\",\"sub\":\"2\"}", "userinfo-malformed"},
	    {200, "[]", "userinfo-malformed"},
	    {200, "", "userinfo-malformed"},
	    {200, "eyJhbGciOiJub25lIn0.e30.", "userinfo-malformed"},
	    {200, ANN_INFO "x", "userinfo-malformed"},
	    {401, ANN_INFO, "user-gone"},
	    {403, ANN_INFO, "user-gone"},
	    {200,
		"{\"sub\":\"1\",\"preferred_username\":\"ann\","
		"\"active\":false}",
		"user-gone"},
	    {200, "{\"sub\":\"1\"}", "name-refused"},
	    {200, "{\"sub\":\"1\",\"preferred_username\":[\"ann\"]}",
		"name-refused"},
	    {200, "{\"sub\":\"1\",\"preferred_username\":\"root\"}",
		"name-refused"},
	    {200, "{\"sub\":\"1\",\"preferred_username\":\"sudo\"}",
		"name-refused"},
	    {200, "{\"sub\":\"1\",\"preferred_username\":\"a:0:0\"}",
		"name-refused"},
	    {200, "{\"sub\":\"1\",\"preferred_username\":\"../ann\"}",
		"name-refused"},
	    {200, "{\"sub\":\"1\",\"preferred_username\":\"bob\"}",
		"token-other-user"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world.provider_status = rows[i].status;
		world.provider_answer = rows[i].answer;
		assert_played(arrive(stage, &ann), VERDICT_DENY, rows[i].why);
		assert_nothing_of(stage, "ann", "1");
	}
	world.provider_status = 500;
	assert_played(
	    arrive(stage, &ann), VERDICT_UNAVAILABLE, "issuer-unavailable");
	assert_nothing_of(stage, "ann", "1");
}

/* ---- clashes ---- */

static void
nobody_becomes_a_user_of_this_host(void **state)
{
	struct stage *stage = *state;
	const struct arriving alice = {.user = "alice", .sub = "5"};

	tell("5", "{\"sub\":\"5\",\"preferred_username\":\"alice\"}");
	assert_played(arrive(stage, &alice), VERDICT_DENY, "name-taken");
	assert_false(is_stored(stage, "alice"));
	assert_int_equal(world.publishes, 0);
}

/* Removed and made again at the provider: the name is the same, the person may
 * be another. */
static void
a_recreated_user_is_refused_until_root_links_him(void **state)
{
	struct stage *stage = *state;
	const struct arriving again = {.user = "ann", .sub = "9"};
	AUTO(subject) link = NULL;
	char other[USER_NAME_BYTES_MAX + 1];

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	tell("9", "{\"sub\":\"9\",\"preferred_username\":\"ann\"}");
	assert_played(arrive(stage, &again), VERDICT_DENY, "name-taken");

	link = subject_new(ISSUER, "9", "ann", uid_of(stage, "ann"), 1);
	assert_int_equal(ownership_link(stage->daemon.store, link, other), 1);
	assert_played(arrive(stage, &again), VERDICT_ALLOW, "account-allowed");
	/* Merged: both are he. */
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
}

static void
a_renamed_user_stays_who_he_was_here(void **state)
{
	struct stage *stage = *state;
	const struct arriving anna = {.user = "anna", .sub = "1"};

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	tell("1", "{\"sub\":\"1\",\"preferred_username\":\"anna\"}");
	assert_played(arrive(stage, &anna), VERDICT_DENY, "token-other-user");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_false(is_stored(stage, "anna"));
}

static void
the_same_subject_of_two_issuers_is_two_users(void **state)
{
	struct stage *stage = *state;
	const struct arriving same_name = {.user = "ann",
	    .sub = "1",
	    .issuer = OTHER,
	    .more = ",\"preferred_username\":\"ann\""};
	const struct arriving other_name = {.user = "eve",
	    .sub = "1",
	    .issuer = OTHER,
	    .more = ",\"preferred_username\":\"eve\""};

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	assert_played(arrive(stage, &same_name), VERDICT_DENY, "name-taken");
	assert_played(
	    arrive(stage, &other_name), VERDICT_ALLOW, "user-created");
	assert_int_not_equal(uid_of(stage, "ann"), uid_of(stage, "eve"));
}

/* A rule for names would hand a name to whoever has it at the provider now. */
static void
a_created_user_is_not_reached_by_a_rule_for_names(void **state)
{
	struct stage *stage = *state;
	const struct arriving again = {.user = "ann",
	    .sub = "9",
	    .more = ",\"preferred_username\":\"ann\""};

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	stage_write_config(stage,
	    PROVIDER "---\n" INTROSPECTOR
		     "username: {claim: preferred_username}\n---\n" ALLOW_ALL);
	assert_played(arrive(stage, &again), VERDICT_DENY, "name-taken");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
}

/* An address is its owner's only where the provider has verified it. */
static void
an_unverified_address_is_no_name(void **state)
{
	struct stage *stage = *state;

	stage_write_provisioning(stage,
	    "resourceType: Provisioning\n"
	    "username: {claim: email, pattern: '(.*)@idp[.]example'}\n");
	stage_write_config(stage, HOST ALLOW_ALL);
	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_DENY, "name-refused");
	tell("1", "{\"sub\":\"1\",\"email\":\"ann@idp.example\","
		  "\"email_verified\":\"true\"}");
	assert_played(arrive(stage, &ann), VERDICT_DENY, "name-refused");
	tell("1", "{\"sub\":\"1\",\"email\":\"ann@evil.example\","
		  "\"email_verified\":true}");
	assert_played(arrive(stage, &ann), VERDICT_DENY, "name-refused");
	tell("1", "{\"sub\":\"1\",\"email\":\"Ann@idp.example\","
		  "\"email_verified\":true}");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
}

/* ---- ids ---- */

static void
an_id_that_may_not_be_what_sshd_was_told_is_not_used(void **state)
{
	struct stage *stage = *state;
	struct played auth;

	tell("1", ANN_INFO);
	world.is_unsettled = true;
	assert_played(arrive(stage, &ann), VERDICT_FORBIDDEN, "login-again");
	assert_nothing_of(stage, "ann", "1");

	/* Taken between auth and account. */
	world.is_unsettled = false;
	auth = authenticate(stage, &ann);
	world.next_proposal = FIRST_ID + 5;
	assert_played(
	    account(stage, &ann, &auth), VERDICT_FORBIDDEN, "login-again");
	assert_nothing_of(stage, "ann", "1");
}

static void
an_id_that_was_once_anothers_is_not_used(void **state)
{
	struct stage *stage = *state;
	AUTO(person) gone = person_new("gone", FIRST_ID, ISSUER, "7");
	enum ownership result;

	assert_int_equal(
	    ownership_take(stage->daemon.store, gone, 1, &result), 0);
	assert_int_equal(ownership_remove(stage->daemon.store, "gone"), 1);
	tell("1", ANN_INFO);
	/* An authbox-userdb that has forgotten it is told, once. */
	world.next_proposal = FIRST_ID;
	assert_played(arrive(stage, &ann), VERDICT_FORBIDDEN, "login-again");
	assert_nothing_of(stage, "ann", "1");
	assert_int_equal(world.reserved_count, 1);
	assert_int_equal(world.reserved[0], FIRST_ID);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	assert_int_not_equal(uid_of(stage, "ann"), FIRST_ID);
}

/* It is the owner's, who is there: nobody may take it from him. */
static void
an_id_of_somebody_not_yet_published_is_not_reserved(void **state)
{
	struct stage *stage = *state;
	AUTO(person) bob = person_new("bob", FIRST_ID, ISSUER, "2");
	enum ownership result;

	assert_int_equal(
	    ownership_take(stage->daemon.store, bob, 1, &result), 0);
	tell("1", ANN_INFO);
	world.next_proposal = FIRST_ID;
	assert_played(arrive(stage, &ann), VERDICT_FORBIDDEN, "login-again");
	assert_nothing_of(stage, "ann", "1");
	assert_int_equal(world.reserved_count, 0);
	assert_true(is_stored(stage, "bob"));
}

static void
what_authbox_userdb_refuses_leaves_nothing(void **state)
{
	static const struct {
		const char *refusal, *why;
	} rows[] = {
	    {"name-taken", "name-taken"},
	    {"id-taken", "login-again"},
	    {"group", "userdb-refused"},
	    {"too-many", "userdb-refused"},
	    {"anything else", "userdb-refused"},
	};
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world.refusal = rows[i].refusal;
		assert_played(
		    arrive(stage, &ann), VERDICT_FORBIDDEN, rows[i].why);
		assert_nothing_of(stage, "ann", "1");
	}
	world.refusal = NULL;
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
}

static void
without_authbox_userdb_nobody_new_comes_and_everybody_else_does(void **state)
{
	struct stage *stage = *state;
	const struct arriving bob = {.user = "bob", .sub = "2"};

	tell("1", ANN_INFO);
	tell("2", "{\"sub\":\"2\",\"preferred_username\":\"bob\"}");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	world_set_down(true);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_played(
	    arrive(stage, &bob), VERDICT_UNAVAILABLE, "userdb-unavailable");
	assert_nothing_of(stage, "bob", "2");
}

/* It died between the store and the account: the next login goes on. */
static void
an_account_that_was_stored_and_not_published_is_at_the_next_login(void **state)
{
	struct stage *stage = *state;
	struct played auth;
	uid_t uid;

	tell("1", ANN_INFO);
	{
		AUTO(person) person = person_new("ann", 70123, ISSUER, "1");
		enum ownership result;

		assert_int_equal(
		    ownership_take(stage->daemon.store, person, 1, &result), 0);
	}
	world.next_proposal = 70123;
	world_set_down(true);
	assert_played(
	    arrive(stage, &ann), VERDICT_UNAVAILABLE, "userdb-unavailable");
	world_set_down(false);
	auth = authenticate(stage, &ann);
	assert_played(
	    account(stage, &ann, &auth), VERDICT_ALLOW, "account-allowed");
	uid = uid_of(stage, "ann");
	assert_int_equal(uid, 70123);
	assert_int_equal(published_groups("ann"), 1);
}

/* sshd may have been told another id than the one that he owns: he is published
 * for the next time. */
static void
an_account_with_another_id_than_sshd_was_told_is_for_the_next_login(
    void **state)
{
	struct stage *stage = *state;
	AUTO(person) person = person_new("ann", 70123, ISSUER, "1");
	enum ownership result;

	tell("1", ANN_INFO);
	assert_int_equal(
	    ownership_take(stage->daemon.store, person, 1, &result), 0);
	world.next_proposal = 70001;
	assert_played(arrive(stage, &ann), VERDICT_FORBIDDEN, "login-again");
	assert_true(is_published("ann"));
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
}

/* ---- later logins ---- */

static void
groups_and_data_follow_the_provider(void **state)
{
	struct stage *stage = *state;
	AUTO(person) person = NULL;

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	tell("1", "{\"sub\":\"1\",\"preferred_username\":\"ann\","
		  "\"groups\":[\"ops\"],\"email\":\"new@idp.example\"}");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(published_groups("ann"), 2);
	person = stored(stage, "ann");
	assert_true(person_has_group(person, "ops"));
	assert_false(person_has_group(person, "dev"));
	assert_string_equal(json_find(person->profile, "email")->valuestring,
	    "new@idp.example");
	/* What is no list of texts leads to no group. */
	tell("1", "{\"sub\":\"1\",\"preferred_username\":\"ann\","
		  "\"groups\":{\"ops\":true}}");
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(published_groups("ann"), 0);
}

/* A group that was taken away is not kept because nobody can take it. */
static void
a_group_that_was_taken_away_is_not_kept(void **state)
{
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	tell("1", "{\"sub\":\"1\",\"preferred_username\":\"ann\"}");
	world_set_down(true);
	/* Not at the second time either, when the store knows it already. */
	for (int i = 0; i < 2; i++)
		assert_played(arrive(stage, &ann), VERDICT_UNAVAILABLE,
		    "userdb-unavailable");
	world_set_down(false);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(published_groups("ann"), 0);
}

static void
a_provider_that_cannot_be_asked_is_believed_for_a_day(void **state)
{
	struct stage *stage = *state;

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	world.provider_status = 503;
	stage_now_unix_s += 86399;
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "account-allowed");
	stage_now_unix_s += 1;
	assert_played(
	    arrive(stage, &ann), VERDICT_UNAVAILABLE, "issuer-unavailable");
}

static int
deactivate(void *context, struct person *person)
{
	(void)context;
	person->inactive = true;
	return 1;
}

static void
who_has_left_is_shut_out_and_kept(void **state)
{
	struct stage *stage = *state;
	struct login_request key = {.stage = PAM_STAGE_ACCOUNT};
	struct played auth;

	tell("1", ANN_INFO);
	assert_played(arrive(stage, &ann), VERDICT_ALLOW, "user-created");
	world.provider_status = 401;
	assert_played(arrive(stage, &ann), VERDICT_DENY, "user-gone");
	assert_true(is_stored(stage, "ann") && is_published("ann"));

	world.provider_status = 0;
	auth = authenticate(stage, &ann);
	assert_int_equal(
	    ownership_update(stage->daemon.store, "ann", deactivate, NULL), 1);
	assert_played(
	    account(stage, &ann, &auth), VERDICT_FORBIDDEN, "inactive");
	assert_played(arrive(stage, &ann), VERDICT_DENY, "inactive");
	/* With a key too, which asks in account alone. */
	(void)strcpy(key.user, "ann");
	assert_played(
	    stage_play(stage, &key, 0, NULL), VERDICT_FORBIDDEN, "inactive");
	assert_true(is_stored(stage, "ann") && is_published("ann"));
}

/* ---- users of Clients alone ---- */

static void
without_provisioning_a_user_is_a_clients_alone(void **state)
{
	static const char yaml[] =
	    PROVIDER "---\n" INTROSPECTOR "provisioning: none\n---\n" CREATE
		     "---\nresourceType: Client\nid: web\npeers: [alice]\n"
		     "services: [nginx, sshd]\n---\n" ALLOW_ALL;
	const struct arriving by_web = {
	    .user = "ann", .sub = "1", .service = "nginx", .peer_uid = ALICE};
	struct stage *stage = *state;
	AUTO(person) person = NULL;

	tell("1", ANN_INFO);
	stage_write_config(stage, yaml);
	assert_played(arrive(stage, &ann), VERDICT_DENY, "unknown-user");
	assert_nothing_of(stage, "ann", "1");
	assert_played(arrive(stage, &by_web), VERDICT_ALLOW, "user-created");
	person = stored(stage, "ann");
	assert_int_equal(person->uid, PERSON_NO_UID);
	assert_played(arrive(stage, &by_web), VERDICT_ALLOW, "account-allowed");
	assert_int_equal(world.publishes + world.proposals, 0);
	assert_played(arrive(stage, &ann), VERDICT_DENY, "unknown-user");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ARRIVALS(a_user_is_there_after_his_first_login),
	    WITH_ARRIVALS(the_next_login_finds_him),
	    WITH_ARRIVALS(groups_are_asked_for_once_in_a_login),
	    WITH_ARRIVALS(what_a_policy_refuses_makes_nobody),
	    WITH_ARRIVALS(a_login_that_is_not_finished_makes_nobody),
	    WITH_ARRIVALS(policies_see_him_as_he_shall_be),
	    WITH_ARRIVALS(nobody_is_created_unless_that_is_configured),
	    WITH_ARRIVALS(the_environment_sets_the_same_switch),
	    WITH_ARRIVALS(without_a_provisioning_there_are_no_accounts),
	    WITH_ARRIVALS(a_provider_that_answers_wrongly_makes_nobody),
	    WITH_ARRIVALS(nobody_becomes_a_user_of_this_host),
	    WITH_ARRIVALS(a_recreated_user_is_refused_until_root_links_him),
	    WITH_ARRIVALS(a_renamed_user_stays_who_he_was_here),
	    WITH_ARRIVALS(the_same_subject_of_two_issuers_is_two_users),
	    WITH_ARRIVALS(a_created_user_is_not_reached_by_a_rule_for_names),
	    WITH_ARRIVALS(an_unverified_address_is_no_name),
	    WITH_ARRIVALS(an_id_that_may_not_be_what_sshd_was_told_is_not_used),
	    WITH_ARRIVALS(an_id_that_was_once_anothers_is_not_used),
	    WITH_ARRIVALS(an_id_of_somebody_not_yet_published_is_not_reserved),
	    WITH_ARRIVALS(what_authbox_userdb_refuses_leaves_nothing),
	    WITH_ARRIVALS(
		without_authbox_userdb_nobody_new_comes_and_everybody_else_does),
	    WITH_ARRIVALS(
		an_account_that_was_stored_and_not_published_is_at_the_next_login),
	    WITH_ARRIVALS(
		an_account_with_another_id_than_sshd_was_told_is_for_the_next_login),
	    WITH_ARRIVALS(groups_and_data_follow_the_provider),
	    WITH_ARRIVALS(a_group_that_was_taken_away_is_not_kept),
	    WITH_ARRIVALS(
		a_provider_that_cannot_be_asked_is_believed_for_a_day),
	    WITH_ARRIVALS(who_has_left_is_shut_out_and_kept),
	    WITH_ARRIVALS(without_provisioning_a_user_is_a_clients_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
