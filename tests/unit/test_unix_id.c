#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/unix_id.h"

static const struct unix_id_range usual = {65536, 99999};

static void
reserved_ids_fit_nobody(void **state)
{
	static const uint32_t bad[] = {0, 1, 999, 1000, 60000, 61184, 65519,
	    65533, 65534, 65535, 2147352576, 2147418111, 2147483647, 2147483648,
	    4294967294, 4294967295};
	static const uint32_t good[] = {65536, 99999, 524287, 1879048192,
	    2147352575, 2147418112, 2147483646};
	const struct unix_id_range all = {0, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (unix_id_is_fit(bad[i]) || unix_id_may_be(&all, bad[i]))
			fail_msg("%u", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!unix_id_is_fit(good[i]))
			fail_msg("%u", good[i]);
	assert_false(unix_id_may_be(&usual, 65535));
	assert_false(unix_id_may_be(&usual, 100000));
}

/* What stands here must stay: hosts of different versions agree. */
static void
a_name_proposes_the_same_ids_everywhere(void **state)
{
	static const struct {
		const char *name;
		uint32_t ids[3];
	} table[] = {
	    {"alice", {90479, 74643, 87116}},
	    {"bob", {94113, 79098, 90377}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct unix_id_probe probe;

		assert_int_equal(
		    unix_id_probe_init(&probe, &usual, table[i].name), 0);
		for (size_t j = 0; j < 3; j++) {
			uint32_t id;

			assert_int_equal(unix_id_probe_next(&probe, &id), 1);
			if (id != table[i].ids[j])
				fail_msg("%s: %u", table[i].name, id);
		}
	}
}

/* Every id of the range comes, nothing else, and there is an end. */
static void
a_probe_finds_the_last_free_id(void **state)
{
	static const struct unix_id_range small[] = {{65536, 65536},
	    {65536, 65537}, {70000, 70999}, {65536, 99999},
	    {2147352570, 2147352580}};

	(void)state;
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		uint32_t width = small[i].max - small[i].min + 1, id, left = 0;
		uint8_t *seen = calloc(1, width);
		struct unix_id_probe probe;

		assert_non_null(seen);
		assert_int_equal(
		    unix_id_probe_init(&probe, &small[i], "carol"), 0);
		while (unix_id_probe_next(&probe, &id) > 0) {
			assert_true(unix_id_may_be(&small[i], id));
			seen[id - small[i].min] = 1;
		}
		for (uint32_t j = 0; j < width; j++)
			left += !seen[j] && unix_id_is_fit(small[i].min + j);
		assert_int_equal(left, 0);
		assert_int_equal(unix_id_probe_next(&probe, &id), 0);
		free(seen);
	}
}

static void
a_wide_range_has_an_end_too(void **state)
{
	const struct unix_id_range wide = {1879048192, 2147352575};
	struct unix_id_probe probe;
	uint32_t id, count = 0;

	(void)state;
	assert_int_equal(unix_id_probe_init(&probe, &wide, "dora"), 0);
	while (unix_id_probe_next(&probe, &id) > 0)
		count++;
	assert_in_range(count, 1000, 1000000);
}

/* The names' first ids lie evenly: few meet. */
static void
a_thousand_names_seldom_meet(void **state)
{
	static uint8_t taken[99999 - 65536 + 1];
	unsigned met = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct unix_id_probe probe;
		char name[32];
		uint32_t id;

		(void)snprintf(name, sizeof(name), "user%u", i);
		assert_int_equal(unix_id_probe_init(&probe, &usual, name), 0);
		assert_int_equal(unix_id_probe_next(&probe, &id), 1);
		met += taken[id - usual.min];
		taken[id - usual.min] = 1;
	}
	assert_in_range(met, 0, 35); /* 14 by chance */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reserved_ids_fit_nobody),
	    cmocka_unit_test(a_name_proposes_the_same_ids_everywhere),
	    cmocka_unit_test(a_probe_finds_the_last_free_id),
	    cmocka_unit_test(a_wide_range_has_an_end_too),
	    cmocka_unit_test(a_thousand_names_seldom_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
