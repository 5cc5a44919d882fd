#include "jose/certificate.h"

#include <errno.h>
#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/base64url.h"
#include "jose/private_key.h"

static X509 *
read_certificate(const struct secret *pem)
{
	X509 *certificate = NULL;
	BIO *bio;

	if (pem->size > INT_MAX)
		return NULL;
	bio = BIO_new_mem_buf(pem->bytes, (int)pem->size);
	if (bio)
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return certificate;
}

static bool
print_digest(const X509 *certificate, const EVP_MD *md, char *ret_text)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size;

	if (!X509_digest(certificate, md, digest, &size))
		return false;
	base64url_encode(digest, size, ret_text);
	return true;
}

int
certificate_print_thumbprints(const struct secret *pem,
    char ret_x5t[CERTIFICATE_SHA1_CHARS + 1],
    char ret_x5t_s256[CERTIFICATE_SHA256_CHARS + 1])
{
	X509 *certificate = read_certificate(pem);
	bool good = certificate &&
		    print_digest(certificate, EVP_sha1(), ret_x5t) &&
		    print_digest(certificate, EVP_sha256(), ret_x5t_s256);

	X509_free(certificate);
	return good ? 0 : -EINVAL;
}

bool
certificate_is_of_key(
    const struct secret *certificate, const struct secret *private_key)
{
	X509 *first = read_certificate(certificate);
	EVP_PKEY *key = first ? private_key_read(private_key) : NULL;
	bool good = key && X509_check_private_key(first, key);

	EVP_PKEY_free(key);
	X509_free(first);
	ERR_clear_error();
	return good;
}
