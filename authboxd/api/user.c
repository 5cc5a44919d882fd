/* io.authbox.User: root's view of created users, and to each his own. */
#include <errno.h>

#include "api/call.h"
#include "api/methods.h"
#include "api/user.h"
#include "daemon.h"
#include "store/store.h"
#include "users/nss.h"
#include "users/person.h"
#include "users/subject.h"

#define PART 32 /* users or links in one reply */

/* ---- List, Show ---- */

struct listing {
	struct varlink_call *call;
	const char *user; /* links of his; NULL: all */
	cJSON *parameters, *users, *links;
	size_t count;
};

static int
begin_part(struct listing *listing)
{
	listing->parameters = cJSON_CreateObject();
	listing->users = cJSON_AddArrayToObject(listing->parameters, "users");
	listing->links = cJSON_AddArrayToObject(listing->parameters, "links");
	listing->count = 0;
	return listing->users && listing->links ? 0 : -ENOMEM;
}

static int
put(struct listing *listing, cJSON *array, cJSON *take_item)
{
	int r;

	if (!cJSON_AddItemToArray(array, take_item)) {
		cJSON_Delete(take_item);
		return -ENOMEM;
	}
	if (listing->user || ++listing->count < PART)
		return 0;
	r = varlink_reply_part(listing->call, TAKE(listing->parameters));
	return r < 0 ? r : begin_part(listing);
}

static int
print_person(const struct person *person, cJSON *object)
{
	cJSON *groups, *profile;
	int r = call_put_text(object, "name", person->name);

	if (r == 0 && person->uid != PERSON_NO_UID)
		r = call_put_number(object, "uid", person->uid);
	if (r == 0)
		r = call_put_flag(object, "inactive", person->inactive);
	if (r == 0)
		r = call_put_number(object, "created", person->created_unix_s);
	if (r == 0 && person->refreshed_unix_s > 0)
		r = call_put_number(
		    object, "refreshed", person->refreshed_unix_s);
	if (r == 0)
		r = call_put_text(object, "issuer", person->issuer);
	if (r == 0)
		r = call_put_text(object, "subject", person->subject);
	groups = cJSON_AddArrayToObject(object, "groups");
	for (size_t i = 0; r == 0 && person->groups[i]; i++)
		r = call_append_text(groups, person->groups[i]);
	if (r < 0 || !groups || !person->profile)
		return groups ? r : -ENOMEM;
	profile = json_tree_copy(person->profile);
	if (profile && cJSON_AddItemToObject(object, "profile", profile))
		return 0;
	cJSON_Delete(profile);
	return -ENOMEM;
}

static int
list_person(void *context, const struct person *person)
{
	struct listing *listing = context;
	cJSON *object = cJSON_CreateObject();
	int r = object ? print_person(person, object) : -ENOMEM;

	if (r == 0)
		return put(listing, listing->users, object);
	cJSON_Delete(object);
	return r;
}

static int
list_link(void *context, const struct subject *subject)
{
	struct listing *listing = context;
	cJSON *object;
	int r;

	if (listing->user && !streq(listing->user, subject->user))
		return 0;
	object = cJSON_CreateObject();
	r = call_put_text(object, "issuer", subject->issuer);
	if (r == 0)
		r = call_put_text(object, "subject", subject->value);
	if (r == 0)
		r = call_put_text(object, "user", subject->user);
	if (r == 0)
		r = call_put_number(object, "linked", subject->linked_unix_s);
	if (r == 0)
		return put(listing, listing->links, object);
	cJSON_Delete(object);
	return r;
}

static int
list(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	struct listing listing = {.call = call};
	int r = begin_part(&listing);

	if (r == 0)
		r = person_list(daemon->store, list_person, &listing);
	if (r == 0)
		r = subject_list(daemon->store, list_link, &listing);
	if (r == 0)
		call->reply = TAKE(listing.parameters);
	cJSON_Delete(listing.parameters);
	return r < 0 && r != -EPIPE && r != -ETIMEDOUT
		   ? user_answer_refuse(call, refusal_of_errno(r))
		   : r;
}

static int
show(struct varlink_call *call)
{
	struct daemon *daemon = call->daemon;
	struct listing listing = {.call = call};
	AUTO(person) person = NULL;
	struct nss_user self;
	const char *user = NULL;
	const struct call_field fields[] = {{"user", .text = &user}, {0}};
	cJSON *object;
	int r;

	r = call_read(call, fields);
	if (r <= 0)
		return r;
	if (!user) {
		r = nss_find_uid(daemon->nss, call->peer_uid, &self);
		if (r <= 0)
			return user_answer_refuse(
			    call, r < 0 ? REFUSAL_NSS : REFUSAL_UNKNOWN_USER);
		user = self.name;
	}
	listing.user = user;
	r = person_find(daemon->store, user, &person);
	if (r < 0)
		return user_answer_refuse(call, refusal_of_errno(r));
	object = call_reply(call);
	listing.links = cJSON_AddArrayToObject(object, "links");
	if (!listing.links)
		return -ENOMEM;
	r = subject_list(daemon->store, list_link, &listing);
	if (r == 0 && person) {
		cJSON *inner = cJSON_AddObjectToObject(object, "user");

		r = inner ? print_person(person, inner) : -ENOMEM;
	}
	if (r == 0 && !person && !listing.links->child)
		return user_answer_missing(call);
	return r < 0 ? user_answer_refuse(call, refusal_of_errno(r)) : 0;
}

/* ---- the table ---- */

static const char *const user_parameters[] = {"user", NULL};
static const char *const add_parameters[] = {
    "user", "issuer", "subject", "account", "uid", NULL};
static const char *const link_parameters[] = {
    "user", "issuer", "subject", NULL};
static const char *const unlink_parameters[] = {"issuer", "subject", NULL};

const struct varlink_method user_methods[] = {
    {"io.authbox.User.List", VARLINK_ROOT, NULL, list, true},
    {"io.authbox.User.Show", VARLINK_SELF, user_parameters, show, false},
    {"io.authbox.User.Add", VARLINK_ROOT, add_parameters, user_add, false},
    {"io.authbox.User.Link", VARLINK_ROOT, link_parameters, user_link, false},
    {"io.authbox.User.Unlink", VARLINK_ROOT, unlink_parameters, user_unlink,
	false},
    {"io.authbox.User.Deactivate", VARLINK_ROOT, user_parameters,
	user_deactivate, false},
    {"io.authbox.User.Activate", VARLINK_ROOT, user_parameters, user_activate,
	false},
    {"io.authbox.User.Remove", VARLINK_ROOT, user_parameters, user_remove,
	false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
