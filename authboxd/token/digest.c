#include "token/digest.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

int
digest_texts(
    const char *const texts[], size_t count, uint8_t ret_digest[DIGEST_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	for (size_t i = 0; good && i < count; i++)
		good =
		    EVP_DigestUpdate(context, texts[i], strlen(texts[i]) + 1);
	good = good && EVP_DigestFinal_ex(context, ret_digest, NULL);
	EVP_MD_CTX_free(context);
	return good ? 0 : -ENOMEM;
}

int
digest_hex(const char *text, char ret_hex[DIGEST_DIGITS + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[DIGEST_BYTES];

	if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		ret_hex[2 * i] = digits[digest[i] >> 4];
		ret_hex[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_hex[DIGEST_DIGITS] = '\0';
	return 0;
}
