#include "api/caller.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "api/call.h"
#include "api/refusal.h"
#include "daemon.h"
#include "users/nss.h"

#define SCHEME		 "Basic "
#define BASIC_BYTES_MAX	 1024
#define NO_CLIENT_SECRET "" /* which no presented secret may be */

/* "id:secret" as one text, -EBADMSG: it is not in that form. */
static int
decode(const char *client_auth, struct secret **ret_text)
{
	const char *base64 = client_auth + sizeof(SCHEME) - 1;
	AUTO(secret) text = NULL;
	size_t length, padding = 0;
	int size;

	if (strncasecmp(client_auth, SCHEME, sizeof(SCHEME) - 1) != 0)
		return -EBADMSG;
	length = strlen(base64);
	if (length == 0 || length % 4 != 0 || length > BASIC_BYTES_MAX)
		return -EBADMSG;
	/* EVP_DecodeBlock() drops blanks at the ends. */
	if (strpbrk(base64, " \t\r\n"))
		return -EBADMSG;
	while (padding < 2 && base64[length - 1 - padding] == '=')
		padding++;
	text = secret_new(length / 4 * 3);
	if (!text)
		return -ENOMEM;
	size = EVP_DecodeBlock((unsigned char *)text->bytes,
	    (const unsigned char *)base64, (int)length);
	if (size < 0 || (size_t)size < padding)
		return -EBADMSG;
	text->bytes[(size_t)size - padding] = '\0';
	text->size = (size_t)size - padding;
	if (strlen(text->bytes) != text->size)
		return -EBADMSG;
	*ret_text = TAKE(text);
	return 0;
}

static int
refuse_client(struct varlink_call *call)
{
	return call_refuse(call, "io.authbox.Unauthorized", "client_unknown",
	    "There is no Client of this id and secret. clientAuth is \"Basic "
	    "\" and the base64 of \"id:secret\".",
	    0);
}

/* An unknown id, and a Client without a secret, cost the same. */
static int
find_by_secret(struct varlink_call *call, const struct config *config,
    const char *client_auth, const struct client **ret_client)
{
	const struct client *client;
	AUTO(secret) text = NULL;
	char *secret;
	bool has_secret;
	int r;

	r = decode(client_auth, &text);
	if (r == -EBADMSG)
		return refuse_client(call);
	if (r < 0)
		return r;
	secret = strchr(text->bytes, ':');
	if (!secret || !secret[1])
		return refuse_client(call);
	*secret++ = '\0';
	client = config_find_client(config, text->bytes);
	has_secret = client && client->secret;
	if (!secret_equal_text(
		has_secret ? client->secret->bytes : NO_CLIENT_SECRET,
		secret) ||
	    !has_secret)
		return refuse_client(call);
	*ret_client = client;
	return 1;
}

int
caller_find_client(struct varlink_call *call, const struct config *config,
    const char *client_auth, const struct client **ret_client)
{
	const struct daemon *daemon = call->daemon;
	const struct refusal_entry *entry = refusal_get(REFUSAL_NSS);
	struct nss_user peer;
	int r;

	*ret_client = NULL;
	if (client_auth)
		return find_by_secret(call, config, client_auth, ret_client);
	if (config->client_count == 0)
		return 1;
	r = nss_find_uid(daemon->nss, call->peer_uid, &peer);
	if (r < 0)
		return call_refuse(
		    call, entry->error, entry->reason, entry->message, 0);
	if (r > 0)
		*ret_client = config_find_client_by_peer(config, peer.name);
	return 1;
}
