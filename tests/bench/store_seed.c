/*
 * Fill a store with enrolled users, for benchmarks:
 *
 *	store_seed STATE_DIR PREFIX COUNT FIRST_UID KEY-BASE32
 *
 * PREFIX0, PREFIX1, … each have one TOTP device of the same key.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/base32.h"
#include "base/json.h"
#include "store/store.h"
#include "users/user_record.h"
#include "users/user_record_update.h"

#define THREADS 64

struct seed {
	struct store *store;
	const char *prefix;
	unsigned long count, first_uid;
	struct secret *key;
	unsigned long next; /* atomic */
	int error;	    /* atomic; the last one */
};

static int
add_device(void *context, struct user_record *record, bool clock_is_behind)
{
	const struct seed *seed = context;
	struct device *device = &record->devices[0];

	(void)clock_is_behind;
	record->device_count = 1;
	(void)strcpy(device->name, "default");
	device->digits = 6;
	device->period_s = 30;
	device->enabled = true;
	device->created_unix_s = 1;
	device->key = secret_copy(seed->key->bytes, seed->key->size);
	return device->key ? 1 : -ENOMEM;
}

static void *
seed_some(void *argument)
{
	struct seed *seed = argument;
	char name[64], key[STORE_KEY_BYTES_MAX + 1];
	unsigned long i;
	int r;

	while ((i = __atomic_fetch_add(&seed->next, 1, __ATOMIC_RELAXED)) <
	       seed->count) {
		(void)snprintf(name, sizeof(name), "%s%lu", seed->prefix, i);
		user_record_key(name, key);
		r = user_record_update(seed->store, key, name,
		    (uid_t)(seed->first_uid + i), 1, add_device, seed);
		if (r < 0)
			__atomic_store_n(&seed->error, r, __ATOMIC_RELAXED);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct seed seed = {0};
	pthread_t threads[THREADS];
	char key_dir[4096];
	struct store_paths paths = {.key_dir = key_dir};
	int r;

	if (argc != 6) {
		(void)fputs("usage: store_seed STATE_DIR PREFIX COUNT "
			    "FIRST_UID KEY-BASE32\n",
		    stderr);
		return 2;
	}
	json_init();
	paths.state_dir = argv[1];
	(void)snprintf(key_dir, sizeof(key_dir), "%s-key", argv[1]);
	seed.prefix = argv[2];
	seed.count = strtoul(argv[3], NULL, 10);
	seed.first_uid = strtoul(argv[4], NULL, 10);
	r = base32_decode(argv[5], &seed.key);
	if (r == 0)
		r = store_open(&paths, &seed.store);
	for (int i = 0; i < THREADS && r == 0; i++)
		r = -pthread_create(&threads[i], NULL, seed_some, &seed);
	for (int i = 0; i < THREADS && r == 0; i++)
		(void)pthread_join(threads[i], NULL);
	store_free(seed.store);
	secret_free(seed.key);
	if (r == 0)
		r = seed.error;
	if (r < 0)
		(void)fprintf(stderr, "store_seed: %s\n", strerror(-r));
	return r < 0;
}
