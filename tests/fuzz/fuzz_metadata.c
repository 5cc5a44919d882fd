/*
 * Any document in place of what an issuer says about itself. An address that
 * may be used is the issuer's own, or https to a public name at the usual port:
 * never this host or one of its neighbours, however it is spelled.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "token/metadata.h"

#define ISSUER "https://idp.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

/* A name of letters, digits, hyphens and dots, whose last part is no number and
 * that does not lead home. */
static void
check_host(const char *host, size_t size)
{
	char name[2049]; /* DNS takes no more than 253 of them */
	struct in_addr address;
	const char *last;

	demand(size > 0 && size < sizeof(name));
	memcpy(name, host, size);
	name[size] = '\0';
	demand(strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == size);
	last = strrchr(name, '.');
	demand(last && isalpha((unsigned char)last[1]));
	demand(strcasecmp(last, ".localhost") != 0);
	/* inet_aton() knows the odd spellings too: 0x7f.1, 2130706433. */
	demand(inet_aton(name, &address) == 0);
}

static void
check_address(const struct metadata_endpoint *endpoint)
{
	const char *address = endpoint->address;
	const char *host;

	demand(strlen(address) > 8 && strlen(address) <= 2048);
	demand(text_is_printable(address, strlen(address)));
	demand(!strpbrk(address, " #"));
	demand(strncmp(address, "https://", 8) == 0);
	host = address + 8;
	demand(!memchr(host, '@', strcspn(host, "/?")));
	if (!metadata_is_elsewhere(ISSUER, address)) {
		demand(strncasecmp(address, ISSUER, strlen(ISSUER)) == 0);
		demand(!isalnum((unsigned char)address[strlen(ISSUER)]) &&
		       !strchr("-.", address[strlen(ISSUER)] ?: 'x'));
		return;
	}
	demand(!memchr(host, ':', strcspn(host, "/?")));
	check_host(host, strcspn(host, "/?"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__attribute__((cleanup(metadata_cleanup))) struct metadata *metadata =
	    NULL;
	const char *why = NULL;
	int r =
	    metadata_parse((const char *)data, size, ISSUER, &metadata, &why);

	demand(r == 0 ? metadata != NULL : r == -EINVAL && why && !metadata);
	if (r < 0)
		return 0;
	for (unsigned which = 0; which < ENDPOINT_COUNT; which++)
		for (unsigned mtls = 0; mtls < 2; mtls++) {
			struct metadata_endpoint endpoint = {0};

			metadata_get(
			    metadata, (enum endpoint)which, mtls, &endpoint);
			demand(!endpoint.address || !endpoint.why_not);
			if (endpoint.address)
				check_address(&endpoint);
		}
	return 0;
}
