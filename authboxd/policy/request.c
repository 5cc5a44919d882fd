/*
 * The request object. What is not known is not there, so that present? and
 * nil? mean what they say. Large values are not copied: cJSON calls that a
 * reference.
 */
#include "policy/request.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/network.h"
#include "users/profile.h"

/* Takes `value`, even when it fails; that it is NULL is a failure. */
static bool
add(cJSON *object, const char *name, cJSON *value)
{
	if (value && cJSON_AddItemToObject(object, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

static bool
add_text(cJSON *object, const char *name, const char *text)
{
	return !text || !*text || add(object, name, cJSON_CreateString(text));
}

/* A value that stays its owner's. */
static bool
add_lent(cJSON *object, const char *name, const cJSON *value)
{
	cJSON *lent;

	if (!value)
		return true;
	lent = cJSON_CreateNull();
	if (!lent)
		return false;
	*lent = *value;
	lent->next = lent->prev = NULL;
	lent->string = NULL;
	lent->type = (value->type & 0xff) | cJSON_IsReference;
	return add(object, name, lent);
}

static bool
add_element(cJSON *array, cJSON *value)
{
	if (value && cJSON_AddItemToArray(array, value))
		return true;
	cJSON_Delete(value);
	return false;
}

static bool
add_texts(cJSON *object, const char *name, char *const *texts)
{
	cJSON *array;
	bool fine;

	if (!texts)
		return true;
	array = cJSON_CreateArray();
	fine = array != NULL;
	for (; fine && *texts; texts++)
		fine = add_element(array, cJSON_CreateString(*texts));
	if (fine)
		return add(object, name, array);
	cJSON_Delete(array);
	return false;
}

static bool
add_identifiers(cJSON *user, const struct declared_user *declared)
{
	cJSON *array = cJSON_CreateArray();
	bool fine = add(user, "identifier", array);

	for (size_t i = 0; fine && i < declared->identifier_count; i++) {
		cJSON *one = cJSON_CreateObject();

		fine =
		    add_element(array, one) &&
		    add_text(one, "system", declared->identifiers[i].system) &&
		    add_text(one, "value", declared->identifiers[i].value);
	}
	return fine;
}

static bool
add_declared(cJSON *user, const struct declared_user *declared)
{
	return add_text(user, "email", declared->email) &&
	       add_text(user, "phoneNumber", declared->phone_number) &&
	       add_text(user, "displayName", declared->display_name) &&
	       add_lent(user, "data", declared->data) &&
	       (declared->identifier_count == 0 ||
		   add_identifiers(user, declared));
}

/* What is there already is the daemon's word, or the administrator's. */
static bool
add_profile(cJSON *user, const cJSON *profile)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, profile) {
		bool is_ours = streq(member->string, "identifier") ||
			       !profile_is_reserved(member->string);

		if (is_ours && !json_find(user, member->string) &&
		    !add_lent(user, member->string, member))
			return false;
	}
	return true;
}

const char *
policy_request_get_user_id(const struct policy_request *request)
{
	return request->user_id ? request->user_id : request->user;
}

static bool
add_user(cJSON *object, const struct policy_request *request)
{
	const char *id = policy_request_get_user_id(request);
	const struct declared_user *declared;
	cJSON *user;

	if (!id || !*id)
		return true;
	user = cJSON_CreateObject();
	if (!add(object, "user", user) || !add_text(user, "id", id) ||
	    !add_text(user, "name", request->user))
		return false;
	if (request->uid >= 0 &&
	    !add(user, "uid", cJSON_CreateNumber((double)request->uid)))
		return false;
	declared = config_find_user(request->config, id);
	return (!declared || add_declared(user, declared)) &&
	       add_profile(user, request->profile);
}

static bool
add_client(cJSON *object, const struct policy_request *request)
{
	cJSON *client;

	if (!request->client_id || !*request->client_id)
		return true;
	client = cJSON_CreateObject();
	return add(object, "client", client) &&
	       add_text(client, "id", request->client_id);
}

static bool
add_session(cJSON *object, const struct policy_request *request)
{
	double created_unix_s = (double)request->session_created_unix_s;
	cJSON *session;

	if (!request->session_by)
		return true;
	session = cJSON_CreateObject();
	return add(object, "session", session) &&
	       add_text(session, "by", request->session_by) &&
	       add(session, "created", cJSON_CreateNumber(created_unix_s));
}

/* NULL: no memory. */
static cJSON *
role_build(const struct role *role)
{
	cJSON *object = cJSON_CreateObject();

	if (object && add_text(object, "id", role->id) &&
	    add_text(object, "name", role->name) &&
	    add_lent(object, "links", role->links) &&
	    add_lent(object, "context", role->context))
		return object;
	cJSON_Delete(object);
	return NULL;
}

static bool
add_roles(cJSON *object, const struct policy_request *request)
{
	const struct config *config = request->config;
	const char *id = policy_request_get_user_id(request);
	cJSON *array = cJSON_CreateArray();

	if (!add(object, "role", array))
		return false;
	for (size_t i = 0; i < config->role_count; i++)
		if (streq_null(config->roles[i].user_id, id) &&
		    !add_element(array, role_build(&config->roles[i])))
			return false;
	return true;
}

/* An address cut to its first bits, in the spelling of RFC 5952. */
static cJSON *
network_of(const struct network *address, unsigned bits)
{
	struct network cut = {.family = address->family};
	char text[NETWORK_TEXT_BYTES + sizeof("/128")];

	for (unsigned i = 0; bits > 8 * i; i++) {
		unsigned kept = bits - 8 * i;

		cut.bytes[i] =
		    kept >= 8 ? address->bytes[i]
			      : (uint8_t)(address->bytes[i] & (0xff00 >> kept));
	}
	if (!network_print_address(&cut, text))
		return NULL;
	(void)snprintf(text + strlen(text), sizeof("/128"), "/%u", bits);
	return cJSON_CreateString(text);
}

/* All the networks that the address lies in, so that a policy can name one:
 * {network: {$contains: 10.0.0.0/8}}. */
bool
policy_request_add_networks(cJSON *object, const struct policy_request *request)
{
	const char *address = request->remote_addr;
	struct network whole;
	cJSON *array;

	if (!address || !network_parse_address(address, &whole))
		return true;
	array = cJSON_CreateArray();
	if (!add(object, "network", array))
		return false;
	for (unsigned bits = 0; bits <= whole.prefix_bits; bits++)
		if (!add_element(array, network_of(&whole, bits)))
			return false;
	return true;
}

/* By the host's clock and zone. */
static bool
add_time(cJSON *object, int64_t now_unix_s)
{
	static const char *const days[] = {"sunday", "monday", "tuesday",
	    "wednesday", "thursday", "friday", "saturday"};
	char date[16] = "", clock[16] = "", zone[8] = "";
	time_t now = (time_t)now_unix_s;
	cJSON *part = cJSON_CreateObject();
	struct tm local;

	if (!add(object, "time", part) ||
	    !add(part, "unix", cJSON_CreateNumber((double)now_unix_s)))
		return false;
	/* What does not fit (a year with five digits) is left out. */
	if (!localtime_r(&now, &local) ||
	    strftime(date, sizeof(date), "%Y-%m-%d", &local) == 0 ||
	    strftime(clock, sizeof(clock), "%H:%M:%S", &local) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &local) == 0)
		return true;
	return add_text(part, "date", date) && add_text(part, "clock", clock) &&
	       add_text(part, "zone", zone) &&
	       add_text(part, "weekday", days[local.tm_wday]);
}

cJSON *
policy_request_build_first(const struct policy_request *request)
{
	bool in_auth = request->question == POLICY_TOKEN_LOGIN;
	cJSON *object = cJSON_CreateObject();

	if (object && add_text(object, "service", request->service) &&
	    add_text(object, "stage", in_auth ? "login" : "account") &&
	    add_text(object, "tty", request->tty) &&
	    add_text(object, "remote-addr", request->remote_addr) &&
	    add_text(object, "host", request->host) &&
	    add_text(object, "ruser", request->ruser) &&
	    add_text(object, "ssh-auth", request->ssh_auth) &&
	    add_user(object, request) && add_roles(object, request) &&
	    add_texts(object, "group", request->groups) &&
	    add_client(object, request) &&
	    add_lent(object, "jwt", request->jwt) &&
	    add_lent(object, "token", request->token) &&
	    add_session(object, request) &&
	    add_time(object, request->now_unix_s))
		return object;
	cJSON_Delete(object);
	return NULL;
}

cJSON *
policy_request_build(const struct policy_request *request)
{
	cJSON *object = policy_request_build_first(request);

	if (object && policy_request_add_networks(object, request))
		return object;
	cJSON_Delete(object);
	return NULL;
}

cJSON *
policy_request_with_role(const cJSON *object, const struct role *role)
{
	cJSON *changed = cJSON_CreateObject();
	bool fine = changed && add(changed, "role", role_build(role));
	const cJSON *member;

	cJSON_ArrayForEach (member, object)
		fine = fine && (streq(member->string, "role") ||
				   add_lent(changed, member->string, member));
	if (fine)
		return changed;
	cJSON_Delete(changed);
	return NULL;
}
