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

/* The codes in the first column of a row, between backquotes; each is noted in
 * `named`, at its place in the table. */
static size_t
count_codes(char *row, bool named[])
{
	size_t count = 0;
	char *end = strchr(row + 1, '|');

	assert_non_null(end);
	*end = '\0';
	for (char *code = strchr(row, '`'); code; code = strchr(code, '`')) {
		char *next = strchr(++code, '`');
		const struct audit_reason *reason;

		assert_non_null(next);
		*next = '\0';
		reason = audit_find_reason(code);
		if (!reason)
			fail_msg("README: no reason %s", code);
		named[reason - audit_reasons] = true;
		code = next + 1;
		count++;
	}
	return count;
}

static bool
is_about_a_token(const char *code)
{
	return strcmp(code, "token-accepted") != 0 &&
	       (strncmp(code, "token-", 6) == 0 ||
		   strncmp(code, "introspector-", 13) == 0 ||
		   strncmp(code, "policy-", 7) == 0);
}

static void
the_readme_names_all_that_is_said_about_tokens(void **state)
{
	FILE *readme = fopen("README.md", "re");
	bool named[256] = {false}, inside = false;
	char line[512];
	size_t count = 0;

	(void)state;
	assert_non_null(readme);
	while (fgets(line, sizeof(line), readme)) {
		if (strncmp(line, "## ", 3) == 0)
			inside =
			    strcmp(line, "## When a login is refused\n") == 0;
		if (inside && line[0] == '|')
			count += count_codes(line, named);
	}
	(void)fclose(readme);
	assert_in_range(count, 40, 100);
	for (size_t i = 0; audit_reasons[i].code; i++)
		if (is_about_a_token(audit_reasons[i].code) && !named[i])
			fail_msg(
			    "README: %s is not named", audit_reasons[i].code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_manual_lists_every_reason),
	    cmocka_unit_test(the_readme_names_all_that_is_said_about_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
