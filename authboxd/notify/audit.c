/*
 * A record is built as journal fields; base/log.h makes one line of the same
 * fields where there is no journal. The message has a fixed shape, which log
 * watchers match: what comes from outside stands in it as one word each.
 */
#include "notify/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "base/text.h"

#define FIELDS_MAX	  20
#define TEXT_BYTES_MAX	  128 /* kept of what a caller says */
#define DETAIL_BYTES_MAX  512
#define RECORD_BYTES_MAX  4096
#define MESSAGE_BYTES_MAX 1280

static const struct {
	const char *word;   /* AUTHBOX_VERDICT */
	const char *phrase; /* "login refused for alice" */
	int priority;
} verdicts[VERDICT_COUNT] = {
    [VERDICT_DENY] = {"deny", "refused", LOG_NOTICE},
    [VERDICT_ALLOW] = {"allow", "allowed", LOG_INFO},
    [VERDICT_FORBIDDEN] = {"forbidden", "forbidden", LOG_NOTICE},
    [VERDICT_TRIES_USED] = {"tries-used", "refused", LOG_NOTICE},
    [VERDICT_UNAVAILABLE] = {"unavailable", "not possible", LOG_ERR},
    [VERDICT_CONFIG] = {"config", "not possible", LOG_ERR},
    [VERDICT_NO_MEMORY] = {"no-memory", "not possible", LOG_ERR},
    [VERDICT_UNMANAGED] = {"unmanaged", "passed over", LOG_INFO},
    [VERDICT_EXEMPT] = {"exempt", "let through without a code", LOG_INFO},
    [VERDICT_CANCELLED] = {"cancelled", "given up", LOG_INFO},
};

static const struct {
	const char *event, *phrase;
} events[] = {
    {"account", "account check"},
    {"requested", "enrolment request"},
    {"enrolled", "enrolment"},
    {"disabled", "switching off"},
    {"resynced", "resync"},
    {"recovery", "new recovery codes"},
    {"imported", "import"},
    {"authorize", "use of a token"},
};

/* The fields, and the texts that they point to. */
struct fields {
	struct iovec iov[FIELDS_MAX];
	size_t count, used;
	char text[RECORD_BYTES_MAX];
};

__attribute__((format(printf, 2, 3))) static void
fields_put(struct fields *fields, const char *format, ...)
{
	char *at = fields->text + fields->used;
	size_t room = sizeof(fields->text) - fields->used;
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(at, room, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= room || fields->count == FIELDS_MAX)
		return; /* the sizes above leave room for every field */

	fields->iov[fields->count].iov_base = at;
	fields->iov[fields->count++].iov_len = (size_t)size;
	fields->used += (size_t)size + 1;
}

/* One word: without blanks, or "sshd from 192.0.2.1" as a service name would
 * be read as an address by whoever matches the line. */
static const char *
text_word(const char *text, char *ret_word, size_t ret_size)
{
	text_copy_word_for_log(text, ret_word, ret_size);
	return ret_word;
}

static void
fields_put_word(struct fields *fields, const char *name, const char *text)
{
	char word[TEXT_BYTES_MAX];

	if (text && *text)
		fields_put(
		    fields, "%s=%s", name, text_word(text, word, sizeof(word)));
}

static const char *
event_phrase(const char *event)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (streq(events[i].event, event))
			return events[i].phrase;
	return event;
}

static const char *
record_user(const struct audit_record *record)
{
	return record->user && !record->user_is_unknown ? record->user : NULL;
}

/* Appends; a text that does not fit is cut. */
__attribute__((format(printf, 2, 3))) static void
message_put(char message[MESSAGE_BYTES_MAX], const char *format, ...)
{
	size_t used = strlen(message);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message + used, MESSAGE_BYTES_MAX - used, format,
	    arguments); /* may cut */
	va_end(arguments);
}

/* "login refused for alice via sshd from 192.0.2.7: wrong code (reference
 * 3f9a01c2)": short enough for a pager at night. */
static void
message_print(const struct audit_record *record, const char *phrase,
    char message[MESSAGE_BYTES_MAX])
{
	const struct audit_reason *reason = audit_find_reason(record->reason);
	bool peer_is_root = record->peer_uid == 0;
	const char *user = record_user(record);
	char word[USER_NAME_BYTES_MAX + 1], detail[DETAIL_BYTES_MAX];

	message[0] = '\0';
	message_put(message, "%s %s for %s", event_phrase(record->event),
	    phrase,
	    user ? text_word(user, word, sizeof(word)) : "unknown user");
	if (record->service && *record->service)
		message_put(message, " via %s",
		    text_word(record->service, word, TEXT_BYTES_MAX));
	if (record->rhost && *record->rhost && peer_is_root)
		message_put(message, " from %s",
		    text_word(record->rhost, word, TEXT_BYTES_MAX));
	message_put(message, ": %s",
	    reason ? reason->meaning
		   : text_word(record->reason, word, TEXT_BYTES_MAX));

	message_put(message, " (");
	if (!peer_is_root)
		message_put(
		    message, "asked by uid %u, ", (unsigned)record->peer_uid);
	message_put(message, "reference %s)",
	    text_word(record->reference, word, TEXT_BYTES_MAX));
	if (record->detail && *record->detail) {
		text_copy_for_log(record->detail, detail, sizeof(detail));
		message_put(message, "; %s", detail);
	}
}

/* What this daemon knows stands before what its caller claims. */
static void
fields_put_record(struct fields *fields, const struct audit_record *record)
{
	const char *user = record_user(record);
	char text[DETAIL_BYTES_MAX];

	fields_put_word(fields, "AUTHBOX_REASON", record->reason);
	text_copy_for_log(
	    user ? user : "unknown user", text, USER_NAME_BYTES_MAX + 1);
	fields_put(fields, "AUTHBOX_USER=%s", text);
	fields_put_word(fields, "AUTHBOX_REFERENCE", record->reference);
	fields_put(fields, "AUTHBOX_PEER_UID=%u", (unsigned)record->peer_uid);
	fields_put_word(fields, "AUTHBOX_CONFIG", record->config);
	fields_put_word(fields, "AUTHBOX_FACTOR", record->factor);
	fields_put_word(fields, "AUTHBOX_DEVICE", record->device);
	fields_put_word(fields, "AUTHBOX_SERVICE", record->service);
	fields_put_word(fields, "AUTHBOX_RHOST", record->rhost);
	fields_put_word(fields, "AUTHBOX_TTY", record->tty);
	fields_put_word(fields, "AUTHBOX_RUSER", record->ruser);
	if (record->detail && *record->detail) {
		text_copy_for_log(record->detail, text, sizeof(text));
		fields_put(fields, "AUTHBOX_DETAIL=%s", text);
	}
}

void
audit_write(const struct audit_record *record)
{
	/* Out of range is a fault of ours, and the module denies it so. */
	enum verdict verdict = (unsigned)record->verdict < VERDICT_COUNT
				   ? record->verdict
				   : VERDICT_CONFIG;
	struct audit_record full = *record;
	struct fields fields = {.count = 0};
	char message[MESSAGE_BYTES_MAX];

	full.event = full.event ? full.event : "login";
	full.reason = full.reason ? full.reason : "none";
	full.reference = full.reference ? full.reference : "none";
	message_print(&full, verdicts[verdict].phrase, message);

	fields_put(&fields, "MESSAGE=%s", message);
	fields_put(&fields, "PRIORITY=%d", verdicts[verdict].priority);
	fields_put(&fields, "MESSAGE_ID=" AUDIT_MESSAGE_ID);
	fields_put_word(&fields, "AUTHBOX_EVENT", full.event);
	fields_put_word(&fields, "AUTHBOX_VERDICT", verdicts[verdict].word);
	fields_put_record(&fields, &full);
	log_record(fields.iov, fields.count);
}

const struct audit_reason *
audit_find_reason(const char *code)
{
	for (const struct audit_reason *r = audit_reasons; r->code; r++)
		if (streq(r->code, code))
			return r;
	return NULL;
}
