/* The forms that a text in a resource may have to have. */
#ifndef CONFIG_SHAPE_H
#define CONFIG_SHAPE_H

#include <stdbool.h>

/* `name` is what the field's type is called ("user name"), `hint` says in a
 * message what the text must be like, beginning with "must". */
struct shape {
	const char *name;
	const char *hint;
	bool (*match)(const char *text);
};

extern const struct shape shape_id;
extern const struct shape shape_word;	 /* no id, but the same grammar */
extern const struct shape shape_user;	 /* a Unix user name */
extern const struct shape shape_group;	 /* a Unix group name */
extern const struct shape shape_service; /* a PAM service */
extern const struct shape shape_line;	 /* 1 to 256 bytes, one line */
extern const struct shape shape_issuer;	 /* one line, 1 to 64 bytes, no ':' */
extern const struct shape shape_claim;	 /* one line, 1 to 1024 bytes */
extern const struct shape shape_prose;	 /* lines, 1 to 4096 bytes */
extern const struct shape shape_pem;	 /* one "PUBLIC KEY", RFC 7468 */
extern const struct shape shape_kty;	 /* the type of a key, RFC 7518 6.1 */
extern const struct shape shape_key_format;
extern const struct shape shape_alg; /* of a signature, RFC 7518 3.1 */
extern const struct shape shape_email;
extern const struct shape shape_path;	 /* absolute */
extern const struct shape shape_network; /* "10.0.0.0/8", one address */

/* A network in the form of shape_network that holds every address. */
bool shape_is_any_network(const char *network);

/* RFC 7230 3.2: a header's name; a value without control characters and
 * blanks at its ends. */
bool shape_is_header_name(const char *name);
bool shape_is_header_value(const char *value);

enum shape_url {
	SHAPE_URL_NONE = 0, /* no URL that is good here */
	SHAPE_URL_HTTPS,
	SHAPE_URL_HTTP_LOOPBACK, /* localhost, 127.0.0.0/8, [::1] */
	SHAPE_URL_HTTP,
};

/* http and https alone; no user name or password, no fragment; at most
 * SHAPE_URL_BYTES_MAX. *ret_why (static) says what is wrong with
 * SHAPE_URL_NONE. */
#define SHAPE_URL_BYTES_MAX 2048
enum shape_url shape_url(const char *url, const char **ret_why);

#endif
