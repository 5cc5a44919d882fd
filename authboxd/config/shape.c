#include "config/shape.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/network.h"
#include "base/text.h"
#include "jose/alg.h"

#define LINE_BYTES_MAX	 256
#define ISSUER_BYTES_MAX 64 /* so that the QR code stays small */
#define EMAIL_BYTES_MAX	 254
#define PATH_BYTES_MAX	 4095
#define CLAIM_BYTES_MAX	 1024
#define PROSE_BYTES_MAX	 4096

static const char digits[] = "0123456789";

static bool
is_line(const char *text, size_t size_max)
{
	size_t size = strlen(text);

	return size > 0 && size <= size_max && text_is_printable(text, size) &&
	       text[0] != ' ' && text[size - 1] != ' ';
}

static bool
match_line(const char *text)
{
	return is_line(text, LINE_BYTES_MAX);
}

static bool
match_claim(const char *text)
{
	return is_line(text, CLAIM_BYTES_MAX);
}

static bool
match_prose(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= PROSE_BYTES_MAX;
}

static bool
match_pem(const char *text)
{
	return match_prose(text) && strstr(text, "-----BEGIN PUBLIC KEY-----");
}

static bool
match_kty(const char *text)
{
	return streq(text, "RSA") || streq(text, "EC") || streq(text, "OKP") ||
	       streq(text, "OCT") || streq(text, "oct");
}

static bool
match_key_format(const char *text)
{
	return streq(text, "PEM") || streq(text, "plain") ||
	       streq(text, "base64url");
}

static bool
match_alg(const char *text)
{
	return alg_find(text) != NULL;
}

/* A ':' would end the issuer's part of an otpauth label. */
static bool
match_issuer(const char *text)
{
	return is_line(text, ISSUER_BYTES_MAX) && !strchr(text, ':');
}

static bool
match_email(const char *text)
{
	const char *at = strchr(text, '@');

	return is_line(text, EMAIL_BYTES_MAX) && at && at > text &&
	       at[1] != '\0' && !strpbrk(text, " \"<>,;");
}

static bool
match_path(const char *text)
{
	return text[0] == '/' && is_line(text, PATH_BYTES_MAX);
}

/* A plain number without leading zeros, at most `max`. */
static bool
parse_number(const char *text, unsigned max, unsigned *ret)
{
	size_t size = strlen(text);
	unsigned long n;

	if (size == 0 || size > 5 || strspn(text, digits) != size ||
	    (text[0] == '0' && size > 1))
		return false;
	n = strtoul(text, NULL, 10);
	*ret = (unsigned)n;
	return n <= max;
}

static bool
match_network(const char *text)
{
	struct network network;

	return network_parse(text, &network);
}

bool
shape_is_any_network(const char *network)
{
	struct network net;

	return network_parse(network, &net) && net.prefix_bits == 0;
}

#define ID_HINT                                                                \
	"must be 1 to 64 of the characters A-Z a-z 0-9 . _ - and "             \
	"not begin with . or -"

const struct shape shape_id = {"id", ID_HINT, id_is_valid};
const struct shape shape_word = {"word", ID_HINT, id_is_valid};
const struct shape shape_service = {
    "PAM service", ID_HINT " (a file name in /etc/pam.d)", id_is_valid};
const struct shape shape_user = {"user name",
    "must be a Unix user name: one line without / and :, not only digits",
    user_name_is_valid};
const struct shape shape_group = {"group name",
    "must be a Unix group name: one line without / and :, not only digits",
    user_name_is_valid};
const struct shape shape_line = {"text",
    "must be one line of 1 to 256 bytes, without blanks around it", match_line};
const struct shape shape_claim = {"text",
    "must be one line of 1 to 1024 bytes, without blanks around it",
    match_claim};
const struct shape shape_prose = {
    "text", "must be a text of 1 to 4096 bytes", match_prose};
const struct shape shape_pem = {"public key",
    "must be a public key in PEM (\"-----BEGIN PUBLIC KEY-----\"); openssl "
    "pkey -pubin, or -pubout for a private one, writes it so",
    match_pem};
const struct shape shape_kty = {
    "RSA|EC|OKP|OCT", "must be one of RSA|EC|OKP|OCT", match_kty};
const struct shape shape_key_format = {"PEM|plain|base64url",
    "must be one of PEM|plain|base64url", match_key_format};
const struct shape shape_alg = {"algorithm",
    "must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
    "ES512, EdDSA, Ed25519, Ed448, HS256, HS384, HS512",
    match_alg};
const struct shape shape_issuer = {
    "text", "must be one line of 1 to 64 bytes without a colon", match_issuer};
const struct shape shape_email = {
    "e-mail address", "must be one e-mail address", match_email};
const struct shape shape_path = {
    "path", "must be an absolute path (one that begins with /)", match_path};
const struct shape shape_network = {"network",
    "must be an address or a network like 10.0.0.0/8 or 2001:db8::/32, "
    "with no bits set after the prefix",
    match_network};

bool
shape_is_header_name(const char *name)
{
	size_t size = strlen(name);

	return size > 0 && size <= 64 &&
	       strspn(name,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789!#$%&'*+-.^_`|~") == size;
}

bool
shape_is_header_value(const char *value)
{
	size_t size = strlen(value);

	return size > 0 && text_is_printable(value, size) && value[0] != ' ' &&
	       value[size - 1] != ' ';
}

static bool
host_is_loopback(const char *host)
{
	uint8_t bytes[16];

	if (streq(host, "localhost"))
		return true;
	if (inet_pton(AF_INET, host, bytes) == 1)
		return bytes[0] == 127;
	return inet_pton(AF_INET6, host, bytes) == 1 &&
	       IN6_IS_ADDR_LOOPBACK(
		   (const struct in6_addr *)(const void *)bytes);
}

/* Split "HOST", "HOST:PORT" or "[V6]:PORT" of `size` bytes; `ret_host` has
 * room for them. */
static bool
parse_authority(const char *text, size_t size, char *ret_host)
{
	char *port = NULL;
	unsigned number;
	uint8_t bytes[16];

	memcpy(ret_host, text, size);
	ret_host[size] = '\0';
	if (ret_host[0] == '[') {
		port = strchr(ret_host, ']');
		if (!port)
			return false;
		*port++ = '\0';
		memmove(ret_host, ret_host + 1, strlen(ret_host + 1) + 1);
		if (inet_pton(AF_INET6, ret_host, bytes) != 1 ||
		    (*port != '\0' && *port != ':'))
			return false;
	} else {
		port = ret_host + strcspn(ret_host, ":");
		if (port == ret_host)
			return false;
	}
	if (*port == '\0')
		return true;
	*port++ = '\0';
	return parse_number(port, 65535, &number) && number > 0;
}

static bool
host_is_name(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_:";

	return strspn(host, allowed) == strlen(host) && host[0] != '.' &&
	       host[0] != '-';
}

enum shape_url
shape_url(const char *url, const char **ret_why)
{
	const char *tls = text_after(url, "https://");
	const char *authority = tls ? tls : text_after(url, "http://");
	char host[SHAPE_URL_BYTES_MAX + 1];
	size_t size;

	*ret_why = "must begin with https:// or http://";
	if (!authority)
		return SHAPE_URL_NONE;
	*ret_why = "must be at most 2048 visible ASCII characters; write "
		   "others as %XX";
	for (size = 0; url[size] != '\0'; size++)
		if (url[size] <= ' ' || url[size] > '~')
			return SHAPE_URL_NONE;
	if (size > SHAPE_URL_BYTES_MAX)
		return SHAPE_URL_NONE;
	*ret_why = "must not have a part after #";
	if (strchr(url, '#'))
		return SHAPE_URL_NONE;

	size = strcspn(authority, "/?");
	*ret_why = "must not hold a user name or password; a header can";
	if (memchr(authority, '@', size))
		return SHAPE_URL_NONE;
	*ret_why = "must name a host, and a port from 1 to 65535 if any";
	if (!parse_authority(authority, size, host) || !host_is_name(host))
		return SHAPE_URL_NONE;

	*ret_why = NULL;
	if (tls)
		return SHAPE_URL_HTTPS;
	return host_is_loopback(host) ? SHAPE_URL_HTTP_LOOPBACK
				      : SHAPE_URL_HTTP;
}
