/* One record per session, under the digest of its token. There is no index by
 * uid: sessions are few, and what lists them is a person. */
#include "token/session.h"

#include <errno.h>
#include <string.h>

#include "base/base32.h"
#include "base/random.h"
#include "base/text.h"
#include "store/store.h"
#include "token/digest.h"
#include "token/session_record.h"

#define KEY_PREFIX   "session/"
#define KEY_LENGTH   (sizeof(KEY_PREFIX) - 1 + DIGEST_DIGITS)
#define RANDOM_BYTES 20

void
session_done(struct session *session)
{
	cJSON_Delete(session->claims);
	*session = (struct session){0};
}

bool
session_has_prefix(const char *token)
{
	return text_after(token, SESSION_PREFIX) != NULL;
}

static int
print_key(const char *token, char ret_key[KEY_LENGTH + 1])
{
	(void)stpcpy(ret_key, KEY_PREFIX); /* fits */
	return digest_hex(token, ret_key + sizeof(KEY_PREFIX) - 1);
}

/* ---- going through them ---- */

struct walk {
	uid_t uid;
	const char *id, *user; /* NULL: any */
	int64_t now_unix_s;
	struct store *store;
	size_t total, matching;
	int (*each)(void *context, const struct session *session);
	void *context;
};

static bool
walk_matches(const struct walk *walk, const struct session *session)
{
	return (walk->uid == SESSION_ANY_UID || walk->uid == session->uid) &&
	       (!walk->user || streq(walk->user, session->user)) &&
	       (!walk->id || streq(walk->id, session->id));
}

static int
delete_item(void *context, struct store_item items[], size_t count)
{
	(void)context;
	(void)count; /* one */
	items[0].write = items[0].value ? STORE_DELETE : STORE_KEEP;
	return 0;
}

static int
delete_key(struct store *store, const char *key)
{
	return store_update(store, &key, 1, delete_item, NULL);
}

/* What cannot be read is nobody's, and only revoking all of all removes it. */
static int
revoke_one(void *context, const char *key, const struct secret *value)
{
	struct walk *walk = context;
	struct session session = {0};
	int r = session_record_parse(value, &session);
	bool matches =
	    r == 0 ? walk_matches(walk, &session)
		   : !walk->id && !walk->user && walk->uid == SESSION_ANY_UID;

	session_done(&session);
	if (r < 0 && r != -EBADMSG)
		return r;
	if (!matches)
		return 0;
	walk->matching++;
	return delete_key(walk->store, key);
}

static int
list_one(void *context, const char *key, const struct secret *value)
{
	struct walk *walk = context;
	struct session session = {0};
	int r = session_record_parse(value, &session);

	(void)key;
	if (r == 0 && session.expires_unix_s > walk->now_unix_s &&
	    walk_matches(walk, &session))
		r = walk->each(walk->context, &session);
	session_done(&session);
	return r == -EBADMSG ? 0 : r;
}

/* Count, and remove those that have expired. */
static int
tidy_one(void *context, const char *key, const struct secret *value)
{
	struct walk *walk = context;
	struct session session = {0};
	int r = session_record_parse(value, &session);
	bool expired = r == 0 && session.expires_unix_s <= walk->now_unix_s;

	if (!expired) {
		walk->total++;
		walk->matching += r == 0 && session.uid == walk->uid;
	}
	session_done(&session);
	if (r < 0 && r != -EBADMSG)
		return r;
	return expired ? delete_key(walk->store, key) : 0;
}

int
session_list(struct store *store, uid_t uid, int64_t now_unix_s,
    int (*each)(void *context, const struct session *session), void *context)
{
	struct walk walk = {.uid = uid,
	    .now_unix_s = now_unix_s,
	    .each = each,
	    .context = context};

	return store_list(store, KEY_PREFIX, list_one, &walk);
}

int
session_revoke(struct store *store, uid_t uid, const char *id)
{
	struct walk walk = {.uid = uid, .id = id, .store = store};
	int r = store_list(store, KEY_PREFIX, revoke_one, &walk);

	return r < 0 ? r : walk.matching > 0;
}

int
session_revoke_all(
    struct store *store, uid_t uid, const char *user, size_t *ret_count)
{
	struct walk walk = {.uid = uid, .user = user, .store = store};
	int r = store_list(store, KEY_PREFIX, revoke_one, &walk);

	if (r == 0)
		*ret_count = walk.matching;
	return r;
}

/* ---- one of them ---- */

/* Two at the same moment may both be let in as the last one. */
static int
admit(struct store *store, uid_t uid, int64_t now_unix_s)
{
	struct walk walk = {
	    .uid = uid, .now_unix_s = now_unix_s, .store = store};
	int r = store_list(store, KEY_PREFIX, tidy_one, &walk);

	if (r < 0)
		return r;
	if (walk.total >= SESSIONS_MAX)
		return -ENOSPC;
	/* Those of a server's users share no uid to count by. */
	return uid != SESSION_NO_UID && walk.matching >= SESSIONS_PER_UID_MAX
		   ? -ENOSPC
		   : 0;
}

static int
make_token(struct secret **ret_token)
{
	AUTO(secret) random = secret_new(RANDOM_BYTES);
	AUTO(secret) token = secret_new(SESSION_TOKEN_LENGTH);
	AUTO(secret) text = NULL;
	int r;

	if (!random || !token)
		return -ENOMEM;
	r = random_fill(random->bytes, random->size);
	if (r < 0)
		return r;
	text = base32_encode(random->bytes, random->size);
	if (!text)
		return -ENOMEM;
	(void)stpcpy(
	    stpcpy(token->bytes, SESSION_PREFIX), text->bytes); /* 36 */
	*ret_token = TAKE(token);
	return 0;
}

static int
put_item(void *context, struct store_item items[], size_t count)
{
	const struct secret *record = context;

	(void)count; /* one */
	items[0].new_value = secret_copy(record->bytes, record->size);
	items[0].write = STORE_PUT;
	return items[0].new_value ? 0 : -ENOMEM;
}

int
session_create(struct store *store, const struct session *given,
    int64_t now_unix_s, struct secret **ret_token,
    char ret_id[SESSION_ID_DIGITS + 1])
{
	struct session session = *given; /* claims are lent */
	AUTO(secret) token = NULL;
	AUTO(secret) record = NULL;
	char key[KEY_LENGTH + 1];
	const char *keys[] = {key};
	int r;

	if (given->expires_unix_s <= now_unix_s)
		return -EINVAL;
	session.created_unix_s = now_unix_s;
	r = random_hex(session.id, SESSION_ID_DIGITS);
	if (r == 0)
		r = make_token(&token);
	if (r == 0)
		r = print_key(token->bytes, key);
	if (r == 0)
		r = session_record_print(&session, &record);
	if (r == 0)
		r = admit(store, session.uid, now_unix_s);
	if (r == 0)
		r = store_update(store, keys, 1, put_item, record);
	if (r < 0)
		return r;

	*ret_token = TAKE(token);
	(void)stpcpy(ret_id, session.id); /* of the same size */
	return 0;
}

int
session_find(struct store *store, const char *token, int64_t now_unix_s,
    struct session *ret_session)
{
	struct session session = {0};
	AUTO(secret) value = NULL;
	char key[KEY_LENGTH + 1];
	int r;

	if (!session_has_prefix(token) || strlen(token) != SESSION_TOKEN_LENGTH)
		return 0;
	r = print_key(token, key);
	if (r == 0)
		r = store_get(store, key, &value);
	if (r <= 0)
		return r;
	r = session_record_parse(value, &session);
	if (r < 0)
		return r;
	if (session.expires_unix_s <= now_unix_s) {
		session_done(&session);
		return 0;
	}
	*ret_session = session;
	return 1;
}
