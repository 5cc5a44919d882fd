/* Private keys of ours, in PEM. */
#ifndef JOSE_PRIVATE_KEY_H
#define JOSE_PRIVATE_KEY_H

#include <openssl/evp.h>

#include "base/secret.h"

/* For EVP_PKEY_free(). NULL: it is none, it has a password, or no memory. */
EVP_PKEY *private_key_read(const struct secret *pem);

#endif
