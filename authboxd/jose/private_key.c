#include "jose/private_key.h"

#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>

/* OpenSSL would ask the terminal otherwise. */
static int
give_no_password(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

EVP_PKEY *
private_key_read(const struct secret *pem)
{
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (pem->size > INT_MAX)
		return NULL;
	bio = BIO_new_mem_buf(pem->bytes, (int)pem->size);
	if (bio)
		key =
		    PEM_read_bio_PrivateKey(bio, NULL, give_no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}
