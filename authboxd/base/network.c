#include "base/network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MAPPED_BITS 96

static bool
is_mapped(const struct network *network)
{
	static const uint8_t prefix[MAPPED_BITS / 8] = {
	    [10] = 0xff, [11] = 0xff};

	if (network->family != AF_INET6 || network->prefix_bits < MAPPED_BITS)
		return false;
	for (size_t i = 0; i < sizeof(prefix); i++)
		if (network->bytes[i] != prefix[i])
			return false;
	return true;
}

static bool
parse_bytes(const char *text, struct network *ret)
{
	*ret = (struct network){.family = AF_INET, .prefix_bits = 32};
	if (inet_pton(AF_INET, text, ret->bytes) == 1)
		return true;
	ret->family = AF_INET6;
	ret->prefix_bits = 128;
	return inet_pton(AF_INET6, text, ret->bytes) == 1;
}

/* A plain number without leading zeros, at most *bits before. */
static bool
parse_prefix(const char *text, unsigned *bits)
{
	size_t size = strlen(text);
	unsigned long n;

	if (size == 0 || size > 3 || strspn(text, "0123456789") != size ||
	    (text[0] == '0' && size > 1))
		return false;
	n = strtoul(text, NULL, 10);
	if (n > *bits)
		return false;
	*bits = (unsigned)n;
	return true;
}

static bool
has_bit(const uint8_t *bytes, unsigned bit)
{
	return bytes[bit / 8] & (0x80u >> bit % 8);
}

static bool
ends_in_zeros(const struct network *network)
{
	unsigned bits = network->family == AF_INET ? 32 : 128;

	for (unsigned bit = network->prefix_bits; bit < bits; bit++)
		if (has_bit(network->bytes, bit))
			return false;
	return true;
}

static void
unmap(struct network *network)
{
	struct network plain = {.family = AF_INET};

	if (!is_mapped(network))
		return;
	plain.prefix_bits = network->prefix_bits - MAPPED_BITS;
	memcpy(plain.bytes, network->bytes + MAPPED_BITS / 8, 4);
	*network = plain;
}

bool
network_parse(const char *text, struct network *ret_network)
{
	size_t length = strcspn(text, "/");
	char address[NETWORK_TEXT_BYTES];
	struct network network;

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!parse_bytes(address, &network))
		return false;
	if (text[length] == '/' &&
	    !parse_prefix(text + length + 1, &network.prefix_bits))
		return false;
	if (!ends_in_zeros(&network))
		return false;
	unmap(&network);
	*ret_network = network;
	return true;
}

bool
network_parse_address(const char *text, struct network *ret_address)
{
	struct network address;

	if (!parse_bytes(text, &address))
		return false;
	unmap(&address);
	*ret_address = address;
	return true;
}

bool
network_print_address(
    const struct network *address, char ret_text[NETWORK_TEXT_BYTES])
{
	return inet_ntop(
	    address->family, address->bytes, ret_text, NETWORK_TEXT_BYTES);
}

void
network_widen(struct network *address, unsigned bits_ipv4, unsigned bits_ipv6)
{
	unsigned bits = address->family == AF_INET ? bits_ipv4 : bits_ipv6;

	for (unsigned bit = bits; bit < address->prefix_bits; bit++)
		address->bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	if (bits < address->prefix_bits)
		address->prefix_bits = bits;
}

bool
network_has(const struct network *network, const struct network *address)
{
	if (network->family != address->family)
		return false;
	for (unsigned bit = 0; bit < network->prefix_bits; bit++)
		if (has_bit(network->bytes, bit) !=
		    has_bit(address->bytes, bit))
			return false;
	return true;
}
