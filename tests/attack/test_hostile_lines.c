/*
 * What others say, in the lines that people and programs read: audit records,
 * what a person is shown, the link for an app. Each of the values of
 * tests/harness/hostile.h at each place: one line, of the shape that it has
 * for harmless values, in which nobody else's word is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "factor/otpauth.h"
#include "login/device_text.h"
#include "notify/audit.h"
#include "tests/harness/hostile.h"
#include "tests/unit/caught_log.h"

#define REFERENCE "3f9a01c2"

static size_t rows;

__attribute__((noreturn)) static void
fail_row(const char *where, const char *bytes, size_t size, const char *got)
{
	print_error("%s, value of %zu bytes:\n", where, size);
	for (size_t i = 0; i < size && i < 80; i++)
		print_error("%02x ", (unsigned char)bytes[i]);
	fail_msg("\n%s", got);
	abort();
}

/* ---- audit records ---- */

static const char *const places[] = {"user", "service", "rhost", "tty", "ruser",
    "detail", "root's rhost", "device"};

static struct audit_record
record_with(size_t place, const char *value)
{
	struct audit_record record = {
	    .event = "login",
	    .verdict = VERDICT_DENY,
	    .reason = "wrong-code",
	    .user = "alice",
	    .service = "sshd",
	    .reference = REFERENCE,
	    .peer_uid = place == 6 ? 0 : 1000,
	};
	const char **members[] = {&record.user, &record.service, &record.rhost,
	    &record.tty, &record.ruser, &record.detail, &record.rhost,
	    &record.device};

	*members[place] = value;
	return record;
}

/* Fields are after the message, which has no quote, and each is there once. */
static bool
has_shape(const char *line, bool has_detail)
{
	static const char *const fields[] = {" authbox_event=login ",
	    " authbox_verdict=deny ", " authbox_reason=wrong-code ",
	    " authbox_user=", " authbox_reference=" REFERENCE " ",
	    " authbox_peer_uid="};
	const char *message_end = strstr(line, " authbox_event=login ");
	const char *quote = strchr(line, '"');

	/* A detail is a sentence of ours, and may hold anything. */
	if (has_detail)
		return true;
	for (size_t i = 0; i < HOSTILE_COUNT(fields); i++)
		if (hostile_count_unquoted(line, fields[i]) != 1)
			return false;
	return message_end && (!quote || quote > message_end) &&
	       hostile_count_unquoted(line, " (asked by uid ") +
		       hostile_count_unquoted(line, " (reference ") ==
		   1;
}

static void
write_records(void *context, const char *bytes, size_t size)
{
	const size_t *place = context;
	struct audit_record record = record_with(*place, bytes);
	static char line[70000];
	int saved;

	rows++;
	caught_log_begin(&saved);
	audit_write(&record);
	caught_log_end(saved, line, sizeof(line));
	if (!*line || line[strlen(line) - 1] != '\n')
		fail_row(places[*place], bytes, size, line);
	line[strlen(line) - 1] = '\0';
	if (!hostile_is_one_line(line) || strlen(line) > 6000 ||
	    !text_is_utf8(line, strlen(line)) ||
	    strncmp(line, "authbox: login refused for ", 27) != 0 ||
	    !has_shape(line, record.detail != NULL))
		fail_row(places[*place], bytes, size, line);
	/* Who is no program of root's says nothing of an address. */
	if (*place != 6 && *place != 5 &&
	    hostile_count_unquoted(line, " from "))
		fail_row(places[*place], bytes, size, line);
}

static void
an_audit_record_is_one_line_that_says_what_happened(void **state)
{
	(void)state;
	rows = 0;
	for (size_t place = 0; place < HOSTILE_COUNT(places); place++)
		(void)hostile_each(write_records, &place);
	print_message("%zu rows\n", rows);
	assert_true(rows > 8000);
}

/* ---- what a person is shown ---- */

static struct device_text_facts
facts_with(size_t place, const char *value)
{
	struct device_text_facts facts = {
	    .title = "Title",
	    .user = "alice",
	    .host = "box",
	    .service = "sshd",
	    .from = "192.0.2.1",
	    .uri = "https://idp.example/d",
	    .user_code = "ABCD-EFGH",
	    .qr_uri = "https://idp.example/d",
	};
	const char **members[] = {&facts.title, &facts.user, &facts.host,
	    &facts.service, &facts.from};

	*members[place] = value;
	return facts;
}

static void
show(void *context, const char *bytes, size_t size)
{
	const size_t *place = context;
	struct device_text_facts facts = facts_with(*place, bytes);
	static struct device_text text;
	bool has_code = false, has_link = false;

	rows++;
	assert_int_equal(device_text_print(&facts, &text), 0);
	for (size_t i = 0; i < text.count; i++) {
		const char *line = text.lines[i].text;

		if (!hostile_is_visible_ascii(line) || strlen(line) > 400)
			fail_row("a prompt", bytes, size, line);
		has_code |= streq(line, "Code  ABCD-EFGH");
		has_link |= streq(line, "Open  https://idp.example/d");
	}
	if (text.count != 7 || !has_code || !has_link)
		fail_row("a prompt", bytes, size, "a line is missing");
}

static void
a_prompt_shows_visible_ascii_and_always_link_and_code(void **state)
{
	(void)state;
	rows = 0;
	for (size_t place = 0; place < 5; place++)
		(void)hostile_each(show, &place);
	print_message("%zu rows\n", rows);
	assert_true(rows > 5000);
}

/* ---- the link for an app ---- */

static void
link_apps(void *context, const char *bytes, size_t size)
{
	const bool *is_issuer = context;
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = {.digits = 6, .period_s = 30, .key = key};
	AUTO(secret)
	link = otpauth_print(
	    &device, *is_issuer ? bytes : "Demo", *is_issuer ? "alice" : bytes);
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~:%&=?/";
	const char *rest;

	rows++;
	assert_non_null(link);
	rest = text_after(link->bytes, "otpauth://totp/");
	if (!rest || strspn(rest, allowed) != strlen(rest) ||
	    strcspn(rest, "/") != strlen(rest) ||
	    strchr(rest, '?') != strrchr(rest, '?') ||
	    strstr(rest, "secret=") != strstr(rest, "?secret=") + 1 ||
	    strstr(strstr(rest, "secret=") + 1, "secret="))
		fail_row("a link", bytes, size, link->bytes);
}

static void
a_link_for_an_app_has_one_secret_and_nothing_else(void **state)
{
	(void)state;
	rows = 0;
	for (int is_issuer = 0; is_issuer < 2; is_issuer++) {
		bool issuer = is_issuer;

		(void)hostile_each(link_apps, &issuer);
	}
	print_message("%zu rows\n", rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		an_audit_record_is_one_line_that_says_what_happened),
	    cmocka_unit_test(
		a_prompt_shows_visible_ascii_and_always_link_and_code),
	    cmocka_unit_test(a_link_for_an_app_has_one_secret_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
