#include "users/subject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/json.h"
#include "store/store.h"

#define VERSION 1

bool
subject_is_valid(const char *text)
{
	size_t size = strnlen(text, SUBJECT_TEXT_BYTES_MAX + 1);

	return size > 0 && size <= SUBJECT_TEXT_BYTES_MAX &&
	       text_is_printable(text, size);
}

struct subject *
subject_new(const char *issuer, const char *value, const char *user, uid_t uid,
    int64_t linked_unix_s)
{
	AUTO(subject) subject = NULL;

	if (!subject_is_valid(issuer) || !subject_is_valid(value) ||
	    !user_name_is_valid(user))
		return NULL;
	subject = calloc(1, sizeof(*subject));
	if (!subject)
		return NULL;
	subject->issuer = strdup(issuer);
	subject->value = strdup(value);
	if (!subject->issuer || !subject->value)
		return NULL;
	(void)stpcpy(subject->user, user); /* valid names fit */
	subject->uid = uid;
	subject->linked_unix_s = linked_unix_s;
	return TAKE(subject);
}

void
subject_free(struct subject *subject)
{
	if (!subject)
		return;
	free(subject->issuer);
	free(subject->value);
	free(subject);
}

/* Each text with its end, so that no two pairs meet. */
int
subject_digest(const char *issuer, const char *value, char *ret_digits)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done =
	    context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(context, issuer, strlen(issuer) + 1) == 1 &&
	    EVP_DigestUpdate(context, value, strlen(value) + 1) == 1 &&
	    EVP_DigestFinal_ex(context, hash, NULL) == 1;

	EVP_MD_CTX_free(context);
	if (!done)
		return -ENOMEM;
	for (size_t i = 0; i < SUBJECT_DIGITS / 2; i++)
		(void)snprintf(ret_digits + 2 * i, 3, "%02x", hash[i]);
	return 0;
}

int
subject_key(
    const char *issuer, const char *value, char ret_key[SUBJECT_KEY_BYTES])
{
	return subject_digest(issuer, value, stpcpy(ret_key, SUBJECT_PREFIX));
}

struct secret *
subject_print(const struct subject *subject)
{
	AUTO_JSON tree = cJSON_CreateObject();

	if (!cJSON_AddNumberToObject(tree, "v", VERSION) ||
	    !cJSON_AddStringToObject(tree, "iss", subject->issuer) ||
	    !cJSON_AddStringToObject(tree, "sub", subject->value) ||
	    !cJSON_AddStringToObject(tree, "user", subject->user) ||
	    !cJSON_AddNumberToObject(tree, "uid", subject->uid) ||
	    !cJSON_AddNumberToObject(
		tree, "linked", (double)subject->linked_unix_s))
		return NULL;
	return json_print(tree);
}

int
subject_parse(const struct secret *value, const char *issuer, const char *sub,
    struct subject **ret_subject)
{
	static const char *const names[] = {
	    "v", "iss", "sub", "user", "uid", "linked", NULL};
	const char *unknown, *iss_is, *sub_is, *user;
	int64_t version = 0, uid = -1, linked = -1;
	AUTO(subject) subject = NULL;
	AUTO_JSON tree = NULL;
	int r;

	r = json_parse(value->bytes, value->size, &tree, NULL);
	if (r < 0)
		return r;
	if (!cJSON_IsObject(tree) || !json_has_only(tree, names, &unknown) ||
	    json_find_int(tree, "v", &version) <= 0 || version != VERSION ||
	    json_find_text(tree, "iss", &iss_is) <= 0 ||
	    json_find_text(tree, "sub", &sub_is) <= 0 ||
	    json_find_text(tree, "user", &user) <= 0 ||
	    json_find_int(tree, "uid", &uid) <= 0 || uid < 0 ||
	    uid > UINT32_MAX || json_find_int(tree, "linked", &linked) <= 0 ||
	    linked < 0 || !subject_is_valid(iss_is) ||
	    !subject_is_valid(sub_is) || !user_name_is_valid(user))
		return -EBADMSG;
	if (issuer && (!streq(issuer, iss_is) || !streq(sub, sub_is)))
		return -EBADMSG;
	subject = subject_new(iss_is, sub_is, user, (uid_t)uid, linked);
	if (!subject)
		return -ENOMEM;
	*ret_subject = TAKE(subject);
	return 0;
}

int
subject_find(struct store *store, const char *issuer, const char *value,
    struct subject **ret_subject)
{
	char key[SUBJECT_KEY_BYTES];
	AUTO(secret) stored = NULL;
	int r;

	if (!subject_is_valid(issuer) || !subject_is_valid(value))
		return 0;
	r = subject_key(issuer, value, key);
	if (r == 0)
		r = store_get(store, key, &stored);
	if (r <= 0)
		return r;
	r = subject_parse(stored, issuer, value, ret_subject);
	return r < 0 ? r : 1;
}

/* ---- all of them ---- */

struct walk {
	int (*each)(void *context, const struct subject *subject);
	void *context;
};

static int
walk_one(void *context, const char *key, const struct secret *value)
{
	const struct walk *walk = context;
	AUTO(subject) subject = NULL;
	int r = subject_parse(value, NULL, NULL, &subject);

	(void)key;
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	return walk->each(walk->context, subject);
}

int
subject_list(struct store *store,
    int (*each)(void *context, const struct subject *subject), void *context)
{
	struct walk walk = {each, context};

	return store_list(store, SUBJECT_PREFIX, walk_one, &walk);
}
