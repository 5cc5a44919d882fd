/* authboxd(8) lists the reasons of the table, all of them and no other. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_manual_lists_every_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
