#include "login/device_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/qr.h"

#define LINE_BYTES 512
#define NAME_BYTES 72 /* of what a program or a user says of himself */

static void
put(struct device_text *text, const char *line, size_t size)
{
	if (text->count == DEVICE_TEXT_LINES_MAX ||
	    size >= sizeof(text->bytes) - text->used)
		return;
	memcpy(text->bytes + text->used, line, size);
	text->bytes[text->used + size] = '\0';
	text->lines[text->count++] =
	    (struct dialogue_text){text->bytes + text->used, false};
	text->used += size + 1;
}

__attribute__((format(printf, 2, 3))) static void
say(struct device_text *text, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* may cut */
	va_end(arguments);
	put(text, line, strlen(line));
}

/* Visible ASCII and blanks, '?' for others, and not too much of it. */
static const char *
plain(const char *given, char ret_plain[NAME_BYTES])
{
	size_t i;

	for (i = 0; given[i] && i < NAME_BYTES - 1; i++)
		ret_plain[i] =
		    given[i] < ' ' || given[i] > '~' ? '?' : given[i];
	ret_plain[i] = '\0';
	return ret_plain;
}

/* Columns of one line: bytes that do not go on with a character. */
static size_t
width_of(const char *line, size_t size)
{
	size_t width = 0;

	for (size_t i = 0; i < size; i++)
		width += (line[i] & 0xc0) != 0x80;
	return width;
}

static int
put_picture(struct device_text *text, const struct device_text_facts *facts)
{
	static const enum qr_style styles[] = {
	    [DEVICE_QR_NONE] = QR_NONE,
	    [DEVICE_QR_UTF8] = QR_UTF8,
	    [DEVICE_QR_UTF8_INVERTED] = QR_UTF8_INVERTED,
	    [DEVICE_QR_ASCII] = QR_ASCII,
	};
	size_t columns_max = facts->qr == DEVICE_QR_ASCII
				 ? DEVICE_TEXT_COLUMNS_ASCII_MAX
				 : DEVICE_TEXT_COLUMNS_MAX;
	AUTO(secret) picture = NULL;
	const char *line;
	int r;

	if (facts->is_not_utf8 && facts->qr != DEVICE_QR_ASCII)
		return 0;
	if (facts->columns > 0 && facts->columns < columns_max)
		columns_max = facts->columns;
	r = qr_print(facts->qr_uri, styles[facts->qr], &picture);
	if (r < 0)
		return r == -ENOMEM ? r : 0; /* too long: as text alone */
	line = picture->bytes;
	if (width_of(line, strcspn(line, "\n")) > columns_max)
		return 0;
	while (*line) {
		size_t size = strcspn(line, "\n");

		put(text, line, size);
		line += size + (line[size] == '\n');
	}
	return 0;
}

static void
put_link(struct device_text *text, const struct device_text_facts *facts)
{
	say(text, "Open  %s", facts->uri); /* both are checked ASCII */
	say(text, "Code  %s", facts->user_code);
}

static void
put_subject(struct device_text *text, const struct device_text_facts *facts)
{
	char user[NAME_BYTES], host[NAME_BYTES], service[NAME_BYTES];
	char from[NAME_BYTES];

	say(text, "Login of %s to %s (%s) from %s", plain(facts->user, user),
	    plain(facts->host, host), plain(facts->service, service),
	    *facts->from ? plain(facts->from, from) : "this host");
}

int
device_text_print(
    const struct device_text_facts *facts, struct device_text *ret_text)
{
	char title[NAME_BYTES];
	int r;

	ret_text->count = ret_text->used = 0;
	/* ssh puts "(user@host) " before the first line: an empty one keeps
	 * the picture's first row straight. */
	put(ret_text, "", 0);
	if (facts->title)
		say(ret_text, "%s", plain(facts->title, title));
	put_subject(ret_text, facts);
	r = put_picture(ret_text, facts);
	if (r < 0)
		return r;
	put_link(ret_text, facts);
	say(ret_text, "Approve this only if you began it yourself. Whoever "
		      "sends you a code to type");
	say(ret_text, "wants to come in under your name.");
	return 0;
}

void
device_text_print_again(const struct device_text_facts *facts, const char *note,
    struct device_text *ret_text)
{
	ret_text->count = ret_text->used = 0;
	put(ret_text, "", 0);
	say(ret_text, "%s", note);
	put_link(ret_text, facts);
}

const char *
device_text_join(struct device_text *text, const char *prompt)
{
	/* Lines lie one behind the other, each with its end. */
	for (size_t i = 0; i < text->used; i++)
		if (text->bytes[i] == '\0')
			text->bytes[i] = '\n';
	put(text, prompt, strlen(prompt));
	text->bytes[text->used] = '\0';
	text->count = 0;
	return text->bytes;
}
