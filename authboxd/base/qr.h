/* QR codes (ISO/IEC 18004) as lines of text. */
#ifndef BASE_QR_H
#define BASE_QR_H

#include "base/secret.h"

enum qr_style {
	QR_NONE = 0,
	QR_UTF8,	  /* half blocks, light modules drawn: dark terminals */
	QR_UTF8_INVERTED, /* dark modules drawn: light terminals */
	QR_ASCII,	  /* "##" for a light module: two columns, one row */
};

/* "utf8", "utf8-inverted", "ascii", "none"; -EINVAL. */
int qr_style_parse(const char *name, enum qr_style *ret_style);

/* Level L, quiet zone of two modules (in UTF-8 one below the code), lines each
 * ended by '\n'. A link for Demo:alice with a key of 20 bytes takes 18 rows of
 * 37 columns in UTF-8, with an issuer of 12 characters 20 rows. -ERANGE: text
 * too long; -EINVAL: none at all; -ENOMEM. QR_NONE gives an empty text. */
int qr_print(const char *text, enum qr_style style, struct secret **ret_lines);

#endif
