/*
 * Whether a store knows that it is an older copy which was put back.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

/* What whoever restores does: the state folder is replaced, the key's is not.
 */
#define PUT_BACK "rm -rf state && cp -r old state && rm -f state/authbox.lock"

static void
assert_reopened_as(struct box *box, bool is_copy)
{
	box_reopen(box);
	assert_null(store_fault(box->store));
	assert_int_equal(store_is_copy(box->store), is_copy);
}

/* As after kill -9: the files as they were while the store was open. */
static void
box_crash(struct box *box)
{
	box_run(box, "rm -rf crash && cp -r state crash && "
		     "cp keys/store.epoch crash.epoch");
	box_close(box);
	box_run(box,
	    "rm -rf state && mv crash state && "
	    "rm state/authbox.lock && mv crash.epoch keys/store.epoch");
	box_open(box);
}

static void
a_store_that_goes_on_is_no_copy(void **state)
{
	struct box *box = *state;

	assert_false(store_is_copy(box->store));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    box_put(box->store, "user/anna", i ? "x" : NULL, "x"), 0);
		assert_reopened_as(box, false);
		box_crash(box);
		assert_false(store_is_copy(box->store));
		box_crash(box);
		assert_false(store_is_copy(box->store));
	}
}

static void
files_that_were_copied_before_are_known(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "cp -r state old");
	box_open(box);
	box_close(box);
	box_run(box, PUT_BACK);
	box_open(box);
	assert_true(store_is_copy(box->store));
	/* Until what follows from it is done. */
	assert_reopened_as(box, true);
	box_crash(box);
	assert_true(store_is_copy(box->store));
	assert_int_equal(store_accept_copy(box->store), 0);
	assert_false(store_is_copy(box->store));
	assert_reopened_as(box, false);
	/* A second time, after that. */
	box_close(box);
	box_run(box, PUT_BACK);
	box_open(box);
	assert_true(store_is_copy(box->store));
}

static void
files_that_were_copied_while_it_was_open_are_known(void **state)
{
	struct box *box = *state;

	box_run(box, "cp -r state old");
	box_close(box);
	box_run(box, PUT_BACK);
	box_open(box);
	assert_null(store_fault(box->store));
	assert_true(store_is_copy(box->store));
}

static void
a_backup_is_known_even_after_a_crash(void **state)
{
	struct box *box = *state;
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/backup", box->root);
	assert_int_equal(box_put(box->store, "user/anna", NULL, "one"), 0);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(store_backup(box->store, fd), 0);
	(void)close(fd);
	box_run(box, "test $(ls state | wc -l) = 3"); /* with lock, log */
	assert_false(store_is_copy(box->store));
	box_crash(box);
	assert_false(store_is_copy(box->store));

	box_run(box, "cp keys/store.epoch kept");
	box_close(box);
	box_run(box, "cp kept keys/store.epoch && rm -r state && "
		     "mkdir state && cp backup state/authbox.db");
	box_open(box);
	assert_null(store_fault(box->store));
	assert_true(store_is_copy(box->store));
	box_assert_value(box->store, "user/anna", "one");
	assert_int_equal(store_accept_copy(box->store), 0);
	assert_reopened_as(box, false);
}

/* On another machine, with nothing but the backup and the key. */
static void
data_without_the_file_beside_the_key_is_taken_for_a_copy(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "rm keys/store.epoch");
	box_open(box);
	assert_true(store_is_copy(box->store));
}

static void
damage_of_the_file_beside_the_key_locks_nobody_out(void **state)
{
	static const char *const damages[] = {
	    ": >keys/store.epoch",
	    "head -c 20 /dev/zero >keys/store.epoch",
	    "head -c 100000 /dev/zero >keys/store.epoch",
	    "rm keys/store.epoch; ln -s /dev/zero keys/store.epoch",
	    "rm keys/store.epoch; mkfifo keys/store.epoch",
	};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		box_close(box);
		box_run(box, damages[i]);
		box_open(box);
		assert_null(store_fault(box->store));
		assert_true(store_is_copy(box->store));
		assert_int_equal(store_accept_copy(box->store), 0);
		assert_reopened_as(box, false);
	}
}

static void
a_file_that_cannot_be_written_locks_nobody_out(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "mkdir keys/store.epoch.new");
	box_open(box);
	assert_null(store_fault(box->store));
	assert_false(store_is_copy(box->store));
	assert_reopened_as(box, false);
	box_close(box);
	box_run(box, "rmdir keys/store.epoch.new && rm keys/store.epoch && "
		     "mkdir keys/store.epoch");
	box_open(box);
	assert_true(store_is_copy(box->store));
	assert_true(store_accept_copy(box->store) < 0);
	assert_true(store_is_copy(box->store));
	box_close(box);
	box_run(box, "rmdir keys/store.epoch");
	box_open(box);
}

static void
a_new_store_beside_an_old_key_is_no_copy(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "rm -r state");
	box_open(box);
	assert_false(store_is_copy(box->store));
	assert_reopened_as(box, false);
}

static void
a_store_from_before_there_were_epochs_is_no_copy(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_sql(box, "DELETE FROM meta WHERE name IN ('epoch', 'copy')");
	box_run(box, "rm keys/store.epoch");
	box_open(box);
	assert_false(store_is_copy(box->store));
	box_close(box);
	box_sql(box, "DELETE FROM meta WHERE name IN ('epoch', 'copy')");
	box_open(box);
	assert_true(store_is_copy(box->store));
}

#define IN_BOX(test)                                                           \
	cmocka_unit_test_setup_teardown(test, box_setup, box_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_BOX(a_store_that_goes_on_is_no_copy),
	    IN_BOX(files_that_were_copied_before_are_known),
	    IN_BOX(files_that_were_copied_while_it_was_open_are_known),
	    IN_BOX(a_backup_is_known_even_after_a_crash),
	    IN_BOX(data_without_the_file_beside_the_key_is_taken_for_a_copy),
	    IN_BOX(damage_of_the_file_beside_the_key_locks_nobody_out),
	    IN_BOX(a_file_that_cannot_be_written_locks_nobody_out),
	    IN_BOX(a_new_store_beside_an_old_key_is_no_copy),
	    IN_BOX(a_store_from_before_there_were_epochs_is_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
