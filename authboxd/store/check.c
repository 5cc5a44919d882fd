#include "store/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/text.h"

struct check {
	FILE *report;
	unsigned long items, damages;
};

/* Unseal the first item at or after `from`, and make *ret_next what comes
 * behind it. 1; 0: there is none. */
static int
check_item(struct check *check, struct readers *readers, const char *from,
    char **ret_next)
{
	AUTO(secret) value = NULL;
	AUTO_TEXT key = NULL;
	char shown[128];
	int r;

	r = readers_find_between(readers, from, "\xff", &key, &value);
	if (r == 0 || (r < 0 && !key))
		return r;
	if (r < 0 && r != -EBADMSG)
		return r;
	check->items++;
	if (r == -EBADMSG) {
		check->damages++;
		text_copy_for_log(key, shown, sizeof(shown));
		(void)fprintf(check->report,
		    "%s: does not unseal: it was changed or moved\n", shown);
	}
	return asprintf(ret_next, "%s\001", key) < 0 ? -ENOMEM : 1;
}

static int
check_items(struct check *check, struct readers *readers)
{
	AUTO_TEXT from = strdup("");
	int r = from ? 1 : -ENOMEM;

	while (r > 0) {
		char *next = NULL;

		r = check_item(check, readers, from, &next);
		if (r > 0) {
			free(from);
			from = next;
		}
	}
	return r;
}

static int
check_file(struct check *check, const char *path)
{
	AUTO(sqlite) sqlite = NULL;
	sqlite3_stmt *statement;
	int r, result;

	r = sqlite_open(path, SQLITE_READER, &sqlite);
	if (r < 0)
		return r;
	result = sqlite3_prepare_v2(sqlite_get_handle(sqlite),
	    "PRAGMA integrity_check", -1, &statement, NULL);
	if (result == SQLITE_OK)
		while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
			const char *line =
			    (const char *)sqlite3_column_text(statement, 0);

			if (streq_null(line, "ok"))
				continue;
			check->damages++;
			(void)fprintf(check->report, "authbox.db: %s\n",
			    line ? line : "no memory to say what is wrong");
		}
	(void)sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0
				     : sqlite_failed(sqlite, "check", result);
}

/* Damage that ends a part of the check is a line like others. */
static int
note(struct check *check, const char *what, int r)
{
	if (r != -EBADMSG)
		return r;
	check->damages++;
	(void)fprintf(check->report, "authbox.db: damaged: %s\n", what);
	return 0;
}

int
check_run(const char *path, struct readers *readers, char **ret_report)
{
	struct check check = {0};
	AUTO_TEXT text = NULL;
	size_t size;
	int r;

	check.report = open_memstream(&text, &size);
	if (!check.report)
		return -ENOMEM;
	r = note(&check, "its items cannot be read to the end",
	    check_items(&check, readers));
	if (r == 0)
		r = note(&check, "its pages cannot be read to the end",
		    check_file(&check, path));
	(void)fprintf(check.report, "%lu values read, %lu faults found\n",
	    check.items, check.damages);
	if (fclose(check.report) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;

	*ret_report = TAKE(text);
	return check.damages ? -EBADMSG : 0;
}
