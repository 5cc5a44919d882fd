#include "jose/ecdsa.h"

#include <stdbool.h>
#include <string.h>

#define TAG_INTEGER  0x02
#define TAG_SEQUENCE 0x30

/* A verifier that let zero pass has taken every message for signed
 * (CVE-2022-21449), so this does not leave the range to OpenSSL alone. */
static bool
number_is_in_range(const uint8_t *number, const struct curve *curve)
{
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < curve->coordinate_bytes; i++)
		any |= number[i];
	for (i = 0; i < curve->coordinate_bytes; i++)
		if (number[i] != curve->order[i])
			return any != 0 && number[i] < curve->order[i];
	return false; /* n itself */
}

static size_t
put_integer(const uint8_t *number, size_t size, uint8_t *ret_der)
{
	size_t sign;

	while (size > 1 && *number == 0) {
		number++;
		size--;
	}
	sign = *number >> 7;

	ret_der[0] = TAG_INTEGER;
	ret_der[1] = (uint8_t)(size + sign);
	ret_der[2] = 0;
	memcpy(ret_der + 2 + sign, number, size);
	return 2 + sign + size;
}

size_t
ecdsa_put_der(const struct curve *curve, const uint8_t *signature,
    uint8_t ret_der[ECDSA_DER_BYTES_MAX])
{
	const uint8_t *s = signature + curve->coordinate_bytes;
	uint8_t *numbers = ret_der + 3;
	size_t head = 2, size;

	if (!number_is_in_range(signature, curve) ||
	    !number_is_in_range(s, curve))
		return 0;

	size = put_integer(signature, curve->coordinate_bytes, numbers);
	size += put_integer(s, curve->coordinate_bytes, numbers + size);
	ret_der[0] = TAG_SEQUENCE;
	/* DER wants the shortest length, and OpenSSL compares. */
	if (size > 127)
		ret_der[head++ - 1] = 0x81;
	else
		memmove(ret_der + head, numbers, size);
	ret_der[head - 1] = (uint8_t)size;
	return head + size;
}
