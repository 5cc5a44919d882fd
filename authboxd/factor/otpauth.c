#include "factor/otpauth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base32.h"
#include "factor/otp.h"

#define SCHEME	 "otpauth://"
#define PERIOD_S 30

/* ---- printing ---- */

/* Where the text goes; without room it is only measured. */
struct printer {
	char *at;
	size_t size;
};

static void
put_byte(struct printer *printer, char c)
{
	if (printer->at)
		printer->at[printer->size] = c;
	printer->size++;
}

static void
put(struct printer *printer, const char *text)
{
	for (; *text; text++)
		put_byte(printer, *text);
}

/* RFC 3986 2.3: everything but the unreserved characters is encoded. */
static void
put_encoded(struct printer *printer, const char *text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";

	for (; *text; text++) {
		if (strchr(unreserved, *text)) {
			put_byte(printer, *text);
			continue;
		}
		put_byte(printer, '%');
		put_byte(printer, hex[(unsigned char)*text >> 4]);
		put_byte(printer, hex[(unsigned char)*text & 15]);
	}
}

static void
put_number(struct printer *printer, const char *name, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number); /* fits */
	put(printer, name);
	put(printer, text);
}

static void
put_link(struct printer *printer, const struct device *device,
    const char *issuer, const char *user, const char *secret)
{
	put(printer, SCHEME);
	put(printer, device->type == OTP_HOTP ? "hotp/" : "totp/");
	if (*issuer) {
		put_encoded(printer, issuer);
		put_byte(printer, ':');
	}
	put_encoded(printer, user);
	put(printer, "?secret=");
	put(printer, secret);
	if (*issuer) {
		put(printer, "&issuer=");
		put_encoded(printer, issuer);
	}
	if (device->algorithm != OTP_SHA1) {
		put(printer, "&algorithm=");
		put(printer, otp_algorithm_name(device->algorithm));
	}
	if (device->digits != OTP_DIGITS_MIN)
		put_number(printer, "&digits=", device->digits);
	if (device->type == OTP_HOTP)
		put_number(printer,
		    "&counter=", device->used ? device->last_used + 1 : 0);
	else if (device->period_s != PERIOD_S)
		put_number(printer, "&period=", device->period_s);
}

struct secret *
otpauth_print(const struct device *device, const char *issuer, const char *user)
{
	AUTO(secret)
	secret = base32_encode(device->key->bytes, device->key->size);
	struct printer printer = {NULL, 0};
	struct secret *link;

	if (!secret)
		return NULL;
	put_link(&printer, device, issuer, user, secret->bytes);
	link = secret_new(printer.size);
	if (!link)
		return NULL;
	printer = (struct printer){link->bytes, 0};
	put_link(&printer, device, issuer, user, secret->bytes);
	return link;
}

/* ---- reading ---- */

enum member {
	MEMBER_SECRET,
	MEMBER_ALGORITHM,
	MEMBER_DIGITS,
	MEMBER_PERIOD,
	MEMBER_COUNTER,
	MEMBER_ISSUER,
	MEMBER_COUNT,
};
static const char *const member_names[MEMBER_COUNT] = {
    "secret", "algorithm", "digits", "period", "counter", "issuer"};

static int
bad(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EBADMSG;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode in place. False: a cut escape, or what is no line of UTF-8. */
static bool
decode(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		if (*from != '%') {
			*to++ = *from++;
			continue;
		}
		if (hex_value(from[1]) < 0 || hex_value(from[2]) < 0)
			return false;
		*to++ = (char)(hex_value(from[1]) << 4 | hex_value(from[2]));
		from += 3;
	}
	*to = '\0';
	/* With the size: an escaped NUL must not hide what follows. */
	return text_is_printable(text, (size_t)(to - text));
}

static bool
read_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (*text == '\0' || strlen(text) > 16 ||
	    text[strspn(text, "0123456789")] != '\0')
		return false;
	for (; *text; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	if (number < min || number > max)
		return false;
	*ret = number;
	return true;
}

/* "secret=…&issuer=…" into one text for each known member. */
static int
split_members(
    char *query, char *ret_members[MEMBER_COUNT], const char **ret_why)
{
	char *save = NULL;

	for (char *part = strtok_r(query, "&", &save); part;
	     part = strtok_r(NULL, "&", &save)) {
		char *value = strchr(part, '=');
		int i = 0;

		if (!value)
			return bad(ret_why, "a parameter has no value");
		*value++ = '\0';
		while (i < MEMBER_COUNT && !streq(member_names[i], part))
			i++;
		if (i == MEMBER_COUNT)
			continue;
		if (ret_members[i])
			return bad(ret_why, "a parameter is given twice");
		if (!decode(value))
			return bad(ret_why, "a parameter is not text");
		ret_members[i] = value;
	}
	return 0;
}

static int
read_key(const char *text, struct secret **ret_key, const char **ret_why)
{
	AUTO(secret) key = NULL;
	int r;

	if (!text)
		return bad(ret_why, "there is no secret");
	r = base32_decode(text, &key);
	if (r < 0)
		return r == -EBADMSG ? bad(ret_why, "the secret is not base32")
				     : r;
	if (key->size < OTP_KEY_BYTES_MIN)
		return bad(ret_why, "the secret is shorter than 80 bits");
	if (key->size > OTP_KEY_BYTES_MAX)
		return bad(ret_why, "the secret is longer than 1024 bits");
	*ret_key = TAKE(key);
	return 0;
}

static int
read_members(char *const members[], struct device *device, const char **ret_why)
{
	uint64_t digits = OTP_DIGITS_MIN, period = PERIOD_S, counter = 0;

	if (members[MEMBER_ALGORITHM] &&
	    otp_algorithm_parse(members[MEMBER_ALGORITHM], &device->algorithm) <
		0)
		return bad(ret_why, "the algorithm is not known");
	if (members[MEMBER_DIGITS] &&
	    !read_number(members[MEMBER_DIGITS], OTP_DIGITS_MIN, OTP_DIGITS_MAX,
		&digits))
		return bad(ret_why, "digits is not 6 to 8");
	if (members[MEMBER_PERIOD] &&
	    !read_number(members[MEMBER_PERIOD], RECORD_PERIOD_MIN_S,
		RECORD_PERIOD_MAX_S, &period))
		return bad(ret_why, "period is not 10 to 300 seconds");
	if (device->type == OTP_HOTP &&
	    (!members[MEMBER_COUNTER] || !read_number(members[MEMBER_COUNTER],
					     0, RECORD_COUNTER_MAX, &counter)))
		return bad(ret_why, "there is no counter");

	device->digits = (unsigned)digits;
	device->period_s = (unsigned)period;
	device->used = counter > 0;
	device->last_used = counter > 0 ? counter - 1 : 0;
	return read_key(members[MEMBER_SECRET], &device->key, ret_why);
}

/* What follows the prefix, NULL: the text begins with something else. */
static char *
after_prefix(char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

/* `link` is taken apart in place. */
static int
read_link(char *link, struct device *device, const char **ret_why)
{
	char *members[MEMBER_COUNT] = {NULL};
	char *label, *query;
	int r;

	label = after_prefix(link, SCHEME "totp/");
	if (!label) {
		label = after_prefix(link, SCHEME "hotp/");
		device->type = OTP_HOTP;
	}
	if (!label)
		return bad(ret_why, "not an otpauth://totp/ or hotp/ link");

	query = strchr(label, '?');
	if (!query)
		return bad(ret_why, "there are no parameters");
	*query++ = '\0';
	if (*label == '\0' || !decode(label))
		return bad(ret_why, "the label is empty or no text");
	r = split_members(query, members, ret_why);
	return r < 0 ? r : read_members(members, device, ret_why);
}

int
otpauth_parse(const char *link, struct device *ret_device, const char **ret_why)
{
	struct device device = {.digits = OTP_DIGITS_MIN};
	AUTO(secret) copy = NULL;
	int r;

	if (strlen(link) > OTPAUTH_BYTES_MAX)
		return bad(ret_why, "the link is too long");
	copy = secret_copy(link, strlen(link));
	if (!copy)
		return -ENOMEM;
	r = read_link(copy->bytes, &device, ret_why);
	if (r == 0)
		*ret_device = device;
	return r;
}
