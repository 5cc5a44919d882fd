/* What is written about the configuration is what the tables say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "config/loader.h"
#include "config/tables.h"

#define PAGE	"man/authbox-resources.5"
#define SAMPLES "dist/resources/"

static char *
read_text(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(path, "r");

	assert_non_null(text);
	if (!file)
		fail_msg("run this in the top folder: no %s", path);
	assert_in_range(fread(text, 1, 65535, file), 1, 65534);
	(void)fclose(file); /* it was only read */
	return text;
}

static void
check_loads(const char *yaml)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;

	assert_int_equal(loader_init(&loader, &report), 0);
	loader_read(&loader,
	    strstr(yaml, "resourceType: Provisioning") ? "userdb.yaml"
						       : "f.yaml",
	    yaml, strlen(yaml), false);
	if (loader_finish(&loader, &config) < 0)
		fail_msg("%s\nin\n%s", report.messages[0].text, yaml);
	loader_done(&loader);
	config_unref(config);
	config_report_done(&report);
}

/* One line more of a resource, without the files that only a real host has. */
static void
put_line(FILE *out, const char *line, size_t size)
{
	const char *source = memmem(line, size, "{file: ", 7);

	if (source)
		fprintf(out, "%.*stext\n", (int)(source - line), line);
	else
		fprintf(out, "%.*s\n", (int)size, line);
}

static void
explanations_fit_into_80_columns(void **state)
{
	const struct kind *kinds;
	size_t count;

	(void)state;
	kinds = tables_kinds(&count);
	for (size_t i = 0; i <= count; i++) {
		AUTO_TEXT text =
		    config_explain(i < count ? kinds[i].name : NULL, false);

		assert_non_null(text);
		for (char *line = strtok(text, "\n"); line;
		     line = strtok(NULL, "\n"))
			if (strlen(line) > 79)
				fail_msg("too long: %s", line);
	}
}

static void
every_kind_is_listed_and_others_are_not_explained(void **state)
{
	AUTO_TEXT text = config_explain(NULL, false);
	AUTO_TEXT json = config_explain(NULL, true);
	AUTO_JSON tree = NULL;
	const struct kind *kinds;
	size_t count;

	(void)state;
	kinds = tables_kinds(&count);
	assert_int_equal(json_parse(json, strlen(json), &tree, NULL), 0);
	assert_int_equal(cJSON_GetArraySize(tree), count);
	for (size_t i = 0; i < count; i++)
		assert_non_null(strstr(text, kinds[i].name));
	assert_null(config_explain("Patient", false));
	assert_null(config_explain("authconfig", true));
	assert_null(config_explain("", false));
}

static void
an_explanation_marks_what_is_secret(void **state)
{
	AUTO_TEXT json = config_explain("Client", true);
	AUTO_JSON tree = NULL;
	const cJSON *field;
	unsigned secrets = 0;

	(void)state;
	assert_int_equal(json_parse(json, strlen(json), &tree, NULL), 0);
	cJSON_ArrayForEach (field, tree) {
		const char *name = NULL;
		bool secret = false;

		assert_int_equal(json_find_text(field, "field", &name), 1);
		assert_int_equal(json_find_bool(field, "secret", &secret), 1);
		assert_true(secret == streq(name, "secret"));
		secrets += secret;
	}
	assert_int_equal(secrets, 1);
}

/* ".It Cm FIELD\nTYPE; DEFAULT.\n" as the page must have it. */
static char *
print_item(const cJSON *field)
{
	const char *name = "", *type = "", *fallback = NULL;
	bool required = false, effect = true;
	const char *rest;
	char *text;

	(void)json_find_text(field, "field", &name);
	(void)json_find_text(field, "type", &type);
	(void)json_find_text(field, "default", &fallback);
	(void)json_find_bool(field, "required", &required);
	(void)json_find_bool(field, "effect", &effect);
	rest = required	  ? "; required"
	       : !effect  ? "; no effect yet"
	       : fallback ? "; default: "
			  : "";
	assert_true(asprintf(&text, ".It Cm %s\n%s%s%s.\n", name, type, rest,
			!required && effect && fallback ? fallback : "") > 0);
	return text;
}

static void
the_page_has_each_field_of_each_kind_in_order(void **state)
{
	AUTO_TEXT page = read_text(PAGE);
	const struct kind *kinds;
	size_t count, wanted = 0, found = 0;

	(void)state;
	kinds = tables_kinds(&count);
	for (size_t i = 0; i < count; i++) {
		AUTO_TEXT json = config_explain(kinds[i].name, true);
		AUTO_JSON tree = NULL;
		char heading[64];
		const cJSON *field;
		const char *at;

		assert_int_equal(
		    json_parse(json, strlen(json), &tree, NULL), 0);
		(void)snprintf(
		    heading, sizeof(heading), ".Ss %s\n", kinds[i].name);
		at = strstr(page, heading);
		if (!at)
			fail_msg("no %s", heading);
		cJSON_ArrayForEach (field, tree) {
			AUTO_TEXT item = print_item(field);

			/* These two stand above, for all kinds. */
			if (strstr(item, "Cm resourceType\n") ||
			    strstr(item, "Cm meta\n")) {
				assert_non_null(strstr(page, item));
				continue;
			}
			wanted++;
			at = at ? strstr(at, item) : NULL;
			if (!at)
				fail_msg("%s: not there, or not in order:\n%s",
				    kinds[i].name, item);
		}
	}
	/* And no other: all items below the kinds, but for those two. */
	for (const char *at = strstr(page, ".Ss AuthConfig\n");
	     at && (at = strstr(at, ".It Cm ")); at++)
		found++;
	assert_int_equal(found, wanted);
}

static void
the_examples_of_the_page_load(void **state)
{
	AUTO_TEXT page = read_text(PAGE);
	const char *at = strstr(page, ".Sh EXAMPLES\n");
	unsigned count = 0;

	(void)state;
	assert_non_null(at);
	while ((at = strstr(at, ".Bd -literal"))) {
		const char *end = strstr(at, ".Ed\n");
		char *yaml = NULL;
		size_t size;
		FILE *out = open_memstream(&yaml, &size);

		assert_true(out && end);
		for (at = strchr(at, '\n') + 1; at < end;
		     at = strchr(at, '\n') + 1)
			put_line(out, at, strcspn(at, "\n"));
		assert_int_equal(fclose(out), 0);
		check_loads(yaml);
		free(yaml);
		count++;
	}
	assert_true(count >= 4);
}

/* A remark begins with "# "; what can be used, with "#" and no blank, or with
 * the two blanks of an indented line. */
static size_t
comment_of(const char *line)
{
	size_t indent = strspn(line, " ");

	if (line[indent] != '#')
		return 0;
	line += indent + 1;
	return line[0] != '\n' && line[0] != '\0' &&
		       (line[0] != ' ' || line[1] == ' ')
		   ? indent + 1
		   : 0;
}

static char *
uncomment(const char *text)
{
	char *yaml = NULL;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);

	assert_non_null(out);
	for (const char *end; *text; text = end + 1) {
		size_t comment = comment_of(text);

		end = strchr(text, '\n');
		assert_non_null(end);
		if (comment > 0)
			fprintf(out, "%*s", (int)comment - 1, "");
		put_line(out, text + comment, (size_t)(end - text) - comment);
	}
	assert_int_equal(fclose(out), 0);
	return yaml;
}

static void
the_samples_load_as_they_are_and_uncommented(void **state)
{
	static const struct {
		const char *path, *once, *twice; /* what is found in them */
	} table[] = {
	    {SAMPLES "authbox.yaml", "\nresourceType: AuthConfig\n",
		"\n  webhook:"},
	    {SAMPLES "tokens.yaml", "\nresourceType: TokenIntrospector\n",
		"\n  case: lower"},
	    {SAMPLES "userdb.yaml", "\nresourceType: Provisioning\n",
		"\n  replacement:"},
	    {SAMPLES "policies.yaml", "\nresourceType: AccessPolicy\n",
		"\n    acr: {$enum"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		AUTO_TEXT sample = read_text(table[i].path);
		AUTO_TEXT once = uncomment(sample);
		AUTO_TEXT twice = uncomment(once);

		check_loads(sample);
		assert_non_null(strstr(once, table[i].once));
		check_loads(once);
		assert_non_null(strstr(twice, table[i].twice));
		check_loads(twice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(explanations_fit_into_80_columns),
	    cmocka_unit_test(every_kind_is_listed_and_others_are_not_explained),
	    cmocka_unit_test(an_explanation_marks_what_is_secret),
	    cmocka_unit_test(the_page_has_each_field_of_each_kind_in_order),
	    cmocka_unit_test(the_examples_of_the_page_load),
	    cmocka_unit_test(the_samples_load_as_they_are_and_uncommented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
