#include "users/ownership.h"

#include <errno.h>
#include <string.h>

#include "store/store.h"
#include "users/creation_rate.h"
#include "users/uid_owner.h"
#include "users/user_record.h"

/* Keys of one update, as many as the user has. */
struct keys {
	char person[PERSON_KEY_BYTES];
	char subject[SUBJECT_KEY_BYTES];
	char uid[UID_OWNER_KEY_BYTES];
	char rate[CREATION_RATE_KEY_BYTES];
	const char *list[4];
	size_t count;
	/* Where each stands in the list; -1: it does not. */
	int subject_at, uid_at, rate_at;
};

enum { PERSON_AT = 0 };

static int
keys_of(const struct person *person, struct keys *ret)
{
	int r = 0;

	*ret = (struct keys){.subject_at = -1, .uid_at = -1, .rate_at = -1};
	person_key(person->name, ret->person);
	ret->list[ret->count++] = ret->person;
	if (person->issuer) {
		r = subject_key(person->issuer, person->subject, ret->subject);
		ret->subject_at = (int)ret->count;
		ret->list[ret->count++] = ret->subject;
	}
	if (person->uid != PERSON_NO_UID) {
		uid_owner_key(person->uid, ret->uid);
		ret->uid_at = (int)ret->count;
		ret->list[ret->count++] = ret->uid;
	}
	return r;
}

static int
put(struct store_item *item, struct secret *take_value)
{
	if (!take_value)
		return -ENOMEM;
	item->new_value = take_value;
	item->write = STORE_PUT;
	return 0;
}

/* ---- taking ---- */

struct take {
	const struct person *person;
	const struct keys *keys;
	const struct creation_limits *limits; /* NULL: there are none */
	int64_t now_unix_s;
	enum ownership result;
};

/* Whoever root made is of no pair, and the same by name and id. */
static bool
is_the_same(const struct person *a, const struct person *b)
{
	if (a->uid != b->uid)
		return false;
	return b->issuer ? person_is_of(a, b->issuer, b->subject) : !a->issuer;
}

/* 1: nothing stands in the way; 0: take->result says what does; < 0. */
static int
check_person(struct take *take, const struct secret *value)
{
	const struct person *person = take->person;
	AUTO(person) there = NULL;
	int r;

	if (!value)
		return 1;
	r = person_parse(value, person->name, &there);
	if (r < 0)
		return r;
	take->result =
	    is_the_same(there, person) ? OWNERSHIP_THERE : OWNERSHIP_NAME_TAKEN;
	return 0;
}

static int
check_subject(struct take *take, const struct secret *value)
{
	const struct person *person = take->person;
	AUTO(subject) there = NULL;
	int r;

	if (!value)
		return 1;
	r = subject_parse(value, person->issuer, person->subject, &there);
	if (r < 0)
		return r;
	/* Left from a user of this name who is gone. */
	if (streq(there->user, person->name) && there->uid == person->uid)
		return 1;
	take->result = OWNERSHIP_SUBJECT_TAKEN;
	return 0;
}

static int
check_uid(struct take *take, const struct secret *value)
{
	int r = value ? uid_owner_match(value, take->person) : 1;

	if (r == 0)
		take->result = OWNERSHIP_UID_TAKEN;
	return r;
}

/* Last, since it counts him. */
static int
count_him(struct take *take, struct store_item *item)
{
	const char *issuer = take->person->issuer;
	struct creation_rate rate = {0};
	bool admits, is_ahead;
	int r = 0;

	if (item->value)
		r = creation_rate_parse(item->value, issuer, &rate);
	if (r < 0)
		return r;
	/* Or a clock that was once far ahead would refuse until then. */
	is_ahead = creation_rate_is_ahead(&rate, take->now_unix_s);
	admits = creation_rate_admit(&rate, take->limits, take->now_unix_s);
	if (!admits)
		take->result = OWNERSHIP_TOO_MANY;
	if (admits || is_ahead)
		r = put(item, creation_rate_print(&rate, issuer));
	return r < 0 ? r : admits;
}

static int
put_all(const struct take *take, struct store_item items[])
{
	const struct person *person = take->person;
	const struct keys *keys = take->keys;
	AUTO(subject) subject = NULL;
	int r;

	r = put(&items[PERSON_AT], person_print(person));
	if (r == 0 && keys->subject_at >= 0) {
		subject = subject_new(person->issuer, person->subject,
		    person->name, person->uid, take->now_unix_s);
		r = subject
			? put(&items[keys->subject_at], subject_print(subject))
			: -ENOMEM;
	}
	/* One that is his already keeps the time it was taken. */
	if (r == 0 && keys->uid_at >= 0 && !items[keys->uid_at].value)
		r = put(&items[keys->uid_at],
		    uid_owner_print(person, take->now_unix_s));
	return r;
}

static int
take_decide(void *context, struct store_item items[], size_t count)
{
	struct take *take = context;
	const struct keys *keys = take->keys;
	int r;

	(void)count;
	take->result = OWNERSHIP_TAKEN;
	r = check_person(take, items[PERSON_AT].value);
	if (r > 0 && keys->subject_at >= 0)
		r = check_subject(take, items[keys->subject_at].value);
	if (r > 0 && keys->uid_at >= 0)
		r = check_uid(take, items[keys->uid_at].value);
	if (r > 0 && keys->rate_at >= 0)
		r = count_him(take, &items[keys->rate_at]);
	return r > 0 ? put_all(take, items) : r;
}

int
ownership_create(struct store *store, const struct person *person,
    const struct creation_limits *limits, int64_t now_unix_s,
    enum ownership *ret_result)
{
	struct keys keys;
	struct take take = {person, &keys, limits, now_unix_s, OWNERSHIP_TAKEN};
	int r;

	r = keys_of(person, &keys);
	if (r == 0 && limits && person->issuer) {
		r = creation_rate_key(person->issuer, keys.rate);
		keys.rate_at = (int)keys.count;
		keys.list[keys.count++] = keys.rate;
	}
	if (r == 0)
		r = store_update(
		    store, keys.list, keys.count, take_decide, &take);
	if (r == 0)
		*ret_result = take.result;
	return r;
}

int
ownership_take(struct store *store, const struct person *person,
    int64_t now_unix_s, enum ownership *ret_result)
{
	return ownership_create(store, person, NULL, now_unix_s, ret_result);
}

/* ---- giving back ---- */

static int
give_back_decide(void *context, struct store_item items[], size_t count)
{
	const struct take *take = context;
	struct take seen = *take;
	int at = take->keys->subject_at;
	int r;

	(void)count;
	r = check_person(&seen, items[PERSON_AT].value);
	if (r != 0 || seen.result != OWNERSHIP_THERE)
		return r < 0 ? r : 0;
	items[PERSON_AT].write = STORE_DELETE;
	if (at < 0 || !items[at].value)
		return 0;
	r = check_subject(&seen, items[at].value);
	if (r > 0)
		items[at].write = STORE_DELETE;
	return r < 0 ? r : 0;
}

int
ownership_give_back(struct store *store, const struct person *person)
{
	struct keys keys;
	struct take take = {person, &keys, NULL, 0, OWNERSHIP_TAKEN};
	int r;

	r = keys_of(person, &keys);
	return r < 0 ? r
		     : store_update(store, keys.list, keys.count,
			   give_back_decide, &take);
}

/* ---- changing ---- */

struct update {
	const char *name;
	ownership_change *change;
	void *context;
	bool found;
};

static int
update_decide(void *context, struct store_item items[], size_t count)
{
	struct update *update = context;
	AUTO(person) person = NULL;
	int r;

	(void)count;
	update->found = items[0].value != NULL;
	if (!update->found)
		return 0;
	r = person_parse(items[0].value, update->name, &person);
	if (r == 0)
		r = update->change(update->context, person);
	return r > 0 ? put(&items[0], person_print(person)) : r;
}

int
ownership_update(struct store *store, const char *name,
    ownership_change *change, void *context)
{
	struct update update = {name, change, context, false};
	char key[PERSON_KEY_BYTES];
	const char *keys[] = {key};
	int r;

	person_key(name, key);
	r = store_update(store, keys, 1, update_decide, &update);
	return r < 0 ? r : update.found;
}

/* ---- links ---- */

struct linking {
	const struct subject *subject;
	const char *issuer, *value, *user;
	char *ret_user;
	bool done;
};

static int
link_decide(void *context, struct store_item items[], size_t count)
{
	struct linking *linking = context;
	const struct subject *subject = linking->subject;
	AUTO(subject) there = NULL;
	int r = 0;

	(void)count;
	linking->done = true;
	if (items[0].value)
		r = subject_parse(
		    items[0].value, subject->issuer, subject->value, &there);
	if (r < 0)
		return r;
	if (there && !streq(there->user, subject->user)) {
		(void)stpcpy(linking->ret_user, there->user); /* same size */
		linking->done = false;
		return 0;
	}
	return put(&items[0], subject_print(subject));
}

int
ownership_link(struct store *store, const struct subject *subject,
    char ret_user[USER_NAME_BYTES_MAX + 1])
{
	struct linking linking = {.subject = subject, .ret_user = ret_user};
	char key[SUBJECT_KEY_BYTES];
	const char *keys[] = {key};
	int r;

	r = subject_key(subject->issuer, subject->value, key);
	if (r == 0)
		r = store_update(store, keys, 1, link_decide, &linking);
	return r < 0 ? r : linking.done;
}

static int
unlink_decide(void *context, struct store_item items[], size_t count)
{
	struct linking *linking = context;
	AUTO(subject) there = NULL;
	int r;

	(void)count;
	linking->done = false;
	if (!items[0].value)
		return 0;
	r = subject_parse(
	    items[0].value, linking->issuer, linking->value, &there);
	if (r < 0)
		return r;
	linking->done = !linking->user || streq(there->user, linking->user);
	items[0].write = linking->done ? STORE_DELETE : STORE_KEEP;
	return 0;
}

int
ownership_unlink(struct store *store, const char *issuer, const char *value,
    const char *user)
{
	struct linking linking = {
	    .issuer = issuer, .value = value, .user = user};
	char key[SUBJECT_KEY_BYTES];
	const char *keys[] = {key};
	int r;

	r = subject_key(issuer, value, key);
	if (r == 0)
		r = store_update(store, keys, 1, unlink_decide, &linking);
	return r < 0 ? r : linking.done;
}

/* ---- removing ---- */

static int
remove_decide(void *context, struct store_item items[], size_t count)
{
	bool *found = context;

	*found = items[0].value != NULL;
	for (size_t i = 0; *found && i < count; i++)
		items[i].write = items[i].value ? STORE_DELETE : STORE_KEEP;
	return 0;
}

int
ownership_remove(struct store *store, const char *name)
{
	char key[PERSON_KEY_BYTES], logins[STORE_KEY_BYTES_MAX + 1];
	const char *keys[] = {key, logins};
	bool found = false;
	int r;

	person_key(name, key);
	user_record_key(name, logins);
	r = store_update(store, keys, 2, remove_decide, &found);
	return r < 0 ? r : found;
}
