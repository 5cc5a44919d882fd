#include "fetch/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
	uint32_t network;
	unsigned bits;
} not_public[] = {
    {0x00000000, 8},  /* 0.0.0.0: this host */
    {0x0a000000, 8},  /* 10.0.0.0 */
    {0x64400000, 10}, /* 100.64.0.0: a carrier's */
    {0x7f000000, 8},  /* 127.0.0.0 */
    {0xa9fe0000, 16}, /* 169.254.0.0: the link's, and clouds' metadata */
    {0xac100000, 12}, /* 172.16.0.0 */
    {0xc0000000, 24}, /* 192.0.0.0: protocols */
    {0xc0a80000, 16}, /* 192.168.0.0 */
    {0xc6120000, 15}, /* 198.18.0.0: benchmarks */
    {0xe0000000, 3},  /* 224.0.0.0 and above: for many, and to come */
};

static bool
is_public_four(uint32_t address)
{
	for (size_t i = 0; i < sizeof(not_public) / sizeof(not_public[0]); i++)
		if ((address ^ not_public[i].network) >>
			(32 - not_public[i].bits) ==
		    0)
			return false;
	return true;
}

static uint32_t
read_four(const uint8_t bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool
is_public_six(const uint8_t bytes[16])
{
	static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};
	bool same = true;

	for (size_t i = 0; i < sizeof(translated); i++)
		same = same && bytes[i] == translated[i];
	if (same)
		return is_public_four(read_four(bytes + 12));
	/* 2000::/3 is what is routed; Teredo and 6to4 lead elsewhere. */
	if (bytes[0] >> 5 != 1)
		return false;
	return read_four(bytes) != 0x20010000 &&
	       !(bytes[0] == 0x20 && bytes[1] == 0x02);
}

bool
address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&four, address, sizeof(four));
		return is_public_four(ntohl(four.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&six, address, sizeof(six));
		return is_public_six(six.sin6_addr.s6_addr);
	default:
		return false;
	}
}

curl_socket_t
address_open_public(
    void *refused, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)purpose;
	if (!address_is_public(&address->addr)) {
		*(bool *)refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}
