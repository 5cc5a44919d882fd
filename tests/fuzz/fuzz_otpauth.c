/* A link is read within the bounds of a device, and says the same when it is
 * printed and read again; or it is refused with a reason. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "factor/otpauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
check_again(const struct device *device)
{
	AUTO(secret) link = otpauth_print(device, "A b:\xc3\xa9", "user");
	AUTO(secret) key = NULL;
	struct device again;
	const char *why;

	demand(link && otpauth_parse(link->bytes, &again, &why) == 0);
	key = again.key;
	demand(again.type == device->type && again.digits == device->digits &&
	       again.algorithm == device->algorithm &&
	       again.used == device->used &&
	       again.last_used == device->last_used);
	/* A link for HOTP has no period. */
	demand(again.type == OTP_HOTP || again.period_s == device->period_s);
	demand(key->size == device->key->size &&
	       secret_equal(key->bytes, device->key->bytes, key->size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(secret) text = secret_copy(data, size);
	AUTO(secret) key = NULL;
	struct device device;
	const char *why = NULL;
	int r;

	demand(text != NULL);
	r = otpauth_parse(text->bytes, &device, &why);
	demand(r == 0 || (r == -EBADMSG && why));
	if (r < 0)
		return 0;
	key = device.key;
	demand(!device.enabled && key->size >= OTP_KEY_BYTES_MIN &&
	       key->size <= OTP_KEY_BYTES_MAX);
	demand(
	    device.digits >= OTP_DIGITS_MIN && device.digits <= OTP_DIGITS_MAX);
	demand(device.period_s >= RECORD_PERIOD_MIN_S &&
	       device.period_s <= RECORD_PERIOD_MAX_S);
	demand(device.last_used <= RECORD_COUNTER_MAX);
	check_again(&device);
	return 0;
}
