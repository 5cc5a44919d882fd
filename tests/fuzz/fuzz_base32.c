/* What is decoded comes back from its canonical text. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(secret) typed = secret_copy(data, size);
	AUTO(secret) bytes = NULL;
	AUTO(secret) text = NULL;
	AUTO(secret) again = NULL;
	int r;

	demand(typed != NULL);
	r = base32_decode(typed->bytes, &bytes);
	demand(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	text = base32_encode(bytes->bytes, bytes->size);
	demand(text && base32_decode(text->bytes, &again) == 0);
	demand(again->size == bytes->size &&
	       secret_equal(again->bytes, bytes->bytes, bytes->size));
	return 0;
}
