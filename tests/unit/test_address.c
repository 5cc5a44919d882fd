/* Which addresses are public. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "fetch/address.h"

static const struct {
	const char *text;
	bool is_public;
} fours[] = {
    {"8.8.8.8", true},
    {"1.0.0.0", true},
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"169.253.255.255", true},
    {"169.254.169.254", false},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"192.0.0.1", false},
    {"192.0.1.0", true},
    {"192.167.255.255", true},
    {"192.168.0.1", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"223.255.255.255", true},
    {"224.0.0.1", false},
    {"240.0.0.1", false},
    {"255.255.255.255", false},
};

static const struct {
	const char *text;
	bool is_public;
} sixes[] = {
    {"2606:4700::1111", true},
    {"3fff::1", true},
    {"::", false},
    {"::1", false},
    {"::ffff:8.8.8.8", false},
    {"::ffff:127.0.0.1", false},
    {"::127.0.0.1", false},
    {"fe80::1", false},
    {"fec0::1", false},
    {"fc00::1", false},
    {"fdff::1", false},
    {"ff02::1", false},
    {"64:ff9b::8.8.8.8", true},
    {"64:ff9b::127.0.0.1", false},
    {"64:ff9b::10.1.2.3", false},
    {"64:ff9b:1::8.8.8.8", false},
    {"2001:0:1::1", false},
    {"2001:1::1", true},
    {"2002:7f00:1::", false},
    {"4000::1", false},
};

static void
private_addresses_are_told_from_public_ones(void **state)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	(void)state;
	for (size_t i = 0; i < sizeof(fours) / sizeof(fours[0]); i++) {
		assert_int_equal(
		    inet_pton(AF_INET, fours[i].text, &four.sin_addr), 1);
		if (address_is_public((struct sockaddr *)&four) !=
		    fours[i].is_public)
			fail_msg("%s", fours[i].text);
	}
	for (size_t i = 0; i < sizeof(sixes) / sizeof(sixes[0]); i++) {
		assert_int_equal(
		    inet_pton(AF_INET6, sixes[i].text, &six.sin6_addr), 1);
		if (address_is_public((struct sockaddr *)&six) !=
		    sixes[i].is_public)
			fail_msg("%s", sixes[i].text);
	}
}

static void
other_families_are_not_public(void **state)
{
	const struct sockaddr local = {.sa_family = AF_UNIX};

	(void)state;
	assert_false(address_is_public(&local));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(private_addresses_are_told_from_public_ones),
	    cmocka_unit_test(other_families_are_not_public),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
