/*
 * A store whose file somebody or something has changed: told, not followed,
 * not deleted; and its copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

static void
assert_fault(struct box *box, int error, const char *words)
{
	AUTO(secret) value = NULL;

	box_open(box);
	assert_non_null(store_fault(box->store));
	assert_non_null(strstr(store_fault(box->store), words));
	assert_int_equal(store_get(box->store, "user/a", &value), error);
	assert_int_equal(box_put(box->store, "user/a", NULL, "x"), error);
	box_close(box);
}

static void
values_swapped_between_users_do_not_unseal(void **state)
{
	struct box *box = *state;
	AUTO(secret) value = NULL;
	AUTO_TEXT report = NULL;

	assert_int_equal(box_put(box->store, "user/a", NULL, "secret a"), 0);
	assert_int_equal(box_put(box->store, "user/b", NULL, "secret b"), 0);
	assert_int_equal(box_put(box->store, "user/c", NULL, "secret c"), 0);
	assert_int_equal(store_check(box->store, &report), 0);
	box_close(box);
	box_sql(box, "UPDATE item SET key = 'x' WHERE key = 'user/a';"
		     "UPDATE item SET key = 'user/a' WHERE key = 'user/b';"
		     "UPDATE item SET key = 'user/b' WHERE key = 'x';");
	box_open(box);
	assert_null(store_fault(box->store));
	assert_int_equal(store_get(box->store, "user/a", &value), -EBADMSG);
	assert_int_equal(box_put(box->store, "user/b", "", "new"), -EBADMSG);
	box_assert_value(box->store, "user/c", "secret c");
	assert_int_equal(box_put(box->store, "user/c", "secret c", "c"), 0);

	free(TAKE(report));
	assert_int_equal(store_check(box->store, &report), -EBADMSG);
	assert_non_null(strstr(report, "user/a: does not unseal"));
	assert_non_null(strstr(report, "user/b: does not unseal"));
	assert_null(strstr(report, "user/c"));
	assert_non_null(strstr(report, "3 values read, 2 faults found"));
}

static void
a_newer_format_is_left_alone(void **state)
{
	struct box *box = *state;

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	box_close(box);
	box_sql(box, "PRAGMA user_version = 2");
	assert_fault(box, -EPROTONOSUPPORT, "newer authbox");
	box_sql(box, "PRAGMA user_version = 1");
	box_open(box);
	box_assert_value(box->store, "user/a", "a");
}

static void
a_file_of_another_program_is_left_alone(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "rm -r state keys && mkdir -m 700 state");
	box_sql(box, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
	box_run(box, "cp state/authbox.db before");
	assert_fault(box, -EBADMSG, "damaged");
	/* Nor is a key made for it. */
	box_run(box, "test ! -e keys/store.key");
	box_sql(box, "SELECT x FROM theirs");
}

static void
a_broken_file_is_told_and_not_deleted(void **state)
{
	static const char *const breaks[] = {
	    "head -c 20000 /dev/urandom >state/authbox.db",
	    "dd if=/dev/urandom of=state/authbox.db bs=16 count=1 conv=notrunc",
	    "truncate -s 5000 state/authbox.db",
	    "echo hello >state/authbox.db",
	    ": >state/authbox.db",
	    "rm state/authbox.db",
	};
	struct box *box = *state;

	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	box_close(box);
	box_run(box, "cp -r state good");
	for (size_t i = 0; i < sizeof(breaks) / sizeof(*breaks); i++) {
		box_run(box, "rm -r state && cp -r good state");
		box_run(box, breaks[i]);
		box_run(box, "rm -rf broken && cp -r state broken");
		assert_fault(
		    box, -EBADMSG, i < 4 ? "damaged" : "missing or empty");
		box_run(box, "! test -e broken/authbox.db ||"
			     " cmp state/authbox.db broken/authbox.db");
		box_run(box, "cmp state/authbox.db-wal good/authbox.db-wal");
	}
	box_run(box, "rm -r state && cp -r good state");
	box_open(box);
	box_assert_value(box->store, "user/a", "a");
}

static void
break_pages_with(const struct box *box, const char *text)
{
	char page[4096], path[128];
	int broken = 0;
	AUTO_FD fd = -1;

	(void)snprintf(path, sizeof(path), "%s/authbox.db", box->state);
	fd = open(path, O_RDWR);
	for (off_t at = 0; read(fd, page, sizeof(page)) > 0;
	     at += (off_t)sizeof(page)) {
		if (!memmem(page, sizeof(page), text, strlen(text)))
			continue;
		memset(page, 0xaa, sizeof(page));
		assert_true(pwrite(fd, page, sizeof(page), at) > 0);
		broken++;
	}
	assert_true(broken > 0);
}

static void
broken_pages_fail_what_is_on_them_and_show_in_the_check(void **state)
{
	struct box *box = *state;
	AUTO_TEXT report = NULL;
	unsigned failed = 0;
	char key[32];
	char text[301] = "";

	memset(text, 't', 300);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "user/%03d", i);
		assert_int_equal(box_put(box->store, key, NULL, text), 0);
	}
	box_close(box);
	break_pages_with(box, "user/050");
	box_open(box);
	for (int i = 0; i < 1000; i++) {
		AUTO(secret) value = NULL;
		int r;

		(void)snprintf(key, sizeof(key), "user/%03d", i);
		r = store_get(box->store, key, &value);
		assert_true(r == 1 || r == 0 || r == -EBADMSG);
		failed += r != 1;
	}
	assert_in_range(failed, 1, 500);
	assert_int_equal(store_check(box->store, &report), -EBADMSG);
	assert_null(strstr(report, " 0 faults"));
}

static void
no_secret_is_readable_on_disk(void **state)
{
	struct box *box = *state;

	assert_int_equal(
	    box_put(box->store, "user/a", NULL, "JBSWY3DPEHPK3PXP"), 0);
	assert_int_equal(box_put(box->store, "user/a", "JBSWY3DPEHPK3PXP",
			     "GEZDGNBVGY3TQOJQ"),
	    0);
	box_run(box, "! grep -rqE 'JBSWY3DP|GEZDGNBV' state");
	box_close(box);
	box_run(box, "! grep -rqE 'JBSWY3DP|GEZDGNBV' state");
	box_run(box, "grep -rq user/a state");
}

struct churn {
	struct store *store;
	_Atomic bool stop;
	_Atomic unsigned done;
};

static int
append(void *context, struct store_item items[], size_t count)
{
	(void)context;
	for (size_t i = 0; i < count; i++) {
		items[i].write = STORE_PUT;
		items[i].new_value = items[i].value
					 ? secret_new(items[i].value->size + 1)
					 : secret_new(1);
	}
	return 0;
}

static void *
churn(void *context)
{
	static const char *const keys[] = {"user/x", "user/y"};
	struct churn *work = context;

	while (!work->stop && work->done < 30000) {
		if (store_update(work->store, keys, 2, append, NULL) != 0)
			break;
		work->done++;
	}
	return NULL;
}

static void
a_backup_is_one_moment_and_opens_with_the_same_key(void **state)
{
	struct box *box = *state;
	struct churn work = {.store = box->store};
	AUTO(secret) x = NULL;
	AUTO(secret) y = NULL;
	AUTO_TEXT report = NULL;
	pthread_t thread;
	char path[128];

	for (int i = 0; i < 500; i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "user/%d", i);
		assert_int_equal(box_put(box->store, key, NULL, key), 0);
	}
	assert_int_equal(pthread_create(&thread, NULL, churn, &work), 0);
	while (work.done < 10)
		(void)sched_yield();
	(void)snprintf(path, sizeof(path), "%s/copy", box->root);
	for (int i = 0; i < 5; i++) {
		AUTO_FD fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

		assert_int_equal(store_backup(box->store, fd), 0);
	}
	work.stop = true;
	assert_int_equal(pthread_join(thread, NULL), 0);
	box_run(box, "test ! -e state/backup.tmp");

	box_close(box);
	box_run(box, "rm -r state && mkdir state && mv copy state/authbox.db");
	box_open(box);
	assert_null(store_fault(box->store));
	box_assert_value(box->store, "user/499", "user/499");
	assert_int_equal(store_get(box->store, "user/x", &x), 1);
	assert_int_equal(store_get(box->store, "user/y", &y), 1);
	assert_int_equal(x->size, y->size);
	assert_true(x->size >= 10);
	assert_int_equal(store_check(box->store, &report), 0);
	assert_int_equal(box_put(box->store, "user/499", "user/499", "n"), 0);
}

static void
a_backup_put_over_the_database_is_not_mixed_with_the_old_log(void **state)
{
	struct box *box = *state;
	char path[128];
	AUTO_TEXT report = NULL;
	AUTO_FD fd = -1;

	assert_int_equal(box_put(box->store, "user/a", NULL, "old"), 0);
	(void)snprintf(path, sizeof(path), "%s/copy", box->root);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(store_backup(box->store, fd), 0);
	assert_int_equal(box_put(box->store, "user/a", "old", "new"), 0);
	box_close(box);
	box_run(box, "cp copy state/authbox.db");
	box_open(box);
	box_assert_value(box->store, "user/a", "old");
	assert_int_equal(store_check(box->store, &report), 0);
}

static void
a_backup_that_cannot_be_written_says_so(void **state)
{
	struct box *box = *state;
	AUTO_FD full = open("/dev/full", O_WRONLY);
	AUTO_FD closed = open("/dev/null", O_RDONLY);

	assert_int_equal(store_backup(box->store, full), -ENOSPC);
	assert_int_equal(store_backup(box->store, closed), -EBADF);
	assert_int_equal(box_put(box->store, "user/a", NULL, "a"), 0);
	box_run(box, "test ! -e state/backup.tmp");
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(values_swapped_between_users_do_not_unseal),
	    TEST(a_newer_format_is_left_alone),
	    TEST(a_file_of_another_program_is_left_alone),
	    TEST(a_broken_file_is_told_and_not_deleted),
	    TEST(broken_pages_fail_what_is_on_them_and_show_in_the_check),
	    TEST(no_secret_is_readable_on_disk),
	    TEST(a_backup_is_one_moment_and_opens_with_the_same_key),
	    TEST(a_backup_put_over_the_database_is_not_mixed_with_the_old_log),
	    TEST(a_backup_that_cannot_be_written_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
