/* base64url (RFC 4648 5) as JOSE writes it (RFC 7515 2): without padding. */
#ifndef BASE_BASE64URL_H
#define BASE_BASE64URL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes that `size` characters stand for. */
static inline size_t
base64url_decoded_size(size_t size)
{
	return size / 4 * 3 + (size % 4 > 1 ? size % 4 - 1 : 0);
}

/* Characters that `size` bytes take, without a NUL. */
static inline size_t
base64url_encoded_size(size_t size)
{
	return size / 3 * 4 + (size % 3 > 0 ? size % 3 + 1 : 0);
}

/* Decode exactly `size` characters into base64url_decoded_size(size) bytes,
 * whose number is returned. -EBADMSG: another character (blanks, '=', '+', '/'
 * and NUL among them), an impossible length, or bits left over that are not
 * zero, so that there is one text for each string of bytes; what is in
 * `ret_bytes` then means nothing. */
ssize_t base64url_decode(const char *text, size_t size, uint8_t *ret_bytes);

/* Write base64url_encoded_size(size) characters and a NUL. */
void base64url_encode(const void *bytes, size_t size, char *ret_text);

#endif
