#include "login/origin.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/text.h"

struct network {
	int family;
	unsigned prefix_bits;
	uint8_t bytes[16];
};

/* False: not numeric. An IPv4 address in IPv6 (RFC 4291 2.5.5.2) is IPv4. */
static bool
address_parse(const char *text, struct network *ret)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET, text, ret->bytes) == 1) {
		ret->family = AF_INET;
		ret->prefix_bits = 32;
		return true;
	}
	if (inet_pton(AF_INET6, text, ret->bytes) != 1)
		return false;
	ret->family = AF_INET6;
	ret->prefix_bits = 128;
	if (secret_equal(ret->bytes, mapped, sizeof(mapped))) {
		memmove(ret->bytes, ret->bytes + 12, 4);
		ret->family = AF_INET;
		ret->prefix_bits = 32;
	}
	return true;
}

static bool
network_parse(const char *text, struct network *ret)
{
	char address[RECORD_ADDRESS_BYTES];
	size_t length = strcspn(text, "/");
	unsigned long bits;
	char *end;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!address_parse(address, ret))
		return false;
	if (text[length] == '\0')
		return true;
	if (strspn(text + length + 1, "0123456789") == 0)
		return false;
	bits = strtoul(text + length + 1, &end, 10);
	if (*end || bits > ret->prefix_bits)
		return false;
	ret->prefix_bits = (unsigned)bits;
	return true;
}

void
origin_read(const char *rhost, bool peer_is_root, struct origin *ret_origin)
{
	struct network address;

	*ret_origin = (struct origin){.is_local = !rhost || !*rhost};
	if (ret_origin->is_local || !peer_is_root ||
	    !address_parse(rhost, &address))
		return;
	if (inet_ntop(address.family, address.bytes, ret_origin->address,
		sizeof(ret_origin->address)))
		ret_origin->is_trusted = true;
}

bool
origin_is_in(const struct origin *origin, const char *network)
{
	struct network net, address;

	if (!origin->is_trusted || !network_parse(network, &net) ||
	    !address_parse(origin->address, &address) ||
	    net.family != address.family)
		return false;
	for (unsigned bit = 0; bit < net.prefix_bits; bit++) {
		unsigned mask = 0x80u >> bit % 8;

		if ((net.bytes[bit / 8] ^ address.bytes[bit / 8]) & mask)
			return false;
	}
	return true;
}

bool
origin_network_is_valid(const char *network)
{
	struct network net;

	return network_parse(network, &net);
}
