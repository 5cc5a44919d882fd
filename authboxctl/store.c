/* authboxctl store: the store of secrets, which only authboxd opens. */
#include "authboxctl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "authboxctl/backup_file.h"
#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "base/secret.h"

#define INTERFACE "io.authbox.Store."

static int
run_check(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	bool sound;
	int r;

	r = ctl_ask(ctl, INTERFACE "Check", NULL, CTL_LONG_MS, &reply);
	if (r != CTL_DONE)
		return r;
	sound = ctl_bool(reply, "sound");
	if (ctl->json) {
		r = ctl_print_json(ctl, reply);
		return r == CTL_DONE && !sound ? CTL_REFUSED : r;
	}
	screen_put(ctl->out, ctl_text(reply, "report"));
	if (sound) {
		(void)fputs("The store is sound.\n", ctl->out);
		return CTL_DONE;
	}
	return ctl_fail(ctl, CTL_REFUSED, "store_damaged",
	    "The store is damaged. Keep a copy of its folder, stop authboxd, "
	    "and put the last backup in its place.");
}

/* ---- backup ---- */

struct backup {
	struct ctl *ctl;
	struct backup_file *file;
	uint64_t size;
	bool shows_progress;
};

/* Strict enough for what authboxd sends: whole groups of four. */
static int
decode_base64(const char *text, struct secret **ret_bytes)
{
	size_t length = strlen(text), padding = 0;
	AUTO(secret) bytes = NULL;
	int size;

	if (length % 4 != 0 || length > INT_MAX)
		return -EBADMSG;
	while (padding < 2 && padding < length &&
	       text[length - 1 - padding] == '=')
		padding++;
	bytes = secret_new(length / 4 * 3);
	if (!bytes)
		return -ENOMEM;
	size = EVP_DecodeBlock((unsigned char *)bytes->bytes,
	    (const unsigned char *)text, (int)length);
	if (size < 0 || (size_t)size < padding)
		return -EBADMSG;

	bytes->size = (size_t)size - padding;
	*ret_bytes = TAKE(bytes);
	return 0;
}

static int
take_part(void *context, const cJSON *reply)
{
	struct backup *backup = context;
	AUTO(secret) bytes = NULL;
	int r;

	r = decode_base64(ctl_text(reply, "data"), &bytes);
	if (r == 0)
		r = backup_file_write(backup->file, bytes->bytes, bytes->size);
	if (r < 0)
		return ctl_fail(backup->ctl, CTL_REFUSED, "output",
		    "The backup cannot be written: %s.", strerror(-r));
	backup->size += bytes->size;
	if (backup->shows_progress)
		(void)fprintf(backup->ctl->err, "\r%llu KiB",
		    (unsigned long long)backup->size / 1024);
	return CTL_DONE;
}

static int
fail_file(struct ctl *ctl, const char *path, int r)
{
	if (r == -EEXIST)
		return ctl_fail(ctl, CTL_REFUSED, "exists",
		    "%s, or %s" BACKUP_FILE_SUFFIX
		    ", is there already and is not overwritten. Name another "
		    "file or remove it.",
		    path, path);
	return ctl_fail(ctl, CTL_REFUSED, "output", "%s cannot be written: %s.",
	    path, strerror(-r));
}

static int
print_backup(struct ctl *ctl, uint64_t size)
{
	AUTO_JSON tree = NULL;

	if (!ctl->json) {
		(void)fprintf(ctl->out,
		    "%s: %llu bytes, sealed with the store's key. It is "
		    "useless without that\nkey: authboxctl store export-key\n",
		    ctl->arguments.operand, (unsigned long long)size);
		return CTL_DONE;
	}
	tree = cJSON_CreateObject();
	if (!cJSON_AddStringToObject(tree, "file", ctl->arguments.operand) ||
	    !cJSON_AddNumberToObject(tree, "bytes", (double)size))
		return ctl_fail_memory(ctl);
	return ctl_print_json(ctl, tree);
}

static int
run_backup(struct ctl *ctl)
{
	const char *path = ctl->arguments.operand;
	AUTO(backup_file) file = NULL;
	struct backup backup = {.ctl = ctl};
	int r;

	r = backup_file_new(path, &file);
	if (r < 0)
		return fail_file(ctl, path, r);
	backup.file = file;
	backup.shows_progress = !ctl->json && screen_is_terminal(ctl->err);
	r = ctl_ask_more(
	    ctl, INTERFACE "Backup", CTL_LONG_MS, take_part, &backup);
	if (backup.shows_progress && backup.size > 0)
		(void)fputs("\r                \r", ctl->err);
	if (r != CTL_DONE)
		return r;
	r = backup_file_finish(file);
	return r < 0 ? fail_file(ctl, path, r) : print_backup(ctl, backup.size);
}

/* ---- key and clock ---- */

static int
run_rekey(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	int r;

	r = ctl_ask(ctl, INTERFACE "Rekey", NULL, CTL_LONG_MS, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	(void)fprintf(ctl->out,
	    "%lld records are sealed under a new key. Copies of the old key "
	    "open old backups\nonly: keep the new one too, authboxctl store "
	    "export-key\n",
	    (long long)ctl_int(reply, "count", 0));
	return CTL_DONE;
}

static int
run_export_key(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	int r;

	r = ctl_ask(ctl, INTERFACE "ExportKey", NULL, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	/* Beside the key, so that only the key goes into a file or pipe. */
	(void)fputs(
	    "This key opens the store and every backup of it: whoever has "
	    "both can make\nanybody's codes. Keep it offline, away from the "
	    "backups.\n",
	    ctl->err);
	screen_put(ctl->out, ctl_text(reply, "key"));
	(void)putc('\n', ctl->out);
	return CTL_DONE;
}

static int
run_accept_clock(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	char was[SCREEN_TIME_BYTES], now[SCREEN_TIME_BYTES];
	int r;

	r = ctl_ask(ctl, INTERFACE "AcceptClock", NULL, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	screen_time(ctl_int(reply, "was", 0), was);
	screen_time(ctl_int(reply, "now", 0), now);
	(void)fprintf(
	    ctl->out, "The clock is taken as right: it is %s now.\n", now);
	if (ctl_int(reply, "was", 0) > 0)
		(void)fprintf(ctl->out,
		    "The highest time seen before was %s. Devices used at "
		    "such times:\nauthboxctl 2fa resync USER\n",
		    was);
	return CTL_DONE;
}

const struct command store_commands[] = {
    {"check", NULL, false, 0, "read and unseal everything (root)", NULL,
	run_check},
    {"backup", "FILE", true, 0, "write a consistent copy, sealed (root)",
	"FILE must not exist. It is written as FILE" BACKUP_FILE_SUFFIX
	" and gets its name when it\nis whole.\n",
	run_backup},
    {"rekey", NULL, false, 0, "seal everything under a new key (root)", NULL,
	run_rekey},
    {"export-key", NULL, false, 0,
	"print the store's key, to be kept offline (root)", NULL,
	run_export_key},
    {"accept-clock", NULL, false, 0,
	"take the clock as right, after it was far ahead (root)",
	"Codes are denied while the clock is behind the highest time seen. "
	"Do this only\nwhen the clock is right now: codes used since then "
	"could be used again.\n",
	run_accept_clock},
    {0},
};
