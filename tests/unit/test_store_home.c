/* What somebody planted where the store keeps its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/harness/store_box.h"
#include "wire/stream.h"

#define AT_ONCE_MS 2000 /* far less than for ever, also on a busy machine */

static void
what_is_no_file_of_ours_is_refused_at_once(void **state)
{
	static const char *const names[] = {"authbox.db", "authbox.lock"};
	static const char *const plants[] = {"ln -s ../outside",
	    "ln -s ../nowhere", "ln -s /dev/zero", "mkfifo", "mkdir"};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < sizeof(plants) / sizeof(plants[0]);
		     k++) {
			char plant[64], command[160];
			int64_t began_ms;

			box_close(box);
			box_run(box, "rm -rf state nowhere && mkdir state && "
				     "echo precious >outside");
			(void)snprintf(
			    plant, sizeof(plant), "%s %s", plants[k], names[i]);
			(void)snprintf(
			    command, sizeof(command), "cd state && %s", plant);
			box_run(box, command);
			began_ms = stream_now_ms();
			box_open(box);
			assert_true(stream_now_ms() < began_ms + AT_ONCE_MS);
			if (!store_fault(box->store))
				fail_msg("it took \"%s\"", plant);
			assert_true(
			    box_put(box->store, "user/anna", NULL, "x") < 0);
			box_run(box, "test \"$(cat outside)\" = precious && "
				     "test ! -e nowhere");
		}
}

static void
a_backup_does_not_follow_what_is_in_its_way(void **state)
{
	struct box *box = *state;
	int fds[2];

	box_run(box, "echo precious >outside && "
		     "ln -s ../outside state/backup.tmp");
	assert_int_equal(pipe(fds), 0);
	assert_true(store_backup(box->store, fds[1]) < 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	box_run(box, "test \"$(cat outside)\" = precious");
}

#define IN_BOX(test)                                                           \
	cmocka_unit_test_setup_teardown(test, box_setup, box_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_BOX(what_is_no_file_of_ours_is_refused_at_once),
	    IN_BOX(a_backup_does_not_follow_what_is_in_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
