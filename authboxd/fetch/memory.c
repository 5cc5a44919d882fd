#include "fetch/memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/crypto.h>

void
memory_wipe_free(void *p)
{
	if (p)
		OPENSSL_cleanse(p, malloc_usable_size(p));
	free(p);
}

void *
memory_wipe_realloc(void *p, size_t size)
{
	size_t old_size = p ? malloc_usable_size(p) : 0;
	void *larger = malloc(size);

	if (larger && p) {
		memcpy(larger, p, old_size < size ? old_size : size);
		memory_wipe_free(p);
	}
	return larger;
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *
openssl_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_wipe_realloc(p, size);
}

static void
openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	memory_wipe_free(p);
}

int
memory_init(void)
{
	if (!CRYPTO_set_mem_functions(
		openssl_malloc, openssl_realloc, openssl_free))
		return -ENOMEM; /* something of OpenSSL's was used before */
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc,
		   memory_wipe_free, memory_wipe_realloc, strdup,
		   calloc) == CURLE_OK
		   ? 0
		   : -ENOMEM;
}
