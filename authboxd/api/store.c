/* io.authbox.Store: root's care of the store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "api/call.h"
#include "api/methods.h"
#include "api/refusal.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon.h"
#include "factor/clock_mark.h"
#include "store/store.h"

/* In one frame, as base64; a multiple of 3, so that the parts can be put
 * together before they are decoded. */
#define BACKUP_PART_BYTES 24576

/* What root asks of a large store may take so long before it counts as stuck.
 */
#define LONG_MS (10 * 60 * 1000)

/* Root is told the store's own sentence rather than to go and ask for it. */
static int
refuse_fault(struct varlink_call *call, int error)
{
	const struct daemon *daemon = call->daemon;
	const struct refusal_entry *entry =
	    refusal_get(refusal_of_errno(error));
	const char *fault = store_fault(daemon->store);

	return call_refuse(call, entry->error, entry->reason,
	    fault ? fault : entry->message, 0);
}

/* ---- Check ---- */

static int
check(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	AUTO_TEXT report = NULL;
	cJSON *object;
	int r;

	varlink_allow(call, LONG_MS);
	r = store_check(daemon->store, &report);
	if (r < 0 && !(r == -EBADMSG && report))
		return refuse_fault(call, r);

	object = call_reply(call);
	if (call_put_text(object, "report", report ? report : "") < 0 ||
	    call_put_flag(object, "sound", r == 0) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- Backup ---- */

/* A file without a name, so that nothing is left behind whatever happens. */
static int
open_unnamed(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* {"data": …} of the next part; NULL as *ret_part: the file ends here. */
static int
read_part(int fd, off_t *offset, cJSON **ret_part)
{
	char text[BACKUP_PART_BYTES / 3 * 4 + 1];
	uint8_t bytes[BACKUP_PART_BYTES];
	AUTO_JSON part = NULL;
	ssize_t size = pread(fd, bytes, sizeof(bytes), *offset);

	*ret_part = NULL;
	if (size <= 0)
		return size < 0 ? -errno : 0;
	*offset += size;
	(void)EVP_EncodeBlock((uint8_t *)text, bytes, (int)size);
	part = cJSON_CreateObject();
	if (call_put_text(part, "data", text) < 0)
		return -ENOMEM;
	*ret_part = TAKE(part);
	return 0;
}

/* Send all parts but the last, which becomes the reply. */
static int
send_parts(struct varlink_call *call, int fd)
{
	cJSON *part, *next;
	off_t offset = 0;
	int r;

	r = read_part(fd, &offset, &part);
	while (r == 0 && part) {
		r = read_part(fd, &offset, &next);
		if (r == 0 && !next)
			break;
		if (r == 0)
			r = varlink_reply_part(call, part);
		else
			cJSON_Delete(part);
		part = next;
	}
	if (r == 0)
		call->reply = part;
	else
		cJSON_Delete(part);
	return r;
}

static int
backup(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	AUTO_FD fd = open_unnamed(daemon->state_dir);
	int r;

	if (fd < 0)
		return refuse_fault(call, fd);
	varlink_allow(call, LONG_MS);
	r = store_backup(daemon->store, fd);
	if (r < 0)
		return refuse_fault(call, r);
	log_notice("the store was copied for uid %u", (unsigned)call->peer_uid);
	return send_parts(call, fd);
}

/* ---- Rekey, ExportKey ---- */

static int
rekey(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	uint64_t count;
	int r;

	varlink_allow(call, LONG_MS);
	r = store_rekey(daemon->store, &count);
	if (r == -EROFS)
		return call_refuse(call, "io.authbox.Forbidden",
		    "store_credential",
		    "The key is a systemd credential, which authboxd cannot "
		    "replace. Change the credential to a key file first.",
		    0);
	if (r < 0)
		return refuse_fault(call, r);
	log_notice("the store has a new key; %llu values were sealed anew",
	    (unsigned long long)count);
	return call_put_number(call_reply(call), "count", (int64_t)count);
}

static int
export_key(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	AUTO(secret) text = NULL;
	int r;

	r = store_export_key(daemon->store, &text);
	if (r < 0)
		return refuse_fault(call, r);
	log_notice("the store's key was exported for uid %u",
	    (unsigned)call->peer_uid);
	return call_put_text(call_reply(call), "key", text->bytes);
}

/* ---- AcceptClock ---- */

static int
accept_clock(struct varlink_call *call)
{
	const struct daemon *daemon = call->daemon;
	int64_t now_unix_s = clock_unix_s(), was_unix_s = 0;
	cJSON *object;
	int r;

	r = clock_mark_accept(daemon->store, now_unix_s, &was_unix_s);
	if (r < 0)
		return refuse_fault(call, r);
	log_notice("the clock is accepted as right: %lld, the highest time "
		   "seen before was %lld",
	    (long long)now_unix_s, (long long)was_unix_s);

	object = call_reply(call);
	r = call_put_number(object, "now", now_unix_s);
	if (r == 0 && was_unix_s != 0)
		r = call_put_number(object, "was", was_unix_s);
	return r;
}

/* ---- the table ---- */

const struct varlink_method store_methods[] = {
    {"io.authbox.Store.Check", VARLINK_ROOT, NULL, check, false},
    {"io.authbox.Store.Backup", VARLINK_ROOT, NULL, backup, true},
    {"io.authbox.Store.Rekey", VARLINK_ROOT, NULL, rekey, false},
    {"io.authbox.Store.ExportKey", VARLINK_ROOT, NULL, export_key, false},
    {"io.authbox.Store.AcceptClock", VARLINK_ROOT, NULL, accept_clock, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};
