#include "token/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "config/shape.h"
#include "jose/alg.h"

struct entry {
	char *address; /* owned; NULL: none that may be used */
	const char *why_not;
};

struct metadata {
	unsigned references; /* atomic */
	struct entry plain[ENDPOINT_COUNT];
	struct entry mtls[ENDPOINT_COUNT]; /* RFC 8705 5 */
	bool secret_in_form[ENDPOINT_COUNT];
	uint32_t algs[ENDPOINT_COUNT];
};

static const char *const names[ENDPOINT_COUNT] = {
    [ENDPOINT_JWKS] = "jwks_uri",
    [ENDPOINT_INTROSPECTION] = "introspection_endpoint",
    [ENDPOINT_TOKEN] = "token_endpoint",
    [ENDPOINT_USERINFO] = "userinfo_endpoint",
    [ENDPOINT_DEVICE_AUTHORIZATION] = "device_authorization_endpoint",
    [ENDPOINT_REVOCATION] = "revocation_endpoint",
};

const char *
metadata_get_name(enum endpoint which)
{
	return names[which];
}

/* ---- addresses ---- */

/* Parts of a good URL, lent. */
struct origin {
	const char *url;
	size_t size;	  /* of "https://HOST:PORT" */
	const char *host; /* as it stands there, with brackets */
	size_t host_size;
	bool has_port;
};

static struct origin
origin_of(const char *url)
{
	struct origin origin = {.url = url};
	const char *end;

	origin.host = strstr(url, "://") + 3; /* it is a good URL */
	end = origin.host + strcspn(origin.host, "/?");
	origin.size = (size_t)(end - url);
	origin.host_size =
	    strcspn(origin.host, *origin.host == '[' ? "]" : ":/?");
	if (*origin.host == '[')
		origin.host_size++;
	origin.has_port = origin.host + origin.host_size < end;
	return origin;
}

static bool
same_text(const char *a, size_t a_size, const char *b, size_t b_size)
{
	return a_size == b_size && strncasecmp(a, b, a_size) == 0;
}

/* A name of the public kind: with a dot, and no spelling of an address, whose
 * last part begins with a digit. What ends in .localhost is this host. */
static bool
host_is_public_name(const struct origin *origin)
{
	static const char own[] = "localhost";
	const char *end = origin->host + origin->host_size, *last = end;

	while (last > origin->host && last[-1] != '.')
		last--;
	if (last == origin->host || last == end)
		return false;
	if (same_text(last, (size_t)(end - last), own, sizeof(own) - 1))
		return false;
	return (*last >= 'a' && *last <= 'z') || (*last >= 'A' && *last <= 'Z');
}

bool
metadata_is_elsewhere(const char *issuer, const char *address)
{
	struct origin origin = origin_of(address), own = origin_of(issuer);

	return !same_text(
	    origin.host, origin.host_size, own.host, own.host_size);
}

/* NULL: the address may be used. */
static const char *
check_address(const char *address, const char *issuer)
{
	struct origin origin, own = origin_of(issuer);
	const char *why;
	enum shape_url url = shape_url(address, &why);

	if (url == SHAPE_URL_NONE)
		return "is no URL that can be used";
	origin = origin_of(address);
	if (same_text(origin.url, origin.size, own.url, own.size))
		return NULL;
	if (url != SHAPE_URL_HTTPS)
		return "is not https";
	if (!metadata_is_elsewhere(issuer, address))
		return NULL;
	if (!host_is_public_name(&origin))
		return "is on another host that is no public name";
	if (origin.has_port)
		return "is on another host, and not at the usual port";
	return NULL;
}

static int
read_address(const cJSON *tree, const char *name, const char *issuer,
    struct entry *entry)
{
	const char *address;
	int r = json_find_text(tree, name, &address);

	if (r == 0)
		return 0;
	entry->why_not = r < 0 ? "is no text" : check_address(address, issuer);
	if (entry->why_not)
		return 0;
	entry->address = strdup(address);
	return entry->address ? 0 : -ENOMEM;
}

/* ---- client authentication ---- */

static bool
list_has(const cJSON *list, const char *word)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (streq_null(cJSON_GetStringValue(item), word))
			return true;
	return false;
}

static uint32_t
read_algs(const cJSON *list)
{
	uint32_t algs = 0;

	for (size_t i = 0; i < ALG_COUNT; i++)
		if (list_has(list, alg_table[i].name))
			algs |= alg_bit(&alg_table[i]);
	return algs;
}

/* That of the token endpoint serves where an endpoint has none of its own. */
static void
read_methods(const cJSON *tree, enum endpoint which, struct metadata *metadata)
{
	const enum endpoint order[] = {which, ENDPOINT_TOKEN};
	const cJSON *methods = NULL, *algs = NULL;
	char name[80];

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		(void)snprintf(name, sizeof(name), "%s_auth_methods_supported",
		    names[order[i]]); /* fits */
		if (!methods)
			methods = json_find(tree, name);
		(void)snprintf(name, sizeof(name),
		    "%s_auth_signing_alg_values_supported",
		    names[order[i]]); /* fits */
		if (!algs)
			algs = json_find(tree, name);
	}
	metadata->secret_in_form[which] =
	    list_has(methods, "client_secret_post") &&
	    !list_has(methods, "client_secret_basic");
	metadata->algs[which] = read_algs(algs);
}

/* ---- the document ---- */

static void
metadata_free(struct metadata *metadata)
{
	for (size_t i = 0; i < ENDPOINT_COUNT; i++) {
		free(metadata->plain[i].address);
		free(metadata->mtls[i].address);
	}
	free(metadata);
}

struct metadata *
metadata_ref(struct metadata *metadata)
{
	(void)__atomic_add_fetch(&metadata->references, 1, __ATOMIC_RELAXED);
	return metadata;
}

void
metadata_unref(struct metadata *metadata)
{
	if (metadata &&
	    __atomic_sub_fetch(&metadata->references, 1, __ATOMIC_ACQ_REL) == 0)
		metadata_free(metadata);
}

static int
read_all(const cJSON *tree, const char *issuer, struct metadata *metadata)
{
	const cJSON *aliases = json_find(tree, "mtls_endpoint_aliases");
	int r = 0;

	for (enum endpoint i = 0; r == 0 && i < ENDPOINT_COUNT; i++) {
		read_methods(tree, i, metadata);
		r = read_address(tree, names[i], issuer, &metadata->plain[i]);
		if (r == 0)
			r = read_address(
			    aliases, names[i], issuer, &metadata->mtls[i]);
	}
	return r;
}

int
metadata_parse(const char *text, size_t size, const char *issuer,
    struct metadata **ret_metadata, const char **ret_why)
{
	AUTO_JSON tree = NULL;
	AUTO(metadata) metadata = NULL;
	const char *said = NULL;
	int r = json_parse(text, size, &tree, NULL);

	*ret_why = "it is no strict JSON object";
	if (r == -EBADMSG || (r == 0 && !cJSON_IsObject(tree)))
		return -EINVAL;
	if (r < 0)
		return r;
	*ret_why = "it does not have the same issuer, byte by byte";
	if (json_find_text(tree, "issuer", &said) <= 0 || !streq(said, issuer))
		return -EINVAL;

	metadata = calloc(1, sizeof(*metadata));
	if (!metadata)
		return -ENOMEM;
	metadata->references = 1;
	r = read_all(tree, issuer, metadata);
	if (r < 0)
		return r;
	*ret_metadata = TAKE(metadata);
	return 0;
}

void
metadata_get(const struct metadata *metadata, enum endpoint which, bool mtls,
    struct metadata_endpoint *ret_endpoint)
{
	const struct entry *entry = &metadata->plain[which];

	if (mtls && metadata->mtls[which].address)
		entry = &metadata->mtls[which];
	*ret_endpoint = (struct metadata_endpoint){
	    .address = entry->address,
	    .why_not = entry->why_not,
	    .secret_in_form = metadata->secret_in_form[which],
	    .algs = metadata->algs[which],
	};
}

char *
metadata_print_address(const char *issuer, enum metadata_place place)
{
	struct origin origin = origin_of(issuer);
	size_t size = strlen(issuer);
	char *address;
	int r;

	while (size > origin.size && issuer[size - 1] == '/')
		size--;
	if (place == METADATA_OPENID)
		r = asprintf(&address, "%.*s/.well-known/openid-configuration",
		    (int)size, issuer);
	else
		r = asprintf(&address,
		    "%.*s/.well-known/oauth-authorization-server%.*s",
		    (int)origin.size, issuer, (int)(size - origin.size),
		    issuer + origin.size);
	return r < 0 ? NULL : address;
}
