/* SHA-256 of a token or of several texts, for keys, tables and logs. */
#ifndef TOKEN_DIGEST_H
#define TOKEN_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES  32
#define DIGEST_DIGITS (2 * DIGEST_BYTES)

/* Of `count` texts, each with its end, so that no two lists of texts meet.
 * 0 or -ENOMEM. */
int digest_texts(
    const char *const texts[], size_t count, uint8_t ret_digest[DIGEST_BYTES]);

/* Of one text alone, as lower-case hexadecimal with a NUL: what anybody who
 * has the text can compute with sha256sum. 0 or -ENOMEM. */
int digest_hex(const char *text, char ret_hex[DIGEST_DIGITS + 1]);

#endif
