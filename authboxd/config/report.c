#include "config/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define SHOWN_FIELD_BYTES 512

/* "FILE:LINE: KIND/ID: FIELD: " with only what is known. NULL: no memory. */
static char *
print_place(const struct report *report, unsigned line, const char *field)
{
	char number[16] = "", shown[SHOWN_FIELD_BYTES] = "", *place;

	/* A long path may have been cut within a character. */
	if (field)
		text_copy_for_log(field, shown, sizeof(shown));
	if (line > 0)
		(void)snprintf(number, sizeof(number), ":%u", line);
	if (asprintf(&place, "%s%s: %s%s%s%s%s%s", report->file, number,
		report->kind ? report->kind : "", report->id ? "/" : "",
		report->id ? report->id : "", report->kind ? ": " : "", shown,
		field ? ": " : "") < 0)
		return NULL;
	return place;
}

static int
put_message(struct config_report *to, bool is_error, const char *place,
    const char *text)
{
	struct config_message *grown;
	char *whole;

	grown = reallocarray(to->messages, to->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	to->messages = grown;
	if (asprintf(&whole, "%s%s", place, text) < 0)
		return -ENOMEM;

	grown[to->count].is_error = is_error;
	grown[to->count].text = whole;
	to->count++;
	to->error_count += is_error;
	return 0;
}

bool
report_is_full(const struct report *report)
{
	return report->to->count >= REPORT_MESSAGES_MAX;
}

__attribute__((format(printf, 5, 0))) static int
print_message(struct report *report, bool is_error, unsigned line,
    const char *field, const char *format, va_list args)
{
	AUTO_TEXT place = print_place(report, line, field);
	AUTO_TEXT text = NULL;

	if (!place)
		return -ENOMEM;
	if (vasprintf(&text, format, args) < 0) {
		text = NULL; /* undefined by asprintf(3) */
		return -ENOMEM;
	}
	return put_message(report->to, is_error, place, text);
}

__attribute__((format(printf, 5, 0))) static void
put(struct report *report, bool is_error, unsigned line, const char *field,
    const char *format, va_list args)
{
	int r;

	if (report_is_full(report)) {
		/* The text is lost, but an error must count. */
		report->to->error_count += is_error;
		return;
	}
	r = print_message(report, is_error, line, field, format, args);
	if (r == 0 && report_is_full(report))
		r = put_message(report->to, false, "",
		    "there may be more; only the first messages are shown");
	if (r < 0)
		report->failure = r;
}

void
report_error(struct report *report, unsigned line, const char *field,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(report, true, line, field, format, args);
	va_end(args);
}

void
report_note(struct report *report, unsigned line, const char *field,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(report, false, line, field, format, args);
	va_end(args);
}
