#include "token/introspection_request.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

/* ---- forms ---- */

/* Append as application/x-www-form-urlencoded (RFC 6749, appendix B). The
 * place must hold three bytes for each. */
static char *
put_encoded(char *at, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._*";
	static const char digits[] = "0123456789ABCDEF";

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == ' ') {
			*at++ = '+';
		} else if (strchr(plain, byte)) {
			*at++ = (char)byte;
		} else {
			*at++ = '%';
			*at++ = digits[byte >> 4];
			*at++ = digits[byte & 15];
		}
	}
	*at = '\0';
	return at;
}

struct field {
	const char *name, *value; /* NULL: left out */
};

/* Fields with a value, or what `separator` and no names make of the values. */
static struct secret *
print_fields(const struct field fields[], size_t count, char separator)
{
	AUTO(secret) text = NULL;
	size_t size = 1;
	char *at;

	for (size_t i = 0; i < count; i++)
		if (fields[i].value)
			size += strlen(fields[i].name) + 2 +
				3 * strlen(fields[i].value);
	text = secret_new(size);
	if (!text)
		return NULL;

	at = text->bytes;
	for (size_t i = 0; i < count; i++) {
		if (!fields[i].value)
			continue;
		if (at != text->bytes)
			*at++ = separator;
		at = stpcpy(at, fields[i].name); /* measured above */
		if (*fields[i].name)
			*at++ = '=';
		at = put_encoded(at, fields[i].value);
	}
	return secret_copy(text->bytes, strlen(text->bytes));
}

/* ---- who asks ---- */

static struct secret *
print_basic(const struct client_auth *auth)
{
	const struct field parts[] = {
	    {"", auth->id},
	    {"", auth->secret->bytes},
	};
	AUTO(secret) pair = print_fields(parts, 2, ':');
	AUTO(secret) value = NULL;
	static const char scheme[] = "Basic ";
	size_t head = sizeof(scheme) - 1;

	if (!pair)
		return NULL;
	value = secret_new(head + 4 * ((pair->size + 2) / 3));
	if (!value)
		return NULL;
	memcpy(value->bytes, scheme, head);
	(void)EVP_EncodeBlock((unsigned char *)value->bytes + head,
	    (const unsigned char *)pair->bytes, (int)pair->size);
	return TAKE(value);
}

static int
put_authorization(
    struct introspection_request *request, struct secret *take_value)
{
	if (!take_value)
		return -ENOMEM;
	request->headers[request->header_count++] = (struct header){
	    .name = strdup("Authorization"), .value = take_value};
	return request->headers[request->header_count - 1].name ? 0 : -ENOMEM;
}

static int
put_accept(struct introspection_request *request)
{
	static const char accept[] = "application/json";
	struct header *header = &request->headers[request->header_count++];

	header->name = strdup("Accept");
	header->value = secret_copy(accept, sizeof(accept) - 1);
	return header->name && header->value ? 0 : -ENOMEM;
}

void
introspection_request_done(struct introspection_request *request)
{
	secret_free(request->body);
	for (size_t i = 0; i < request->header_count; i++) {
		free(request->headers[i].name);
		secret_free(request->headers[i].value);
	}
	*request = (struct introspection_request){0};
}

/* Fill in a zeroed request; what is there after a failure is the caller's. */
static int
print_request(const struct token_introspector *introspector, const char *token,
    struct introspection_request *request)
{
	const struct secret *authorization =
	    introspector->introspection_authorization;
	const struct client_auth *auth = &introspector->client_auth;
	bool post = !authorization && auth->method == CLIENT_AUTH_POST;
	const struct field fields[] = {
	    {"token", token},
	    {"token_type_hint", "access_token"},
	    {"client_id", post ? auth->id : NULL},
	    {"client_secret", post ? auth->secret->bytes : NULL},
	};
	int r = put_accept(request);

	if (r < 0)
		return r;
	if (authorization)
		r = put_authorization(request,
		    secret_copy(authorization->bytes, authorization->size));
	else if (auth->method == CLIENT_AUTH_BASIC)
		r = put_authorization(request, print_basic(auth));
	else if (auth->method != CLIENT_AUTH_NONE && !post)
		r = -EOPNOTSUPP;
	if (r < 0)
		return r;
	request->body =
	    print_fields(fields, sizeof(fields) / sizeof(*fields), '&');
	return request->body ? 0 : -ENOMEM;
}

int
introspection_request_print(const struct token_introspector *introspector,
    const char *token, struct introspection_request *ret_request)
{
	struct introspection_request request = {0};
	int r = print_request(introspector, token, &request);

	if (r < 0)
		introspection_request_done(&request);
	else
		*ret_request = request;
	return r;
}
