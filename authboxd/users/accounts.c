#include "users/accounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "users/profile.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

#define INTERFACE "io.authbox.Userdb."

/* Whatever is wrong with the other process, it is not there for us. */
static int
fault_of(int r)
{
	return r == -ENOMEM ? r : -EHOSTUNREACH;
}

static int64_t
limit(int64_t deadline_ms)
{
	int64_t latest_ms = stream_now_ms() + ACCOUNTS_WAIT_MS;

	return deadline_ms < latest_ms ? deadline_ms : latest_ms;
}

static void
read_refusal(const cJSON *parameters, struct accounts_refusal *ret)
{
	const char *reason = "", *message = "";

	/* Else they stay empty. */
	(void)json_find_text(parameters, "reason", &reason);
	(void)json_find_text(parameters, "message", &message);
	text_copy_for_log(reason, ret->reason, sizeof(ret->reason));
	text_copy_for_log(message, ret->message, sizeof(ret->message));
}

/* One call with one reply. 1: `reply` is set, for varlink_reply_done(). */
static int
call(const char *socket, const char *method, const cJSON *parameters,
    int64_t deadline_ms, struct varlink_reply *reply,
    struct accounts_refusal *ret_refusal)
{
	struct varlink_client client = {.fd = -1};
	int r;

	*reply = (struct varlink_reply){0};
	r = varlink_client_connect(&client, socket);
	if (r == 0)
		r = varlink_client_call(&client, method, parameters, false,
		    limit(deadline_ms), reply);
	varlink_client_done(&client);
	if (r < 0)
		return fault_of(r);
	if (!reply->error)
		return 1;
	if (!streq(reply->error, INTERFACE "Refused"))
		return -EHOSTUNREACH;
	read_refusal(reply->parameters, ret_refusal);
	return 0;
}

/* The same where the reply says nothing. */
static int
tell(const char *socket, const char *method, const cJSON *parameters,
    int64_t deadline_ms, struct accounts_refusal *ret_refusal)
{
	struct varlink_reply reply;
	int r =
	    call(socket, method, parameters, deadline_ms, &reply, ret_refusal);

	varlink_reply_done(&reply);
	return r;
}

/* ---- Propose ---- */

static bool
read_text(const cJSON *object, const char *name, char *ret_text)
{
	const char *text;

	if (json_find_text(object, name, &text) <= 0 ||
	    strlen(text) >= ACCOUNTS_TEXT_BYTES)
		return false;
	(void)stpcpy(ret_text, text); /* measured above */
	return true;
}

static int
read_proposal(const cJSON *parameters, struct accounts_proposal *ret)
{
	struct accounts_proposal proposal = {0};
	int64_t uid;

	if (json_find_int(parameters, "uid", &uid) <= 0 || uid <= 0 ||
	    uid >= PERSON_NO_UID ||
	    json_find_bool(parameters, "settled", &proposal.settled) <= 0 ||
	    !read_text(parameters, "home", proposal.home) ||
	    !read_text(parameters, "shell", proposal.shell))
		return -EHOSTUNREACH;
	proposal.uid = (uid_t)uid;
	*ret = proposal;
	return 1;
}

int
accounts_propose(const char *socket, const char *name, int64_t deadline_ms,
    struct accounts_proposal *ret_proposal,
    struct accounts_refusal *ret_refusal)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	struct varlink_reply reply;
	int r;

	if (!cJSON_AddStringToObject(parameters, "name", name))
		return -ENOMEM;
	r = call(socket, INTERFACE "Propose", parameters, deadline_ms, &reply,
	    ret_refusal);
	if (r > 0)
		r = read_proposal(reply.parameters, ret_proposal);
	varlink_reply_done(&reply);
	return r;
}

/* ---- Publish, Withdraw ---- */

static bool
put_groups(cJSON *user, const struct person *person)
{
	cJSON *array = cJSON_AddArrayToObject(user, "groups");

	for (size_t i = 0; array && person->groups[i]; i++) {
		cJSON *name = cJSON_CreateString(person->groups[i]);

		if (name && cJSON_AddItemToArray(array, name))
			continue;
		cJSON_Delete(name);
		return false;
	}
	return array != NULL;
}

static bool
put_user(cJSON *user, const struct person *person)
{
	const char *real_name = profile_get_real_name(person->profile);

	return cJSON_AddStringToObject(user, "name", person->name) &&
	       cJSON_AddNumberToObject(user, "uid", person->uid) &&
	       (!real_name ||
		   cJSON_AddStringToObject(user, "realName", real_name)) &&
	       put_groups(user, person);
}

int
accounts_publish(const char *socket, const struct person *person,
    int64_t deadline_ms, struct accounts_refusal *ret_refusal)
{
	AUTO_JSON parameters = cJSON_CreateObject();
	cJSON *user = cJSON_AddObjectToObject(parameters, "user");

	if (!user || !put_user(user, person))
		return -ENOMEM;
	return tell(
	    socket, INTERFACE "Publish", parameters, deadline_ms, ret_refusal);
}

int
accounts_withdraw(const char *socket, const char *name, uid_t uid,
    int64_t deadline_ms, struct accounts_refusal *ret_refusal)
{
	AUTO_JSON parameters = cJSON_CreateObject();

	if (!cJSON_AddStringToObject(parameters, "name", name) ||
	    !cJSON_AddNumberToObject(parameters, "uid", uid))
		return -ENOMEM;
	return tell(
	    socket, INTERFACE "Withdraw", parameters, deadline_ms, ret_refusal);
}

/* ---- List ---- */

static int
read_groups(const cJSON *user, struct person *person)
{
	const cJSON *group, *array = json_find(user, "groups");
	int r = 0;

	cJSON_ArrayForEach (group, array) {
		if (!cJSON_IsString(group))
			return -EHOSTUNREACH;
		r = person_add_group(person, group->valuestring);
		if (r < 0)
			return fault_of(r);
	}
	return 0;
}

static int
read_real_name(const cJSON *user, struct person *person)
{
	const char *text;

	if (json_find_text(user, "realName", &text) <= 0)
		return 0;
	person->profile = cJSON_CreateObject();
	return cJSON_AddStringToObject(person->profile, "displayName", text)
		   ? 0
		   : -ENOMEM;
}

static int
pass_user(const struct accounts_listing *listing, const cJSON *user)
{
	AUTO(person) person = NULL;
	const char *name;
	int64_t uid;
	int r;

	if (json_find_text(user, "name", &name) <= 0 ||
	    !user_name_is_valid(name) ||
	    json_find_int(user, "uid", &uid) <= 0 || uid < 0 ||
	    uid >= PERSON_NO_UID)
		return -EHOSTUNREACH;
	person = person_new(name, (uid_t)uid, NULL, NULL);
	if (!person)
		return -ENOMEM;
	r = read_groups(user, person);
	if (r == 0)
		r = read_real_name(user, person);
	return r < 0 ? r : listing->each_user(listing->context, person);
}

static int
pass_reply(const struct accounts_listing *listing, const cJSON *parameters)
{
	const cJSON *item;
	int r = 0;

	cJSON_ArrayForEach (item, json_find(parameters, "users")) {
		r = pass_user(listing, item);
		if (r != 0)
			return r;
	}
	cJSON_ArrayForEach (item, json_find(parameters, "reserved")) {
		if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
		    !(item->valuedouble < PERSON_NO_UID))
			return -EHOSTUNREACH;
		r = listing->each_reserved(
		    listing->context, (uid_t)item->valuedouble);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
list(struct varlink_client *client, const struct accounts_listing *listing,
    int64_t deadline_ms)
{
	bool continues = true;
	int r = 0;

	for (bool first = true; continues && r == 0; first = false) {
		struct varlink_reply reply = {0};

		r = first ? varlink_client_call(client, INTERFACE "List", NULL,
				true, deadline_ms, &reply)
			  : varlink_client_next(client, deadline_ms, &reply);
		if (r == 0 && reply.error)
			r = -EHOSTUNREACH;
		else if (r < 0)
			r = fault_of(r);
		continues = reply.continues;
		if (r == 0)
			r = pass_reply(listing, reply.parameters);
		varlink_reply_done(&reply);
	}
	return r;
}

int
accounts_list(const char *socket, const struct accounts_listing *listing,
    int64_t deadline_ms)
{
	struct varlink_client client = {.fd = -1};
	int r;

	r = varlink_client_connect(&client, socket);
	if (r < 0)
		return fault_of(r);
	r = list(&client, listing, deadline_ms);
	varlink_client_done(&client);
	return r;
}
