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

/* As much as an empty one and `size` bytes take; 0: more than there is. */
static size_t
room_for(size_t size)
{
	const size_t empty = sizeof(struct secret) + 1;

	return size > SIZE_MAX - empty ? 0 : size + empty;
}

static struct secret *
secret_begin(struct secret *secret, size_t size)
{
	if (secret)
		secret->size = size;
	return secret;
}

static struct secret *
secret_fill(struct secret *secret, const void *bytes, size_t size)
{
	if (secret && size > 0)
		memcpy(secret->bytes, bytes, size);
	return secret;
}

struct secret *
secret_new(size_t size)
{
	size_t room = room_for(size);

	return secret_begin(room ? OPENSSL_secure_zalloc(room) : NULL, size);
}

struct secret *
secret_copy(const void *bytes, size_t size)
{
	return secret_fill(secret_new(size), bytes, size);
}

struct secret *
secret_new_brief(size_t size)
{
	size_t room = room_for(size);

	return secret_begin(room ? OPENSSL_zalloc(room) : NULL, size);
}

struct secret *
secret_copy_brief(const void *bytes, size_t size)
{
	return secret_fill(secret_new_brief(size), bytes, size);
}

/* Of either kind: OpenSSL sees by the address whether the arena has it. */
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
