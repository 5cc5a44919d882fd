/*
 * A stage (login_stage.h) where users arrive: a provider that tells about its
 * people, an authbox-userdb that publishes them, and an NSS that knows whom it
 * has published. All three in this process, each with a switch for what may go
 * wrong. To be included once.
 */
#ifndef ARRIVAL_STAGE_H
#define ARRIVAL_STAGE_H

#include "login_stage.h"

#include <grp.h>
#include <pthread.h>
#include <pwd.h>

#include "base/base64url.h"
#include "tests/harness/forge.h"
#include "users/ownership.h"
#include "users/uid_owner.h"
#include "wire/listener.h"
#include "wire/peers.h"
#include "wire/varlink.h"

#define SECRET	      "0123456789abcdef0123456789abcdef"
#define ISSUER	      "https://idp.example"
#define OTHER	      "https://other.example"
#define ALICE	      1000 /* in /etc/passwd */
#define FIRST_ID      70000
#define PUBLISHED_MAX 512
#define TOLD_MAX      32

#define PROVIDER                                                               \
	"resourceType: IdentityProvider\nid: p\nissuer: " ISSUER "\n"          \
	"userinfo_endpoint: " ISSUER "/me\n"
#define INTROSPECTOR                                                           \
	"resourceType: TokenIntrospector\nid: idp\ntype: jwt\n"                \
	"jwt: {iss: '" ISSUER "', aud: host, secret: '" SECRET "'}\n"          \
	"identity_provider: {id: p}\nnamesUsers: false\n"
#define OTHER_ISSUER                                                           \
	"resourceType: IdentityProvider\nid: q\nissuer: " OTHER "\n"           \
	"userinfo-source: id-token\n---\n"                                     \
	"resourceType: TokenIntrospector\nid: other\ntype: jwt\n"              \
	"jwt: {iss: '" OTHER "', aud: host, secret: '" SECRET "'}\n"           \
	"identity_provider: {id: q}\nnamesUsers: false\n---\n"
#define CREATE                                                                 \
	"resourceType: Settings\nid: s\n"                                      \
	"security: {introspection-create-user: true}\n"
#define ALLOW_ALL "resourceType: AccessPolicy\nid: all\nengine: allow\n"
#define HOST	  PROVIDER "---\n" INTROSPECTOR "---\n" OTHER_ISSUER CREATE "---\n"
#define PROVISIONING                                                           \
	"resourceType: Provisioning\n"                                         \
	"username: {claim: preferred_username}\n"                              \
	"groups:\n  claim: groups\n  map:\n"                                   \
	"    - {value: developers, group: dev}\n"                              \
	"    - {value: ops, group: ops}\n"

struct account {
	char name[USER_NAME_BYTES_MAX + 1];
	uid_t uid;
	unsigned groups; /* bits of group_names */
};

static const char *const group_names[] = {"dev", "ops"};
#define GROUP_GID 500 /* and following */

static struct world {
	pthread_mutex_t lock; /* of all below */
	/* authbox-userdb's, and so what NSS knows. */
	struct account published[PUBLISHED_MAX];
	size_t published_count;
	uid_t reserved[PUBLISHED_MAX];
	size_t reserved_count;
	unsigned publishes, proposals, lists;
	unsigned walks; /* of NSS through all groups */
	bool userdb_is_down, is_unsettled;
	uid_t next_proposal; /* 0: by what is free */
	const char *refusal;
	/* What the provider tells: "SUB" and its answer. */
	struct {
		char sub[16];
		const char *info;
	} told[TOLD_MAX];
	unsigned told_count, questions;
	unsigned provider_status;
	const char *provider_answer; /* NULL: by `told` */
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- NSS ---- */

static int
answer_passwd(const char *name, uid_t uid, struct passwd *entry, char *buffer,
    size_t size, struct passwd **ret)
{
	*ret = NULL;
	(void)snprintf(buffer, size, "%s", name ? name : "");
	*entry = (struct passwd){.pw_name = buffer};
	if (name ? streq(name, "alice") : uid == ALICE) {
		(void)snprintf(buffer, size, "alice");
		entry->pw_uid = entry->pw_gid = ALICE;
		*ret = entry;
		return 0;
	}
	(void)pthread_mutex_lock(&world.lock);
	for (size_t i = 0; i < world.published_count && !*ret; i++) {
		const struct account *account = &world.published[i];

		if (name ? !streq(name, account->name) : uid != account->uid)
			continue;
		(void)snprintf(buffer, size, "%s", account->name);
		entry->pw_uid = entry->pw_gid = account->uid;
		*ret = entry;
	}
	(void)pthread_mutex_unlock(&world.lock);
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return answer_passwd(name, 0, entry, buffer, size, ret);
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return answer_passwd(NULL, uid, entry, buffer, size, ret);
}

int
getgrouplist(const char *name, gid_t gid, gid_t *gids, int *count)
{
	*count = 0;
	gids[(*count)++] = gid;
	(void)pthread_mutex_lock(&world.lock);
	world.walks++;
	for (size_t i = 0; i < world.published_count; i++)
		for (unsigned g = 0; g < 2; g++)
			if (streq(world.published[i].name, name) &&
			    world.published[i].groups & 1U << g)
				gids[(*count)++] = GROUP_GID + g;
	(void)pthread_mutex_unlock(&world.lock);
	return *count;
}

int
getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
    struct group **ret)
{
	*ret = NULL;
	if (gid >= GROUP_GID && gid < GROUP_GID + 2)
		(void)snprintf(
		    buffer, size, "%s", group_names[gid - GROUP_GID]);
	else
		(void)snprintf(buffer, size, "own-%u", (unsigned)gid);
	(void)pthread_mutex_lock(&world.lock);
	world.walks += gid >= FIRST_ID; /* the others are in /etc/group */
	(void)pthread_mutex_unlock(&world.lock);
	*entry = (struct group){.gr_name = buffer, .gr_gid = gid};
	*ret = entry;
	return 0;
}

/* ---- authbox-userdb ---- */

/* With the lock. */
static struct account *
find_published(const char *name, uid_t uid)
{
	for (size_t i = 0; i < world.published_count; i++)
		if (name ? streq(world.published[i].name, name)
			 : world.published[i].uid == uid)
			return &world.published[i];
	return NULL;
}

/* With the lock. */
static bool
is_id_free(uid_t uid)
{
	for (size_t i = 0; i < world.reserved_count; i++)
		if (world.reserved[i] == uid)
			return false;
	return !find_published(NULL, uid);
}

static int
userdb_refuse(struct varlink_call *call, const char *reason)
{
	int r = varlink_refuse(call, "io.authbox.Userdb.Refused", reason);

	(void)cJSON_AddStringToObject(
	    call->error_parameters, "message", "said the test");
	return r;
}

static int
run_publish(struct varlink_call *call)
{
	const cJSON *user = json_find(call->parameters, "user"), *group;
	const char *name = NULL;
	struct account *account;
	int64_t uid = 0;
	int r = 0;

	assert_int_equal(json_find_text(user, "name", &name), 1);
	assert_int_equal(json_find_int(user, "uid", &uid), 1);
	(void)pthread_mutex_lock(&world.lock);
	world.publishes++;
	account = find_published(name, 0);
	if (world.refusal)
		r = userdb_refuse(call, world.refusal);
	else if (account && account->uid != (uid_t)uid)
		r = userdb_refuse(call, "id-changed");
	else if (!account && !is_id_free((uid_t)uid))
		r = userdb_refuse(call, "id-taken");
	if (!call->error && !account) {
		account = &world.published[world.published_count++];
		(void)strcpy(account->name, name);
		account->uid = (uid_t)uid;
	}
	if (!call->error) {
		account->groups = 0;
		cJSON_ArrayForEach (group, json_find(user, "groups"))
			for (unsigned g = 0; g < 2; g++)
				if (streq(group_names[g], group->valuestring))
					account->groups |= 1U << g;
	}
	(void)pthread_mutex_unlock(&world.lock);
	return r;
}

static int
run_withdraw(struct varlink_call *call)
{
	struct account *account;
	const char *name = NULL;
	int64_t uid = 0;

	assert_int_equal(json_find_text(call->parameters, "name", &name), 1);
	assert_int_equal(json_find_int(call->parameters, "uid", &uid), 1);
	(void)pthread_mutex_lock(&world.lock);
	account = find_published(name, 0);
	if (account || is_id_free((uid_t)uid))
		world.reserved[world.reserved_count++] = (uid_t)uid;
	if (account)
		*account = world.published[--world.published_count];
	(void)pthread_mutex_unlock(&world.lock);
	return 0;
}

static int
run_propose(struct varlink_call *call)
{
	const struct account *account;
	const char *name = NULL;
	uid_t uid = FIRST_ID;
	cJSON *reply = cJSON_CreateObject();

	assert_int_equal(json_find_text(call->parameters, "name", &name), 1);
	(void)pthread_mutex_lock(&world.lock);
	world.proposals++;
	account = find_published(name, 0);
	if (account)
		uid = account->uid;
	else if (world.next_proposal && is_id_free(world.next_proposal))
		uid = world.next_proposal;
	else
		for (uid += text_hash(name) % 1000 * 100; !is_id_free(uid);)
			uid++;
	(void)cJSON_AddNumberToObject(reply, "uid", uid);
	(void)cJSON_AddBoolToObject(reply, "settled", !world.is_unsettled);
	(void)pthread_mutex_unlock(&world.lock);
	(void)cJSON_AddStringToObject(reply, "home", "/home/x");
	(void)cJSON_AddStringToObject(reply, "shell", "/bin/sh");
	call->reply = reply;
	return 0;
}

static int
run_list(struct varlink_call *call)
{
	cJSON *reply = cJSON_CreateObject();
	cJSON *users = cJSON_AddArrayToObject(reply, "users");

	(void)cJSON_AddArrayToObject(reply, "reserved");
	(void)pthread_mutex_lock(&world.lock);
	world.lists++;
	for (size_t i = 0; i < world.published_count; i++) {
		const struct account *account = &world.published[i];
		cJSON *user = cJSON_CreateObject(), *groups;

		(void)cJSON_AddItemToArray(users, user);
		(void)cJSON_AddStringToObject(user, "name", account->name);
		(void)cJSON_AddNumberToObject(user, "uid", account->uid);
		groups = cJSON_AddArrayToObject(user, "groups");
		for (unsigned g = 0; g < 2; g++)
			if (account->groups & 1U << g)
				(void)cJSON_AddItemToArray(
				    groups, cJSON_CreateString(group_names[g]));
	}
	(void)pthread_mutex_unlock(&world.lock);
	call->reply = reply;
	return 0;
}

/* ---- authbox-fetch, and the provider behind it ---- */

/* The `sub` of the token in the header. */
static void
sub_of(const cJSON *parameters, char *ret_sub, size_t size)
{
	const cJSON *header = json_find(parameters, "headers")->child;
	const char *value, *dot;
	uint8_t payload[1024];
	AUTO_JSON claims = NULL;
	ssize_t bytes;

	while (!streq(json_find(header, "name")->valuestring, "Authorization"))
		header = header->next;
	value = text_after(json_find(header, "value")->valuestring, "Bearer ");
	assert_non_null(value);
	dot = strchr(value, '.') + 1;
	bytes =
	    base64url_decode(dot, (size_t)(strchr(dot, '.') - dot), payload);
	assert_true(bytes > 0);
	assert_int_equal(
	    json_parse((const char *)payload, (size_t)bytes, &claims, NULL), 0);
	(void)snprintf(
	    ret_sub, size, "%s", json_find(claims, "sub")->valuestring);
}

static int
run_request(struct varlink_call *call)
{
	cJSON *reply = cJSON_CreateObject();
	const char *body = "{}";
	unsigned status = 200;
	char sub[64];

	assert_string_equal(
	    json_find(call->parameters, "url")->valuestring, ISSUER "/me");
	sub_of(call->parameters, sub, sizeof(sub));
	(void)pthread_mutex_lock(&world.lock);
	world.questions++;
	for (unsigned i = 0; i < world.told_count; i++)
		if (streq(world.told[i].sub, sub))
			body = world.told[i].info;
	if (world.provider_answer)
		body = world.provider_answer;
	if (world.provider_status)
		status = world.provider_status;
	(void)pthread_mutex_unlock(&world.lock);
	(void)cJSON_AddNumberToObject(reply, "status", status);
	(void)cJSON_AddStringToObject(reply, "body", body);
	call->reply = reply;
	return 0;
}

/* ---- the two servers ---- */

static const char *const publish_parameters[] = {"user", NULL};
static const char *const withdraw_parameters[] = {"name", "uid", NULL};
static const char *const propose_parameters[] = {"name", NULL};
static const char *const request_parameters[] = {"method", "url", "insecure",
    "headers", "timeoutMs", "bodyBytesMax", "proxy", "ca", "certificate",
    "privateKey", "publicOnly", "answerTypes", NULL};

static const struct varlink_method userdb_methods[] = {
    {"io.authbox.Userdb.Publish", VARLINK_ANYONE, publish_parameters,
	run_publish, false},
    {"io.authbox.Userdb.Withdraw", VARLINK_ANYONE, withdraw_parameters,
	run_withdraw, false},
    {"io.authbox.Userdb.Propose", VARLINK_ANYONE, propose_parameters,
	run_propose, false},
    {"io.authbox.Userdb.List", VARLINK_ANYONE, NULL, run_list, true},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
static const struct varlink_method fetch_methods[] = {
    {"io.authbox.Fetch.Request", VARLINK_ANYONE, request_parameters,
	run_request, true},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
static const struct varlink_interface world_interfaces[] = {
    {"io.authbox.Userdb", "", userdb_methods},
    {"io.authbox.Fetch", "", fetch_methods},
    {NULL, NULL, NULL},
};

static int
nobody_is_self(void *daemon, uid_t peer_uid, const char *user)
{
	(void)daemon, (void)peer_uid, (void)user;
	return 0;
}

__attribute__((unused)) static void
world_set_down(bool is_down)
{
	(void)pthread_mutex_lock(&world.lock);
	world.userdb_is_down = is_down;
	(void)pthread_mutex_unlock(&world.lock);
}

static void
world_serve(const struct connection *connection)
{
	bool is_down;

	(void)pthread_mutex_lock(&world.lock);
	is_down = world.userdb_is_down && connection->context;
	(void)pthread_mutex_unlock(&world.lock);
	if (!is_down)
		varlink_serve(connection->fd, connection->uid, world_interfaces,
		    nobody_is_self, NULL, NULL);
}

struct servers {
	struct peers *peers;
	struct listener *userdb, *fetch;
};

static struct servers servers;

static struct listener *
world_listen(const char *path, bool is_userdb)
{
	struct listener_options options = {
	    .name = "world",
	    .threads_max = 128,
	    .idle_max = 16,
	    .serve = world_serve,
	    .context = is_userdb ? &world : NULL,
	};
	struct listener *listener = NULL;
	int fd = -1;

	assert_int_equal(listener_bind(path, 0600, &fd), 0);
	assert_int_equal(
	    listener_new(fd, servers.peers, &options, &listener), 0);
	assert_int_equal(listener_start(listener), 0);
	return listener;
}

/* Provisioning has a file of its own. */
static void
stage_write_provisioning(struct stage *stage, const char *yaml)
{
	char path[96];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/userdb.yaml", stage->config_dir);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fputs(yaml, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static int
arrival_set_up(void **state)
{
	static const struct peers_limits limits = {1024, 1024, 1024};
	struct stage *stage;
	int r = stage_set_up(state);

	if (r < 0)
		return r;
	stage = *state;
	world.published_count = world.publishes = world.proposals = 0;
	world.lists = world.walks = 0;
	world.reserved_count = 0;
	world.told_count = world.questions = world.provider_status = 0;
	world.userdb_is_down = world.is_unsettled = false;
	world.refusal = world.provider_answer = NULL;
	world.next_proposal = 0;
	servers.peers = peers_new(&limits);
	servers.userdb = world_listen(stage->daemon.userdb_socket, true);
	servers.fetch = world_listen(stage->daemon.fetch_socket, false);
	stage_write_provisioning(stage, PROVISIONING);
	stage_write_config(stage, HOST ALLOW_ALL);
	return 0;
}

static int
arrival_tear_down(void **state)
{
	int r;

	listener_stop(servers.userdb);
	listener_stop(servers.fetch);
	r = stage_tear_down(state);
	listener_drain(servers.userdb, 0);
	listener_drain(servers.fetch, 0);
	listener_free(servers.userdb);
	listener_free(servers.fetch);
	peers_free(servers.peers);
	return r;
}

#define WITH_ARRIVALS(test)                                                    \
	cmocka_unit_test_setup_teardown(test, arrival_set_up, arrival_tear_down)

/* What the provider tells of a subject from now on. */
__attribute__((unused)) static void
tell(const char *sub, const char *info)
{
	unsigned i = 0;

	(void)pthread_mutex_lock(&world.lock);
	while (i < world.told_count && !streq(world.told[i].sub, sub))
		i++;
	(void)strcpy(world.told[i].sub, sub);
	world.told[i].info = info;
	if (i == world.told_count)
		world.told_count++;
	(void)pthread_mutex_unlock(&world.lock);
}

/* ---- logging in ---- */

struct arriving {
	const char *user;
	const char *sub;
	const char *issuer;  /* NULL: ISSUER */
	const char *more;    /* claims, with a comma before; NULL: none */
	const char *service; /* NULL: sshd */
	uid_t peer_uid;
};

static char *
token_of(const struct arriving *who)
{
	struct forge forge = forge_secret(SECRET);
	char payload[1024], *token;

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"%s\",\"aud\":\"host\",\"sub\":\"%s\",\"iat\":%lld,"
	    "\"exp\":%lld%s}",
	    who->issuer ? who->issuer : ISSUER, who->sub,
	    (long long)stage_now_unix_s, (long long)stage_now_unix_s + 600,
	    who->more ? who->more : "");
	token = forge_token(&forge, alg_find("HS256"),
	    "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", payload);
	forge_done(&forge);
	return token;
}

static struct login_request
request_of(const struct arriving *who)
{
	struct login_request request = {.factor = "token", .tries = 1};

	(void)strcpy(request.user, who->user);
	(void)strcpy(request.service, who->service ? who->service : "sshd");
	return request;
}

static struct played
authenticate(struct stage *stage, const struct arriving *who)
{
	struct login_request request = request_of(who);
	AUTO_TEXT token = token_of(who);

	return stage_play(
	    stage, &request, who->peer_uid, (const char *const[]){token, NULL});
}

static struct played
account(
    struct stage *stage, const struct arriving *who, const struct played *auth)
{
	struct login_request request = request_of(who);

	request.stage = PAM_STAGE_ACCOUNT;
	(void)strcpy(request.reference, auth->reference);
	return stage_play(stage, &request, who->peer_uid, NULL);
}

/* Both stages; what the second one says, or the first where it said no. */
static struct played
arrive(struct stage *stage, const struct arriving *who)
{
	struct played auth = authenticate(stage, who);

	return auth.verdict == VERDICT_ALLOW ? account(stage, who, &auth)
					     : auth;
}

#define assert_played(it, expected_verdict, expected_reason)                   \
	do {                                                                   \
		const struct played once = (it);                               \
                                                                               \
		assert_string_equal(once.reason, expected_reason);             \
		assert_int_equal(once.verdict, expected_verdict);              \
	} while (0)

/* ---- what is there ---- */

static unsigned
published_groups(const char *name)
{
	const struct account *account;
	unsigned groups;

	(void)pthread_mutex_lock(&world.lock);
	account = find_published(name, 0);
	groups = account ? account->groups : ~0U;
	(void)pthread_mutex_unlock(&world.lock);
	return groups;
}

static bool
is_published(const char *name)
{
	return published_groups(name) != ~0U;
}

static struct person *
stored(struct stage *stage, const char *name)
{
	struct person *person = NULL;

	assert_true(person_find(stage->daemon.store, name, &person) >= 0);
	return person;
}

__attribute__((unused)) static bool
is_stored(struct stage *stage, const char *name)
{
	AUTO(person) person = stored(stage, name);

	return person != NULL;
}

#endif
