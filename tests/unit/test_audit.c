#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "notify/audit.h"

#define LONG_BYTES 65536

static const struct audit_record refusal = {
    .event = "login",
    .verdict = VERDICT_DENY,
    .reason = "wrong-code",
    .user = "alice",
    .service = "sshd",
    .rhost = "192.0.2.7",
    .tty = "ssh",
    .config = "app",
    .factor = "totp",
    .reference = "3f9a01c2",
    .peer_uid = 0,
};

/* What the record is on standard error. */
static void
write_to(const struct audit_record *record, char *ret_text, size_t ret_size)
{
	int saved = dup(STDERR_FILENO);
	int fd = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t size;

	assert_true(saved >= 0 && fd >= 0);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	audit_write(record);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	size = pread(fd, ret_text, ret_size - 1, 0);
	assert_true(size > 0 && (size_t)size < ret_size - 1);
	assert_null(memchr(ret_text, '\0', (size_t)size));
	ret_text[size] = '\0';
	close(fd);
	close(saved);
}

/* One line, no control characters, of bounded length. */
static void
assert_one_line(const char *text)
{
	size_t size = strlen(text);

	assert_true(size > 0 && size < 6000);
	assert_int_equal(text[size - 1], '\n');
	assert_true(text_is_printable(text, size - 1));
}

static size_t
count_of(const char *text, const char *needle)
{
	size_t count = 0;

	for (; (text = strstr(text, needle)); text += strlen(needle))
		count++;
	return count;
}

static void
audit_says_who_where_why_in_one_sentence(void **state)
{
	char line[8192];

	(void)state;
	write_to(&refusal, line, sizeof(line));
	assert_one_line(line);
	assert_string_equal(line,
	    "authboxd: login refused for alice via sshd from 192.0.2.7: "
	    "wrong code (reference 3f9a01c2) authbox_event=login "
	    "authbox_verdict=deny authbox_reason=wrong-code "
	    "authbox_user=alice authbox_reference=3f9a01c2 "
	    "authbox_peer_uid=0 authbox_config=app authbox_factor=totp "
	    "authbox_service=sshd authbox_rhost=192.0.2.7 "
	    "authbox_tty=ssh\n");
}

static void
audit_has_a_phrase_for_each_verdict(void **state)
{
	static const char *const phrases[] = {
	    [VERDICT_DENY] = "login refused for alice",
	    [VERDICT_ALLOW] = "login allowed for alice",
	    [VERDICT_FORBIDDEN] = "login forbidden for alice",
	    [VERDICT_TRIES_USED] = "login refused for alice",
	    [VERDICT_UNAVAILABLE] = "login not possible for alice",
	    [VERDICT_CONFIG] = "login not possible for alice",
	    [VERDICT_NO_MEMORY] = "login not possible for alice",
	    [VERDICT_UNMANAGED] = "login passed over for alice",
	    [VERDICT_EXEMPT] = "login let through without a code for alice",
	    [VERDICT_CANCELLED] = "login given up for alice",
	    [VERDICT_COUNT] = "login not possible for alice",
	};
	struct audit_record record = refusal;
	char line[8192];

	(void)state;
	for (unsigned v = 0; v <= VERDICT_COUNT; v++) {
		record.verdict = (enum verdict)v;
		write_to(&record, line, sizeof(line));
		assert_non_null(strstr(line, phrases[v]));
		assert_int_equal(
		    strstr(line, "_verdict=allow") != NULL, v == VERDICT_ALLOW);
	}
}

static void
audit_never_writes_the_name_of_an_unknown_user(void **state)
{
	struct audit_record record = refusal;
	char line[8192];

	(void)state;
	record.user = "hunter2";
	record.user_is_unknown = true;
	record.reason = "unknown-user";
	write_to(&record, line, sizeof(line));
	assert_null(strstr(line, "hunter2"));
	assert_non_null(strstr(line, "refused for unknown user via"));
	assert_non_null(strstr(line, "authbox_user=\"unknown user\""));

	record.user = NULL;
	record.user_is_unknown = false;
	write_to(&record, line, sizeof(line));
	assert_non_null(strstr(line, "refused for unknown user via"));
}

static const char *const hostile[] = {
    "alice\nauthboxd: login allowed for root",
    "alice\r\nMESSAGE=x",
    "\x1b[2J\x1b]0;owned\x07",
    "\xc2\x85next line",
    "\xe2\x80\xa8", /* U+2028: printable for us, one line everywhere */
    "\xc0\x80",
    "\xff\xfe\xed\xa0\x80",
    "%s%s%s%n",
    "sshd from 10.0.0.1: right code (reference 00000000)",
    "x\" authbox_verdict=\"allow",
    "a b\tc\x7f",
    "",
};

static void
audit_keeps_its_shape_whatever_the_texts_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		const char *text = hostile[i];
		struct audit_record record = refusal;
		char line[8192];

		record.user = record.service = record.rhost = text;
		record.tty = record.ruser = record.config = text;
		record.device = record.factor = record.detail = text;
		write_to(&record, line, sizeof(line));
		assert_one_line(line);
		assert_int_equal(count_of(line, " authbox_verdict=deny "), 1);
		assert_int_equal(count_of(line, " authbox_verdict=allow"), 0);
		assert_non_null(strstr(line, ": wrong code (reference 3f9a"));
	}
}

static void
audit_makes_one_word_of_what_a_caller_claims(void **state)
{
	struct audit_record record = refusal;
	char line[8192];

	(void)state;
	record.service = "sshd from 10.0.0.1: right";
	record.tty = "x authbox_verdict=allow";
	write_to(&record, line, sizeof(line));
	assert_null(strstr(line, " authbox_verdict=allow"));
	assert_non_null(
	    strstr(line, "via sshd?from?10.0.0.1:?right from 192.0.2.7: "));
}

static void
audit_cuts_long_texts_and_still_tells_the_verdict(void **state)
{
	struct audit_record record = refusal;
	char *text = malloc(LONG_BYTES + 1);
	char line[8192];

	(void)state;
	assert_non_null(text);
	memset(text, '"', LONG_BYTES);
	text[LONG_BYTES] = '\0';
	record.user = record.service = record.rhost = text;
	record.tty = record.ruser = record.config = text;
	record.device = record.factor = record.detail = text;
	write_to(&record, line, sizeof(line));
	free(text);
	assert_one_line(line);
	assert_non_null(strstr(line, "wrong code (reference 3f9a01c2)"));
	assert_non_null(strstr(line, " authbox_reference=3f9a01c2 "));
	assert_non_null(strstr(line, " authbox_ruser="));
	assert_non_null(strstr(line, " authbox_detail="));
}

static void
audit_says_that_an_address_is_only_claimed(void **state)
{
	struct audit_record record = refusal;
	char line[8192];

	(void)state;
	record.peer_uid = 1000;
	write_to(&record, line, sizeof(line));
	assert_non_null(strstr(line,
	    "for alice via sshd: wrong code (asked by uid 1000, reference "));
	assert_null(strstr(line, " from "));
	assert_non_null(strstr(line, " authbox_rhost=192.0.2.7 "));
}

static void
audit_does_without_any_optional_text(void **state)
{
	struct audit_record record = {.peer_uid = 0};
	char line[8192];

	(void)state;
	write_to(&record, line, sizeof(line));
	assert_string_equal(line,
	    "authboxd: login refused for unknown user: none (reference none) "
	    "authbox_event=login authbox_verdict=deny authbox_reason=none "
	    "authbox_user=\"unknown user\" authbox_reference=none "
	    "authbox_peer_uid=0\n");
}

static void
audit_reasons_are_unique_and_say_what_to_do(void **state)
{
	(void)state;
	for (const struct audit_reason *r = audit_reasons; r->code; r++) {
		assert_ptr_equal(audit_find_reason(r->code), r);
		assert_true(id_is_valid(r->code));
		assert_true(strlen(r->meaning) < 72);
		assert_int_not_equal(r->meaning[strlen(r->meaning) - 1], '.');
		assert_null(strpbrk(r->meaning, "()"));
		assert_int_equal(r->remedy[strlen(r->remedy) - 1], '.');
		assert_true(text_is_printable(r->remedy, strlen(r->remedy)));
	}
	assert_null(audit_find_reason("wrong"));
	assert_null(audit_find_reason(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(audit_says_who_where_why_in_one_sentence),
	    cmocka_unit_test(audit_has_a_phrase_for_each_verdict),
	    cmocka_unit_test(audit_never_writes_the_name_of_an_unknown_user),
	    cmocka_unit_test(audit_keeps_its_shape_whatever_the_texts_hold),
	    cmocka_unit_test(audit_makes_one_word_of_what_a_caller_claims),
	    cmocka_unit_test(audit_cuts_long_texts_and_still_tells_the_verdict),
	    cmocka_unit_test(audit_says_that_an_address_is_only_claimed),
	    cmocka_unit_test(audit_does_without_any_optional_text),
	    cmocka_unit_test(audit_reasons_are_unique_and_say_what_to_do),
	};

	unsetenv("JOURNAL_STREAM");
	log_init("authboxd");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
