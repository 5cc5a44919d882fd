/* Numeric addresses and networks of them. */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#define NETWORK_TEXT_BYTES 46 /* INET6_ADDRSTRLEN */

struct network {
	int family; /* AF_INET, AF_INET6 */
	unsigned prefix_bits;
	uint8_t bytes[16]; /* those after the prefix are zero */
};

/* "10.0.0.0/8", "2001:db8::/32", or one address: its whole length. IPv4 in IPv6
 * (RFC 4291 2.5.5.2) is IPv4. False: not numeric, a prefix that is too long or
 * has leading zeros, or bits after it that are not zero, which somebody meant
 * otherwise. */
bool network_parse(const char *text, struct network *ret_network);

/* The same of one address, without a prefix. */
bool network_parse_address(const char *text, struct network *ret_address);

/* The one spelling of the address (RFC 5952), without the prefix. */
bool network_print_address(
    const struct network *address, char ret_text[NETWORK_TEXT_BYTES]);

/* The network of that prefix length which the address lies in. */
void
network_widen(struct network *address, unsigned bits_ipv4, unsigned bits_ipv6);

bool network_has(const struct network *network, const struct network *address);

#endif
