/*
 * A file system that was mounted read-only, as the kernel does after errors on
 * the disk: nobody is let in by a code that could not be marked as used, the
 * fault says what it is, and nothing is lost. Needs root.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"

static int
setup(void **state)
{
	struct box *box;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	box = box_new("/tmp");
	if (mkdir(box->state, 0700) < 0 ||
	    mount("none", box->state, "tmpfs", 0, "size=8m") < 0)
		return -1;
	box_open(box);
	assert_null(store_fault(box->store));
	*state = box;
	return 0;
}

static int
teardown(void **state)
{
	struct box *box = *state;

	box_close(box);
	(void)umount2(box->state, MNT_DETACH);
	return box_teardown(state);
}

static void
remount(const struct box *box, unsigned long flags)
{
	assert_int_equal(
	    mount("none", box->state, NULL, MS_REMOUNT | MS_BIND | flags, NULL),
	    0);
}

static void
what_cannot_be_written_is_refused_and_told(void **state)
{
	struct box *box = *state;

	assert_int_equal(box_put(box->store, "user/anna", NULL, "one"), 0);
	box_close(box);
	remount(box, MS_RDONLY);
	for (int i = 0; i < 2; i++) {
		box_open(box);
		assert_true(box_put(box->store, "user/anna", "one", "two") < 0);
		assert_non_null(store_fault(box->store));
		assert_non_null(strstr(store_fault(box->store), "Read-only"));
		box_close(box);
	}
	remount(box, 0);
	box_open(box);
	assert_null(store_fault(box->store));
	box_assert_value(box->store, "user/anna", "one");
	assert_int_equal(box_put(box->store, "user/anna", "one", "two"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_cannot_be_written_is_refused_and_told, setup, teardown),
	};

	if (geteuid() != 0) {
		printf("1..1\nok 1 - read_only # SKIP needs root\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
