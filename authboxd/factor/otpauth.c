#include "factor/otpauth.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base32.h"
#include "factor/otp.h"

#define SCHEME	 "otpauth://"
#define PERIOD_S 30

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
