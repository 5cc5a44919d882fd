#include "login/fresh_login.h"

#include <pthread.h>

#include "token/session.h"

struct fresh {
	pthread_mutex_t lock; /* of the places */
	struct fresh_login *places[FRESH_UIDS_MAX];
};

void
fresh_login_free(struct fresh_login *login)
{
	if (!login)
		return;
	cJSON_Delete(login->claims);
	free(login);
}

struct fresh *
fresh_new(void)
{
	struct fresh *fresh = calloc(1, sizeof(*fresh));

	if (fresh)
		(void)pthread_mutex_init(&fresh->lock, NULL);
	return fresh;
}

void
fresh_free(struct fresh *fresh)
{
	if (!fresh)
		return;
	fresh_forget(fresh, SESSION_ANY_UID);
	(void)pthread_mutex_destroy(&fresh->lock); /* nobody holds it */
	free(fresh);
}

/* The uid's own place, else a free one, else that of the oldest. */
static struct fresh_login **
choose_place(struct fresh *fresh, uid_t uid)
{
	struct fresh_login **chosen = &fresh->places[0];

	for (size_t i = 0; i < FRESH_UIDS_MAX; i++) {
		struct fresh_login **place = &fresh->places[i];

		if (*place && (*place)->uid == uid)
			return place;
		if (*chosen && (!*place || (*place)->at_ms < (*chosen)->at_ms))
			chosen = place;
	}
	return chosen;
}

void
fresh_put(struct fresh *fresh, struct fresh_login *login)
{
	struct fresh_login **place, *dropped;

	(void)pthread_mutex_lock(&fresh->lock);
	place = choose_place(fresh, login->uid);
	dropped = *place;
	*place = login;
	(void)pthread_mutex_unlock(&fresh->lock);
	fresh_login_free(dropped);
}

int
fresh_take(struct fresh *fresh, uid_t uid, int64_t since_ms,
    struct fresh_login **ret_login)
{
	AUTO(fresh_login) found = NULL;

	(void)pthread_mutex_lock(&fresh->lock);
	for (size_t i = 0; i < FRESH_UIDS_MAX && !found; i++)
		if (fresh->places[i] && fresh->places[i]->uid == uid)
			found = TAKE(fresh->places[i]);
	(void)pthread_mutex_unlock(&fresh->lock);

	if (!found || found->at_ms < since_ms)
		return 0;
	*ret_login = TAKE(found);
	return 1;
}

void
fresh_forget(struct fresh *fresh, uid_t uid)
{
	for (size_t i = 0; i < FRESH_UIDS_MAX; i++) {
		struct fresh_login *dropped = NULL;

		(void)pthread_mutex_lock(&fresh->lock);
		if (fresh->places[i] &&
		    (uid == SESSION_ANY_UID || fresh->places[i]->uid == uid))
			dropped = TAKE(fresh->places[i]);
		(void)pthread_mutex_unlock(&fresh->lock);
		fresh_login_free(dropped);
	}
}
