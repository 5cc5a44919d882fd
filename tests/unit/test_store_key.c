/*
 * The store and its key: missing, wrong, exported, a credential, replaced.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

static int
never(void *context, const char *key, const struct secret *value)
{
	(void)context;
	(void)key;
	(void)value;
	fail();
	return 0;
}

/* Every operation gives `error`, and the fault says `words`. */
static void
assert_fault(struct store *store, int error, const char *words)
{
	AUTO(secret) secret = NULL;
	uint64_t count;
	struct store_stats stats;

	assert_non_null(store_fault(store));
	assert_non_null(strstr(store_fault(store), words));
	assert_int_equal(store_get(store, "user/a", &secret), error);
	assert_int_equal(box_put(store, "user/a", NULL, "x"), error);
	assert_int_equal(store_list(store, "", never, NULL), error);
	assert_int_equal(store_derive_key(store, "recovery", &secret), error);
	assert_int_equal(store_backup(store, -1), error);
	assert_int_equal(store_rekey(store, &count), error);
	assert_int_equal(store_export_key(store, &secret), error);
	store_stats(store, &stats);
	assert_int_equal(stats.updates, 0);
	assert_null(secret);
}

static void
a_missing_key_is_told_and_never_made_anew(void **state)
{
	struct box *box = *state;

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	box_close(box);
	box_run(box, "mv keys/store.key kept");
	for (int i = 0; i < 2; i++) {
		box_open(box);
		assert_fault(box->store, -ENOKEY, "is missing");
		box_close(box);
		box_run(box, "test -z \"$(ls keys | grep key)\"");
	}
	box_run(box, "rm -r keys");
	box_open(box);
	assert_fault(box->store, -ENOKEY, "is missing");
	box_close(box);
	box_run(box, "mkdir keys && mv kept keys/store.key");
	box_open(box);
	assert_null(store_fault(box->store));
	box_assert_value(box->store, "user/a", "a");
}

static void
a_wrong_key_is_told_and_changes_nothing(void **state)
{
	static const char *const keys[] = {
	    /* another one; not Base32; too short; too long; nothing at all */
	    "authbox-store-key-1:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "authbox-store-key-1:"
	    "1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "authbox-store-key-1:AAAAAAAA",
	    "authbox-store-key-1:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "authbox-store-key-2:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "",
	};
	struct box *box = *state;

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	box_close(box);
	box_run(box, "mv keys/store.key kept && cp state/authbox.db before");
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char command[256];

		(void)snprintf(command, sizeof(command),
		    "echo '%s' >keys/store.key", keys[i]);
		box_run(box, command);
		box_open(box);
		assert_fault(box->store, -ENOKEY, "restart authboxd");
		box_close(box);
		box_run(box, "cmp state/authbox.db before");
	}
	box_run(box, "mv kept keys/store.key");
	box_open(box);
	box_assert_value(box->store, "user/a", "a");
}

static void
a_file_too_long_for_a_key_is_refused(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "rm keys/store.key && ln -s /dev/zero keys/store.key");
	box_open(box);
	assert_fault(box->store, -ENOKEY, "restart authboxd");
	box_close(box);
	box_run(box, "rm keys/store.key && "
		     "head -c 100000 /dev/zero >keys/store.key");
	box_open(box);
	assert_fault(box->store, -ENOKEY, "restart authboxd");
}

static void
the_exported_text_is_the_key(void **state)
{
	struct box *box = *state;
	AUTO(secret) text = NULL;
	char command[256];

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	assert_int_equal(store_export_key(box->store, &text), 0);
	assert_int_equal(text->size, strlen(text->bytes));
	box_close(box);
	(void)snprintf(command, sizeof(command),
	    "rm keys/store.key && echo ' ' >>keys/store.key && "
	    "echo '%s' >keys/store.key && chmod 400 keys/store.key",
	    text->bytes);
	box_run(box, command);
	box_open(box);
	box_assert_value(box->store, "user/a", "a");
}

static void
a_credential_is_used_and_not_replaced(void **state)
{
	struct box *box = *state;
	AUTO(secret) before = NULL;
	AUTO(secret) after = NULL;
	char credentials[128];
	uint64_t count;

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	assert_int_equal(store_export_key(box->store, &before), 0);
	box_close(box);
	box_run(box, "mkdir creds && mv keys/store.key creds/authbox.storekey");
	(void)snprintf(credentials, sizeof(credentials), "%s/creds", box->root);
	box->paths.credentials = credentials;
	box_open(box);
	assert_null(store_fault(box->store));
	box_assert_value(box->store, "user/a", "a");
	assert_int_equal(store_export_key(box->store, &after), 0);
	assert_string_equal(before->bytes, after->bytes);
	assert_int_equal(store_rekey(box->store, &count), -EROFS);
	box_assert_value(box->store, "user/a", "a");

	/* A new store begins with it, too. */
	box_close(box);
	box_run(box, "rm -r state");
	box_reopen(box);
	assert_null(store_fault(box->store));
	box_run(box, "test -z \"$(ls keys | grep key)\"");
	box_close(box);
	box->paths.credentials = NULL;
	box_open(box);
	assert_fault(box->store, -ENOKEY, "is missing");
}

static void
a_key_without_data_is_used(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "cp keys/store.key before && rm -r state");
	box_open(box);
	assert_null(store_fault(box->store));
	box_run(box, "cmp keys/store.key before");
}

static void
a_new_key_opens_what_was_there_and_the_old_one_does_not(void **state)
{
	struct box *box = *state;
	AUTO(secret) derived = NULL;
	AUTO(secret) derived_after = NULL;
	uint64_t count;
	char key[32];

	for (int i = 0; i < 300; i++) {
		(void)snprintf(key, sizeof(key), "user/%d", i);
		assert_int_equal(box_put(box->store, key, NULL, key), 0);
	}
	assert_int_equal(store_derive_key(box->store, "p", &derived), 0);
	box_run(box, "cp keys/store.key before");
	assert_int_equal(store_rekey(box->store, &count), 0);
	assert_int_equal(count, 300);
	assert_int_equal(store_rekey(box->store, &count), 0);
	box_run(box, "! cmp -s keys/store.key before && "
		     "test $(ls keys | grep key) = store.key");

	box_assert_value(box->store, "user/7", "user/7");
	assert_int_equal(box_put(box->store, "user/7", "user/7", "seven"), 0);
	box_reopen(box);
	assert_null(store_fault(box->store));
	box_assert_value(box->store, "user/7", "seven");
	box_assert_value(box->store, "user/299", "user/299");
	assert_int_equal(store_derive_key(box->store, "p", &derived_after), 0);
	assert_memory_equal(derived->bytes, derived_after->bytes, 32);

	box_close(box);
	box_run(box, "cp -f before keys/store.key");
	box_open(box);
	assert_fault(box->store, -ENOKEY, "is not the one");
}

/* Where a rekey may have been cut short, as the two key files show it. */
static void
a_rekey_that_was_cut_short_is_ended(void **state)
{
	static const char *const cases[] = {
	    /* the data is under the next key */
	    "cp before keys/store.key; cp after keys/store.key.new",
	    "cp after keys/store.key.new",
	    /* it is not */
	    "cp after keys/store.key; cp before keys/store.key.new",
	    "cp after keys/store.key; head -c 30 before >keys/store.key.new",
	    "cp after keys/store.key; : >keys/store.key.new",
	};
	struct box *box = *state;
	uint64_t count;

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	box_run(box, "cp keys/store.key before");
	assert_int_equal(store_rekey(box->store, &count), 0);
	box_close(box);
	box_run(box, "cp keys/store.key after");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		box_run(box, "rm -f keys/*");
		box_run(box, cases[i]);
		box_open(box);
		assert_null(store_fault(box->store));
		box_assert_value(box->store, "user/a", "a");
		box_run(box, "test $(ls keys | grep key) = store.key");
		box_close(box);
		box_run(box, "cmp keys/store.key after");
	}
}

struct churn {
	struct store *store;
	_Atomic bool stop;
	_Atomic unsigned done;
};

static int
toggle(void *context, struct store_item items[], size_t count)
{
	(void)context;
	(void)count;
	if (items[0].value && strcmp(items[0].value->bytes, "tick") != 0 &&
	    strcmp(items[0].value->bytes, "tock") != 0)
		return -EILSEQ;
	items[0].write = STORE_PUT;
	items[0].new_value = secret_copy(
	    items[0].value && items[0].value->bytes[1] == 'i' ? "tock" : "tick",
	    4);
	return 0;
}

static void *
churn(void *context)
{
	struct churn *work = context;
	const char *key = "user/busy";

	while (!work->stop) {
		AUTO(secret) value = NULL;

		if (store_update(work->store, &key, 1, toggle, NULL) != 0 ||
		    store_get(work->store, key, &value) != 1)
			break;
		work->done++;
	}
	return NULL;
}

static void
logins_go_on_while_the_key_is_replaced(void **state)
{
	struct box *box = *state;
	struct churn work = {.store = box->store};
	pthread_t threads[4];
	uint64_t count;
	unsigned before;

	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, churn, &work), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(store_rekey(box->store, &count), 0);
	before = work.done;
	while (work.done < before + 8)
		(void)sched_yield();
	work.stop = true;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	box_reopen(box);
	assert_null(store_fault(box->store));
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_missing_key_is_told_and_never_made_anew),
	    TEST(a_wrong_key_is_told_and_changes_nothing),
	    TEST(a_file_too_long_for_a_key_is_refused),
	    TEST(the_exported_text_is_the_key),
	    TEST(a_credential_is_used_and_not_replaced),
	    TEST(a_key_without_data_is_used),
	    TEST(a_new_key_opens_what_was_there_and_the_old_one_does_not),
	    TEST(a_rekey_that_was_cut_short_is_ended),
	    TEST(logins_go_on_while_the_key_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
