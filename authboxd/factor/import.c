#include "factor/import.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/base32.h"
#include "factor/otp.h"
#include "factor/recovery.h"

#define PERIOD_S       30
#define SCRATCH_DIGITS 8
/* Far enough from RECORD_COUNTER_MAX that no device ever gets there. */
#define COUNTER_MAX    (RECORD_COUNTER_MAX / 2)

static int
bad(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

/* Decimal digits up to the end of the text. */
static bool
read_number(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (*text == '\0' || strlen(text) > 15)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
	}
	if (number > max)
		return false;
	*ret = number;
	return true;
}

/* The next word of *at, ended in place; NULL: there is none. */
static char *
next_word(char **at)
{
	return strtok_r(NULL, " \t\r", at);
}

static void
set_next_counter(struct device *device, uint64_t counter)
{
	device->used = counter > 0;
	device->last_used = counter > 0 ? counter - 1 : 0;
}

static void
name_device(struct device *device)
{
	(void)stpcpy(device->name, IMPORT_DEVICE); /* fits */
	device->enabled = true;
}

/* ---- pam_google_authenticator ---- */

struct google {
	struct device device;
	uint64_t used_step; /* highest of DISALLOW_REUSE */
	bool has_used_step;
	const char *why;
};

static int
google_secret(struct google *google, const char *line)
{
	AUTO(secret) key = NULL;
	int r = base32_decode(line, &key);

	if (r < 0)
		return r == -EBADMSG
			   ? bad(&google->why, "the secret is not base32")
			   : r;
	if (key->size < OTP_KEY_BYTES_MIN || key->size > OTP_KEY_BYTES_MAX)
		return bad(&google->why, "the secret is too short or long");
	google->device.key = TAKE(key);
	return 0;
}

static int
google_used_steps(struct google *google, char *rest)
{
	uint64_t step;

	for (char *word = next_word(&rest); word; word = next_word(&rest)) {
		if (!read_number(word, COUNTER_MAX, &step))
			return bad(
			    &google->why, "DISALLOW_REUSE takes numbers");
		if (!google->has_used_step || step > google->used_step)
			google->used_step = step;
		google->has_used_step = true;
	}
	return 0;
}

static int
google_counter(struct google *google, char *rest)
{
	char *word = next_word(&rest);
	uint64_t counter;

	if (!word || !read_number(word, COUNTER_MAX, &counter))
		return bad(&google->why, "HOTP_COUNTER takes a number");
	google->device.type = OTP_HOTP;
	set_next_counter(&google->device, counter);
	return 0;
}

static int
google_period(struct google *google, char *rest)
{
	char *word = next_word(&rest);
	uint64_t period;

	if (!word || !read_number(word, RECORD_PERIOD_MAX_S, &period) ||
	    period < RECORD_PERIOD_MIN_S)
		return bad(&google->why, "STEP_SIZE is not 10 to 300");
	google->device.period_s = (unsigned)period;
	return 0;
}

/* `" NAME values…`. Other options say how that module guards itself. */
static int
google_option(struct google *google, char *line)
{
	static const struct {
		const char *name;
		int (*read)(struct google *, char *rest);
	} options[] = {
	    {"DISALLOW_REUSE", google_used_steps},
	    {"HOTP_COUNTER", google_counter},
	    {"STEP_SIZE", google_period},
	};
	char *rest = line;
	char *name = strtok_r(line, " \t\r", &rest);

	if (!name)
		return bad(&google->why, "an option has no name");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (streq(options[i].name, name))
			return options[i].read(google, rest);
	return 0;
}

static int
google_line(struct google *google, struct user_record *record,
    const struct secret *key, char *line)
{
	int r;

	line[strcspn(line, "\r")] = '\0';
	if (!google->device.key)
		return google_secret(google, line);
	if (line[0] == '"' && line[1] == ' ')
		return google_option(google, line + 2);

	if (*line == '\0')
		return 0;
	if (strlen(line) != SCRATCH_DIGITS)
		return bad(&google->why, "neither option nor scratch code");
	r = recovery_add_scratch(record, key, line);
	return r == -EINVAL
		   ? bad(&google->why, "neither option nor scratch code")
		   : r;
}

static int
google_file(struct google *google, struct user_record *record,
    const struct secret *key, char *text, unsigned *ret_line)
{
	int r = 0;

	*ret_line = 0;
	for (char *next; r == 0 && text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		(*ret_line)++;
		r = google_line(google, record, key, text);
	}
	return r;
}

/* Steps that the file says were used, unless a broken clock wrote them: the
 * user would be shut out until they come. */
static void
google_spend(struct google *google, int64_t now_unix_s)
{
	struct device *device = &google->device;
	uint64_t last = otp_step(now_unix_s, device->period_s) + OTP_WINDOW_MAX;

	if (device->type != OTP_TOTP || !google->has_used_step)
		return;
	device->used = true;
	device->last_used = google->used_step < last ? google->used_step : last;
}

int
import_google_authenticator(struct user_record *record,
    const struct secret *key, const char *text, size_t size, int64_t now_unix_s,
    const char **ret_why, unsigned *ret_line)
{
	struct google google = {.device = {.digits = OTP_DIGITS_MIN,
				    .period_s = PERIOD_S,
				    .created_unix_s = now_unix_s}};
	size_t scratch_count = record->scratch_count;
	AUTO(secret) copy = NULL;
	int r;

	*ret_line = 0;
	if (size > IMPORT_BYTES_MAX || memchr(text, '\0', size))
		return bad(ret_why, "too long, or not text");
	if (user_record_find_device(record, IMPORT_DEVICE))
		return -EEXIST;
	if (record->device_count == RECORD_DEVICES_MAX)
		return -ENOSPC;
	copy = secret_copy(text, size);
	if (!copy)
		return -ENOMEM;

	r = google_file(&google, record, key, copy->bytes, ret_line);
	if (r < 0) {
		secret_free(google.device.key);
		secret_wipe(record->scratch + scratch_count,
		    (record->scratch_count - scratch_count) *
			sizeof(record->scratch[0]));
		record->scratch_count = scratch_count;
		*ret_why = google.why;
		return r;
	}
	google_spend(&google, now_unix_s);
	name_device(&google.device);
	record->devices[record->device_count++] = google.device;
	return 0;
}

/* ---- pam_oath ---- */

/* "HOTP", "HOTP/E[/DIGITS]" or "HOTP/T<PERIOD>[/DIGITS]". */
static bool
oath_type(char *word, struct device *device)
{
	char *rest = word;
	const char *kind = strtok_r(word, "/", &rest);
	const char *mode, *digits_text;
	uint64_t digits = OTP_DIGITS_MIN, period = PERIOD_S;

	if (!kind || !streq(kind, "HOTP"))
		return false;
	mode = strtok_r(NULL, "/", &rest);
	digits_text = strtok_r(NULL, "/", &rest);
	if (mode && mode[0] == 'T') {
		device->type = OTP_TOTP;
		if (!read_number(mode + 1, RECORD_PERIOD_MAX_S, &period) ||
		    period < RECORD_PERIOD_MIN_S)
			return false;
	} else {
		device->type = OTP_HOTP;
		if (mode && !streq(mode, "E"))
			return false;
	}
	if (digits_text &&
	    (!read_number(digits_text, OTP_DIGITS_MAX, &digits) ||
		digits < OTP_DIGITS_MIN))
		return false;

	device->digits = (unsigned)digits;
	device->period_s = (unsigned)period;
	return !strtok_r(NULL, "/", &rest);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
oath_secret(const char *hex, struct secret **ret_key, const char **ret_why)
{
	size_t size = strlen(hex) / 2;
	AUTO(secret) key = NULL;

	if (strlen(hex) % 2 != 0 || size < OTP_KEY_BYTES_MIN ||
	    size > OTP_KEY_BYTES_MAX)
		return bad(ret_why, "the secret is too short or long");
	key = secret_new(size);
	if (!key)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(hex[2 * i]);
		int low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return bad(ret_why, "the secret is not hexadecimal");
		key->bytes[i] = (char)(high << 4 | low);
	}
	*ret_key = TAKE(key);
	return 0;
}

/* The counter is the next one until a code was used; from then on it is that
 * code's, whose text and time follow. For TOTP only the time tells. */
static bool
oath_used(char *rest, struct device *device)
{
	char *counter_text = next_word(&rest), *end;
	const char *code = next_word(&rest), *time_text = next_word(&rest);
	struct tm tm = {.tm_isdst = -1};
	uint64_t counter = 0;
	time_t used;

	if (counter_text && !read_number(counter_text, COUNTER_MAX, &counter))
		return false;
	if (next_word(&rest))
		return false;
	if (device->type == OTP_HOTP) {
		set_next_counter(device, code ? counter + 1 : counter);
		return true;
	}
	if (!time_text)
		return true;
	end = strptime(time_text, "%Y-%m-%dT%H:%M:%SL", &tm);
	used = end && *end == '\0' ? mktime(&tm) : -1;
	if (used < 0)
		return false;
	/* The code may have been one of the next step. */
	device->used = true;
	device->last_used = otp_step(used, device->period_s) + 1;
	return true;
}

static int
oath_words(char *rest, struct device *device, char *ret_user, bool *ret_had_pin,
    const char **ret_why)
{
	const char *user, *pin, *hex;

	user = next_word(&rest);
	pin = next_word(&rest);
	hex = next_word(&rest);
	if (!user || !pin || !hex)
		return bad(ret_why, "type, user, PIN or secret is missing");
	if (!user_name_is_valid(user))
		return bad(ret_why, "the user's name is not valid");
	if (!oath_used(rest, device))
		return bad(ret_why, "counter or time is not valid");

	(void)stpcpy(ret_user, user); /* valid names fit */
	*ret_had_pin = !streq(pin, "-") && !streq(pin, "+");
	return oath_secret(hex, &device->key, ret_why);
}

int
import_oath_line(const char *line, char *ret_user, struct device *ret_device,
    bool *ret_had_pin, const char **ret_why)
{
	struct device device = {.digits = OTP_DIGITS_MIN};
	AUTO(secret) copy = NULL;
	char *type, *rest = NULL;
	int r;

	if (strlen(line) > IMPORT_LINE_BYTES_MAX)
		return bad(ret_why, "the line is too long");
	copy = secret_copy(line, strlen(line));
	if (!copy)
		return -ENOMEM;
	copy->bytes[strcspn(copy->bytes, "\n")] = '\0';
	type = strtok_r(copy->bytes, " \t\r", &rest);
	if (!type || type[0] == '#')
		return 0;
	if (!oath_type(type, &device))
		return bad(ret_why, "the type is not HOTP, HOTP/E or HOTP/T");

	r = oath_words(rest, &device, ret_user, ret_had_pin, ret_why);
	if (r < 0)
		return r;
	name_device(&device);
	*ret_device = device;
	return 1;
}
