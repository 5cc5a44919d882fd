/* authboxd(8) lists the reasons of the table, all of them and no other; the
 * README names those that people meet, and none that does not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "notify/audit.h"

#define PAGE "man/authboxd.8"
#define ITEM ".It Li "

/* The items of the page's section; each is looked up. */
static size_t
count_items(FILE *page)
{
	char line[256];
	bool inside = false;
	size_t count = 0;

	while (fgets(line, sizeof(line), page)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Sh ", 4) == 0)
			inside = strcmp(line, ".Sh REASONS") == 0;
		if (!inside || strncmp(line, ITEM, strlen(ITEM)) != 0)
			continue;
		assert_non_null(audit_find_reason(line + strlen(ITEM)));
		count++;
	}
	return count;
}

static void
the_manual_lists_every_reason(void **state)
{
	FILE *page = fopen(PAGE, "re");
	size_t count = 0;

	(void)state;
	assert_non_null(page);
	while (audit_reasons[count].code)
		count++;
	assert_int_equal(count_items(page), count);
	(void)fclose(page);
}

/* The codes in the first column of a row, between backquotes. */
static size_t
count_codes(char *row)
{
	size_t count = 0;
	char *end = strchr(row + 1, '|');

	assert_non_null(end);
	*end = '\0';
	for (char *code = strchr(row, '`'); code; code = strchr(code, '`')) {
		char *next = strchr(++code, '`');

		assert_non_null(next);
		*next = '\0';
		if (!audit_find_reason(code))
			fail_msg("README: no reason %s", code);
		code = next + 1;
		count++;
	}
	return count;
}

static void
the_readme_names_reasons_that_exist(void **state)
{
	FILE *readme = fopen("README.md", "re");
	char line[512];
	bool inside = false;
	size_t count = 0;

	(void)state;
	assert_non_null(readme);
	while (fgets(line, sizeof(line), readme)) {
		if (strncmp(line, "## ", 3) == 0)
			inside =
			    strcmp(line, "## When a login is refused\n") == 0;
		if (inside && line[0] == '|')
			count += count_codes(line);
	}
	assert_in_range(count, 30, 100);
	(void)fclose(readme);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_manual_lists_every_reason),
	    cmocka_unit_test(the_readme_names_reasons_that_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
