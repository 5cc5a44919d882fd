#include "config/pem.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

void
pem_unfold(char *text)
{
	char *begin = strstr(text, "-----BEGIN ");
	char *end = begin ? strstr(begin, "-----END ") : NULL;
	char *body =
	    begin ? strstr(begin + strlen("-----BEGIN "), "-----") : NULL;

	if (!body || !end)
		return;
	for (body += strlen("-----"); body < end; body++)
		if (*body == ' ')
			*body = '\n';
}

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

bool
pem_is_private_key(const struct secret *pem)
{
	EVP_PKEY *key;
	BIO *bio;

	if (pem->size > INT_MAX)
		return false;
	bio = BIO_new_mem_buf(pem->bytes, (int)pem->size);
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_no_password, NULL)
		  : NULL;
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return key != NULL;
}
