/* Access policies: which of them are asked, what they come to, and what they
 * see. Configurations are as an administrator writes them. */
#include "tests/unit/policy_host.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define POLICY(id) "---\nresourceType: AccessPolicy\nid: " id "\n"
#define ALLOW(id)  POLICY(id) "engine: allow\n"
#define USER(name) "[{resourceType: User, id: " name "}]\n"

struct question {
	const char *yaml;
	enum policy_question question;
	const char *user, *claims;
	const char *why, *policy; /* `policy` NULL: it is not allowed */
};

static const struct question questions[] = {
    /* None is no. */
    {"", POLICY_TOKEN_LOGIN, "alice", "{}", "no-policy", NULL},
    {"", POLICY_TOKEN_ACCOUNT, "alice", "{}", "no-policy", NULL},
    {"", POLICY_OTHER_ACCOUNT, "alice", NULL, "policy-not-asked", ""},
    {ALLOW("a"), POLICY_TOKEN_LOGIN, "alice", "{}", "policy-allowed", "a"},
    {ALLOW("a"), POLICY_TOKEN_ACCOUNT, "alice", "{}", "policy-allowed", "a"},
    /* A policy for tokens locks nobody out. */
    {ALLOW("a") "link: " USER("bob"), POLICY_OTHER_ACCOUNT, "alice", NULL,
	"policy-not-asked", ""},
    {ALLOW("a") "stage: login\n", POLICY_OTHER_ACCOUNT, "alice", NULL,
	"policy-not-asked", ""},
    /* One for all logins does. */
    {ALLOW("a") "stage: account\nlink: " USER("bob"), POLICY_OTHER_ACCOUNT,
	"bob", NULL, "policy-allowed", "a"},
    {ALLOW("a") "stage: account\nlink: " USER("bob"), POLICY_OTHER_ACCOUNT,
	"alice", NULL, "no-policy", NULL},
    {POLICY("a") "stage: account\nmatcho: {user: {id: bob}}\n",
	POLICY_OTHER_ACCOUNT, "alice", NULL, "policy-denied", NULL},
    /* Stages. */
    {ALLOW("a") "stage: login\n", POLICY_TOKEN_LOGIN, "alice", "{}",
	"policy-allowed", "a"},
    {ALLOW("a") "stage: login\n", POLICY_TOKEN_ACCOUNT, "alice", "{}",
	"no-policy", NULL},
    {ALLOW("a") "stage: account\n", POLICY_TOKEN_LOGIN, "alice", "{}",
	"no-policy", NULL},
    {ALLOW("a") "stage: account\n", POLICY_TOKEN_ACCOUNT, "alice", "{}",
	"policy-allowed", "a"},
    /* The first that is true. */
    {POLICY("a") "matcho: {service: sudo}\n" ALLOW("b") ALLOW("c"),
	POLICY_TOKEN_LOGIN, "alice", "{}", "policy-allowed", "b"},
    {POLICY("a") "matcho: {service: sudo}\n", POLICY_TOKEN_LOGIN, "alice", "{}",
	"policy-denied", NULL},
    /* Links: one of them; with a role besides, both. */
    {ALLOW("a") "link: " USER("alice"), POLICY_TOKEN_LOGIN, "alice", "{}",
	"policy-allowed", "a"},
    {ALLOW("a") "link: " USER("alice"), POLICY_TOKEN_LOGIN, "bob", "{}",
	"no-policy", NULL},
    {ALLOW("a") "link: [{resourceType: Client, id: alice}]\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "no-policy", NULL},
    {ALLOW("a") "link: [{resourceType: Client, id: web}]\n", POLICY_TOKEN_LOGIN,
	"alice", "{}", "policy-allowed", "a"},
    {ALLOW("a") "link: [{resourceType: Client, id: other}, "
		"{resourceType: User, id: bob}]\n",
	POLICY_TOKEN_LOGIN, "bob", "{}", "policy-allowed", "a"},
    {ALLOW("a") "roleName: admin\n---\n"
		"{resourceType: Role, name: admin, user: {id: alice}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "policy-allowed", "a"},
    {ALLOW("a") "roleName: admin\n---\n"
		"{resourceType: Role, name: admin, user: {id: alice}}\n",
	POLICY_TOKEN_LOGIN, "bob", "{}", "no-policy", NULL},
    {ALLOW("a") "roleName: admin\n---\n"
		"{resourceType: Role, name: other, user: {id: alice}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "no-policy", NULL},
    {ALLOW("a") "roleName: admin\nlink: " USER(
	 "bob") "---\n"
		"{resourceType: Role, name: admin, user: {id: alice}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "no-policy", NULL},
    /* One policy sees each of its roles, one after the other. */
    {POLICY("a") "roleName: of\n"
		 "matcho: {service: .role.links.service}\n---\n"
		 "{resourceType: Role, name: of, user: {id: alice}, "
		 "links: {service: sudo}}\n---\n"
		 "{resourceType: Role, name: of, user: {id: alice}, "
		 "links: {service: sshd}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "policy-allowed", "a"},
    {POLICY("a") "matcho: {role: {$contains: {name: of}}}\n---\n"
		 "{resourceType: Role, name: of, user: {id: alice}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "policy-allowed", "a"},
    /* and, or */
    {POLICY("a") "engine: complex\nand:\n"
		 "- {engine: matcho, matcho: {service: sshd}}\n"
		 "- engine: complex\n"
		 "  or:\n"
		 "  - {engine: matcho, matcho: {jwt: {a: 1}}}\n"
		 "  - {engine: matcho, matcho: {jwt: {b: 1}}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{'b': 1}", "policy-allowed", "a"},
    {POLICY("a") "engine: complex\nand:\n"
		 "- {engine: allow}\n"
		 "- engine: complex\n"
		 "  or:\n"
		 "  - {engine: matcho, matcho: {jwt: {a: 1}}}\n"
		 "  - {engine: matcho, matcho: {jwt: {b: 1}}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{'a': 2}", "policy-denied", NULL},
    {POLICY("a") "engine: complex\nor:\n"
		 "- {engine: matcho, matcho: {service: sudo}}\n"
		 "- {engine: allow}\n",
	POLICY_TOKEN_LOGIN, "alice", "{}", "policy-allowed", "a"},
    /* What was too much work to say is not said, also not for "not". */
    {POLICY("a") "matcho: {jwt: {a: '#^(a+)+$'}}\n", POLICY_TOKEN_LOGIN,
	"alice", "{'a': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'}",
	"policy-gave-up", NULL},
    {POLICY("a") "matcho: {jwt: {a: {$not: '#^(a+)+$'}}}\n", POLICY_TOKEN_LOGIN,
	"alice", "{'a': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'}",
	"policy-gave-up", NULL},
    {POLICY("a") "matcho: {jwt: {a: '#^(a+)+$'}}\n" ALLOW("b"),
	POLICY_TOKEN_LOGIN, "alice",
	"{'a': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'}", "policy-allowed",
	"b"},
    /* The published example. */
    {"---\nresourceType: AccessPolicy\nengine: matcho\n"
     "matcho: {jwt: {iss: https://auth.example.com}, "
     "service: {$enum: [sshd, sudo]}, user: {data: {department: "
     "cardiology}}}\n---\n"
     "{resourceType: User, id: alice, data: {department: cardiology}}\n",
	POLICY_TOKEN_LOGIN, "alice", "{'iss': 'https://auth.example.com'}",
	"policy-allowed", "a.yaml-2"},
    {"---\nresourceType: AccessPolicy\nengine: matcho\n"
     "matcho: {user: {data: {department: cardiology}}}\n---\n"
     "{resourceType: User, id: alice, data: {department: cardiology}}\n",
	POLICY_TOKEN_LOGIN, "bob", "{}", "policy-denied", NULL},
};

static void
each_question_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *q = &questions[i];
		struct config *config = host_load(q->yaml);
		AUTO_JSON claims = host_json(q->claims);
		struct policy_request request = host_request(config, claims);
		struct policy_verdict verdict = {0};

		request.question = q->question;
		request.user = q->user;
		request.client_id = "web";
		assert_int_equal(policy_decide(&request, &verdict), 0);
		if (!streq(verdict.why, q->why) ||
		    verdict.is_allowed != (q->policy != NULL) ||
		    !streq(verdict.policy_id, q->policy ? q->policy : ""))
			fail_msg("%s for %s: %s by %s", q->yaml, q->user,
			    verdict.why, verdict.policy_id);
		config_unref(config);
	}
}

/* "ID ANSWER PATH\n" for each. */
static int
note(void *context, const struct policy_finding *finding)
{
	static const char *const words[] = {
	    [POLICY_TRUE] = "true",
	    [POLICY_FALSE] = "false",
	    [POLICY_GAVE_UP] = "gave-up",
	    [POLICY_OTHER_STAGE] = "stage",
	    [POLICY_OTHER_LINK] = "link",
	    [POLICY_OTHER_ROLE] = "role",
	};
	char *said = context;

	(void)snprintf(said + strlen(said), 1024 - strlen(said), "%s %s %s\n",
	    finding->policy->id, words[finding->answer], finding->path);
	return 0;
}

static void
explaining_tells_each_policy_and_where_it_says_no(void **state)
{
	struct config *config = host_load(
	    POLICY("service") "matcho: {service: sudo}\n"		/* */
	    POLICY("issuer") "matcho: {service: sshd, jwt: {iss: x}}\n" /* */
	    POLICY(
		"both") "engine: complex\nand: [{engine: allow}, {engine: "
			"complex, and: [{matcho: {jwt: {sub: 'y'}}}]}]\n" /* */
	    POLICY("some") "engine: complex\nor: [{matcho: {tty: z}}]\n"  /* */
	    ALLOW("bobs") "link: " USER("bob")				  /* */
	    ALLOW("later") "stage: account\n"				  /* */
	    ALLOW("admins") "roleName: admin\n"				  /* */
	    ALLOW("all")						  /* */
	    POLICY("heavy") "matcho: {jwt: {a: '#^(a+)+$'}}\n");
	AUTO_JSON claims = host_json(
	    "{'iss':'i','a':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'}");
	struct policy_request request = host_request(config, claims);
	struct policy_verdict verdict;
	char said[1024] = "";

	(void)state;
	assert_int_equal(policy_explain(&request, note, said, &verdict), 0);
	assert_string_equal(said, "service false service\n"
				  "issuer false jwt.iss\n"
				  "both false and.1.and.0.jwt.sub\n"
				  "some false or\n"
				  "bobs link \n"
				  "later stage \n"
				  "admins role \n"
				  "all true \n"
				  "heavy gave-up \n");
	assert_true(verdict.is_allowed);
	assert_string_equal(verdict.policy_id, "all");
	config_unref(config);
}

static void
a_refusal_names_the_first_that_said_no(void **state)
{
	struct config *config = host_load(
	    ALLOW("bobs") "link: " USER("bob")				/* */
	    POLICY("issuer") "matcho: {service: sshd, jwt: {iss: x}}\n" /* */
	    POLICY("sudo") "matcho: {service: sudo}\n");
	AUTO_JSON claims = host_json("{'iss':'i'}");
	struct policy_request request = host_request(config, claims);
	struct policy_verdict verdict;

	(void)state;
	assert_int_equal(policy_decide(&request, &verdict), 0);
	assert_string_equal(verdict.why, "policy-denied");
	assert_string_equal(verdict.policy_id, "");
	assert_string_equal(verdict.denied_id, "issuer");
	assert_string_equal(verdict.denied_path, "jwt.iss");
	assert_int_equal(verdict.denied_count, 2);
	config_unref(config);
}

static int
stop(void *context, const struct policy_finding *finding)
{
	(void)finding;
	return ++*(unsigned *)context == 2 ? -EPIPE : 0;
}

static void
an_error_of_who_listens_ends_the_explanation(void **state)
{
	struct config *config = host_load(ALLOW("a") ALLOW("b") ALLOW("c"));
	struct policy_request request = host_request(config, NULL);
	struct policy_verdict verdict = {.why = "untouched"};
	unsigned count = 0;

	(void)state;
	assert_int_equal(
	    policy_explain(&request, stop, &count, &verdict), -EPIPE);
	assert_int_equal(count, 2);
	assert_string_equal(verdict.why, "untouched");
	config_unref(config);
}

/* However many there are, all together have one budget. */
static void
many_heavy_policies_share_one_budget(void **state)
{
	AUTO_TEXT yaml = calloc(1, 1 << 16);
	AUTO_JSON claims = cJSON_CreateObject();
	struct policy_request request;
	struct policy_verdict verdict;
	struct config *config;
	cJSON *list = cJSON_AddArrayToObject(claims, "a");

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		size_t used = strlen(yaml);

		(void)snprintf(yaml + used, (1 << 16) - used,
		    "---\nresourceType: AccessPolicy\nid: p%zu\n"
		    "matcho: {jwt: {a: {$every: present?}, b: 1}}\n",
		    i);
	}
	strncat(yaml, ALLOW("last") "link: " USER("alice"), 200);
	for (size_t i = 0; i < 50000; i++)
		cJSON_AddItemToArray(list, cJSON_CreateTrue());
	config = host_load(yaml);
	request = host_request(config, claims);
	assert_int_equal(policy_decide(&request, &verdict), 0);
	/* No pattern is judged any more, but what needs none is. */
	assert_string_equal(verdict.policy_id, "last");
	request.user = "bob";
	assert_int_equal(policy_decide(&request, &verdict), 0);
	assert_false(verdict.is_allowed);
	assert_string_equal(verdict.why, "policy-gave-up");
	config_unref(config);
}

/* What costs much is found out only when somebody asks for it. */
static void
it_is_known_whether_a_policy_asks_for_a_member(void **state)
{
	static const struct {
		const char *yaml;
		bool in_auth, in_account;
	} cases[] = {
	    {POLICY("p") "engine: allow\n", false, false},
	    {POLICY("p") "matcho: {group: {$contains: a}}\n", true, true},
	    {POLICY("p") "matcho: {user: {name: .group}}\n", true, true},
	    {POLICY("p") "or: [{engine: allow}, "
			 "{matcho: {group: {$contains: a}}}]\n",
		true, true},
	    {POLICY("p") "stage: account\nmatcho: {group: present?}\n", false,
		true},
	    {POLICY("p") "stage: login\nmatcho: {group: present?}\n", true,
		false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = host_load(cases[i].yaml);
		struct policy_request request = host_request(config, NULL);

		if (policy_mentions(&request, "group") != cases[i].in_auth)
			fail_msg("in auth: %s", cases[i].yaml);
		request.question = POLICY_TOKEN_ACCOUNT;
		if (policy_mentions(&request, "group") != cases[i].in_account)
			fail_msg("in account: %s", cases[i].yaml);
		config_unref(config);
	}
}

static void
the_request_object_holds_what_is_known(void **state)
{
	static char wheel[] = "wheel", staff[] = "staff";
	char *const groups[] = {wheel, staff, NULL};
	struct config *config = host_load(
	    "{resourceType: User, id: alice, email: a@x.example, "
	    "displayName: Alice, phoneNumber: '+15550100', "
	    "data: {level: 3}, "
	    "identifier: [{system: https://i.example, value: '77'}]}\n---\n"
	    "{resourceType: Role, id: r1, name: admin, user: {id: alice}, "
	    "context: {a: 1}}\n");
	AUTO_JSON claims = host_json("{'sub':'77','amr':['pwd','otp']}");
	struct policy_request request = host_request(config, claims);
	AUTO_JSON object = NULL;
	AUTO_JSON expected = NULL;

	(void)state;
	request.groups = groups;
	request.client_id = "web";
	request.tty = "pts/1";
	request.ruser = "";
	request.remote_addr = NULL;
	object = policy_request_build(&request);
	expected = host_json(
	    "{'service':'sshd','stage':'login','tty':'pts/1','host':'h1',"
	    "'user':{'id':'alice','name':'alice','uid':1000,"
	    "'email':'a@x.example','phoneNumber':'+15550100',"
	    "'displayName':'Alice','data':{'level':3},"
	    "'identifier':[{'system':'https://i.example','value':'77'}]},"
	    "'role':[{'id':'r1','name':'admin','context':{'a':1}}],"
	    "'group':['wheel','staff'],'client':{'id':'web'},"
	    "'jwt':{'sub':'77','amr':['pwd','otp']},"
	    "'time':{'unix':1790000000,'date':'2026-09-21',"
	    "'clock':'14:13:20','zone':'+0000','weekday':'monday'}}");
	if (!cJSON_Compare(object, expected, true))
		fail_msg("%s", cJSON_Print(object));
	config_unref(config);
}

static void
what_is_not_known_is_not_there(void **state)
{
	struct config *config = host_load("");
	struct policy_request request = {.config = config,
	    .question = POLICY_OTHER_ACCOUNT,
	    .uid = -1,
	    .now_unix_s = HOST_NOW};
	AUTO_JSON object = NULL;
	static const char *const names[] = {"stage", "role", "time", NULL};
	const char *other;

	(void)state;
	object = policy_request_build(&request);
	assert_non_null(object);
	assert_string_equal(json_find(object, "stage")->valuestring, "account");
	if (!json_has_only(object, names, &other))
		fail_msg("%s", other);
	config_unref(config);
}

struct place {
	const char *address, *network;
	bool is_in;
};

static const struct place places[] = {
    {"192.0.2.7", "192.0.2.0/24", true},
    {"192.0.2.7", "192.0.2.7/32", true},
    {"192.0.2.7", "192.0.2.6/31", true},
    {"192.0.2.7", "192.0.2.4/31", false},
    {"192.0.2.7", "192.128.0.0/9", false},
    {"192.0.2.7", "192.0.2.7/24", false},
    {"192.0.2.7", "192.0.0.0/14", true},
    {"192.0.2.7", "0.0.0.0/0", true},
    {"192.0.2.7", "::/0", false},
    {"2001:db8::7", "2001:db8::/32", true},
    {"2001:db8::7", "2001:db8::7/128", true},
    {"2001:db8:8000::7", "2001:db8:8000::/33", true},
    {"2001:db8:8000::7", "2001:db8::/33", false},
    {"2001:db8::7", "::/0", true},
    {"not an address", "0.0.0.0/0", false},
};

static void
a_policy_can_name_a_network(void **state)
{
	char yaml[256];

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		struct policy_verdict verdict;
		struct policy_request request;
		struct config *config;

		(void)snprintf(yaml, sizeof(yaml),
		    POLICY("a") "matcho: {network: {$contains: '%s'}}\n",
		    places[i].network);
		config = host_load(yaml);
		request = host_request(config, NULL);
		request.remote_addr = places[i].address;
		assert_int_equal(policy_decide(&request, &verdict), 0);
		if (verdict.is_allowed != places[i].is_in)
			fail_msg(
			    "%s in %s", places[i].address, places[i].network);
		config_unref(config);
	}
}

static void
the_sample_mends_what_it_is_for(void **state)
{
	static const enum policy_question questions_asked[] = {
	    POLICY_TOKEN_LOGIN, POLICY_TOKEN_ACCOUNT, POLICY_OTHER_ACCOUNT};
	static const char *const users[] = {
	    "alice", "j: #s", "\xc3\xa9va@x", "'{}'", "yes", "00x"};
	struct config *none = host_load("");

	(void)state;
	for (size_t i = 0; i < COUNT(users) * 3; i++) {
		struct policy_request request = host_request(none, NULL);
		AUTO_TEXT sample = NULL;
		struct policy_verdict verdict;
		struct config *config;

		request.question = questions_asked[i % 3];
		request.user = users[i / 3];
		sample = policy_sample(&request, i % 2);
		config = host_load(sample);
		request.config = config;
		assert_int_equal(policy_decide(&request, &verdict), 0);
		assert_string_equal(verdict.policy_id, "first-policy");
		request.service = "other";
		assert_int_equal(policy_decide(&request, &verdict), 0);
		assert_false(verdict.is_allowed);
		config_unref(config);
	}
	config_unref(none);
}

static void
a_sample_quotes_nothing_that_could_end_the_quotes(void **state)
{
	struct policy_request request = {.user = "a\"b", .service = "c\\d"};
	AUTO_TEXT sample = policy_sample(&request, false);

	(void)state;
	assert_non_null(strstr(sample, "\"SERVICE\""));
	assert_non_null(strstr(sample, "\"USER\""));
}

static int
set_zone(void **state)
{
	(void)state;
	return setenv("TZ", "UTC0", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_question_has_its_verdict),
	    cmocka_unit_test(explaining_tells_each_policy_and_where_it_says_no),
	    cmocka_unit_test(a_refusal_names_the_first_that_said_no),
	    cmocka_unit_test(an_error_of_who_listens_ends_the_explanation),
	    cmocka_unit_test(many_heavy_policies_share_one_budget),
	    cmocka_unit_test(it_is_known_whether_a_policy_asks_for_a_member),
	    cmocka_unit_test(the_request_object_holds_what_is_known),
	    cmocka_unit_test(what_is_not_known_is_not_there),
	    cmocka_unit_test(a_policy_can_name_a_network),
	    cmocka_unit_test(the_sample_mends_what_it_is_for),
	    cmocka_unit_test(a_sample_quotes_nothing_that_could_end_the_quotes),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
