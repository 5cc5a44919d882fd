/* Which addresses are of the public network, and connecting to no others. */
#ifndef FETCH_ADDRESS_H
#define FETCH_ADDRESS_H

#include <stdbool.h>

#include <curl/curl.h>

/* Not of this host, of its links, of a private network, and not for many
 * (RFC 6890), also where an IPv4 address stands in one of IPv6 (RFC 6052). */
bool address_is_public(const struct sockaddr *address);

/* For CURLOPT_OPENSOCKETFUNCTION: opens a socket for a public address, else
 * none and sets *(bool *)refused. */
curl_socket_t address_open_public(
    void *refused, curlsocktype purpose, struct curl_sockaddr *address);

#endif
