/* OpenSSL's secure heap does the locking, guarding and wiping. */
#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

#define ARENA_BYTES 4194304 /* a power of two */
#define BLOCK_BYTES 32

int
secret_init(void)
{
	struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none); /* lowering cannot fail */
	(void)prctl(PR_SET_DUMPABLE, 0);     /* the same */

	if (CRYPTO_secure_malloc_initialized())
		return 0;
	return CRYPTO_secure_malloc_init(ARENA_BYTES, BLOCK_BYTES) == 0
		   ? -ENOMEM
		   : 0;
}

struct secret *
secret_new(size_t size)
{
	struct secret *secret;

	if (size > SIZE_MAX - sizeof(*secret) - 1)
		return NULL;
	secret = OPENSSL_secure_zalloc(sizeof(*secret) + size + 1);
	if (secret)
		secret->size = size;
	return secret;
}

struct secret *
secret_copy(const void *bytes, size_t size)
{
	struct secret *secret = secret_new(size);

	if (secret && size > 0)
		memcpy(secret->bytes, bytes, size);
	return secret;
}

void
secret_free(struct secret *secret)
{
	if (secret)
		OPENSSL_secure_clear_free(
		    secret, sizeof(*secret) + secret->size + 1);
}

void
secret_wipe(void *bytes, size_t size)
{
	explicit_bzero(bytes, size);
}

bool
secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

bool
secret_equal_text(const char *expected, const char *given)
{
	size_t expected_size = strlen(expected), given_size = strlen(given);
	unsigned differ = expected_size != given_size;

	for (size_t i = 0; i < given_size; i++) {
		char e = expected_size ? expected[i % expected_size] : 0;

		differ |= (unsigned char)(e ^ given[i]);
	}
	return differ == 0;
}
