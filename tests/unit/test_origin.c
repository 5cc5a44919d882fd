#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/network.h"
#include "base/text.h"
#include "login/origin.h"

static const struct {
	const char *rhost;
	bool peer_is_root;
	bool is_local, is_trusted;
	const char *address;
} origins[] = {
    {"", true, true, false, ""},
    {NULL, true, true, false, ""},
    {"192.0.2.7", true, false, true, "192.0.2.7"},
    {"::ffff:192.0.2.7", true, false, true, "192.0.2.7"},
    {"2001:DB8:0::1", true, false, true, "2001:db8::1"},
    {"bastion.example.org", true, false, false, ""},
    {"192.0.2.7 ", true, false, false, ""},
    {"192.0.2.7/8", true, false, false, ""},
    {"192.0.2.7", false, false, false, ""},
    {"fe80::1%eth0", true, false, false, ""},
};

static void
origin_believes_only_root_and_only_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		struct origin origin;

		origin_read(origins[i].rhost, origins[i].peer_is_root, &origin);
		assert_int_equal(origin.is_local, origins[i].is_local);
		assert_int_equal(origin.is_trusted, origins[i].is_trusted);
		assert_string_equal(origin.address, origins[i].address);
	}
}

static const struct {
	const char *address, *network;
	bool is_in;
} networks[] = {
    {"10.1.2.3", "10.0.0.0/8", true},
    {"11.1.2.3", "10.0.0.0/8", false},
    {"10.1.2.3", "10.1.2.3", true},
    {"10.1.2.4", "10.1.2.3", false},
    {"10.1.2.3", "0.0.0.0/0", true},
    {"10.1.2.255", "10.1.2.128/25", true},
    {"10.1.2.127", "10.1.2.128/25", false},
    {"2001:db8::1", "2001:db8::/32", true},
    {"2001:db9::1", "2001:db8::/32", false},
    {"2001:db8::1", "0.0.0.0/0", false},
    {"::ffff:10.1.2.3", "10.0.0.0/8", true},
    {"10.1.2.3", "::ffff:10.0.0.0/104", true},
    {"11.1.2.3", "::ffff:10.0.0.0/104", false},
    {"10.1.2.3", "::/0", false},
    {"10.1.2.3", "10.0.0.1/8", false},
    {"10.1.2.3", "10.0.0.0/08", false},
    {"10.1.2.3", "2001:db8::1/32", false},
    {"2001:db8::1", "2001:db8::/129", false},
    {"10.1.2.3", "10.0.0.0/33", false},
    {"10.1.2.3", "10.0.0.0/", false},
    {"10.1.2.3", "10.0.0.0/+8", false},
    {"10.1.2.3", "10.0.0.0/8x", false},
    {"10.1.2.3", "office", false},
    {"bastion", "0.0.0.0/0", false},
};

static void
origin_lies_in_a_network_by_its_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		struct origin origin;

		origin_read(networks[i].address, true, &origin);
		assert_int_equal(origin_is_in(&origin, networks[i].network),
		    networks[i].is_in);
	}
}

static void
origin_of_a_local_login_is_in_no_network(void **state)
{
	struct origin origin;

	(void)state;
	origin_read("", true, &origin);
	assert_false(origin_is_in(&origin, "0.0.0.0/0"));
	assert_false(origin_is_in(&origin, "::/0"));
}

static void
a_network_has_all_who_share_its_first_bits(void **state)
{
	static const struct {
		const char *address, *widened;
	} cases[] = {
	    {"192.0.2.255", "192.0.2.0"},
	    {"192.0.2.0", "192.0.2.0"},
	    {"::ffff:192.0.2.9", "192.0.2.0"},
	    {"2001:db8:1:2:3:4:5:6", "2001:db8:1::"},
	    {"2001:db8:ffff:ffff::", "2001:db8:ffff::"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[NETWORK_TEXT_BYTES];
		struct network network;

		assert_true(network_parse_address(cases[i].address, &network));
		network_widen(&network, 24, 48);
		assert_true(network_print_address(&network, text));
		assert_string_equal(text, cases[i].widened);
		assert_int_equal(
		    network.prefix_bits, strchr(text, ':') ? 48 : 24);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(origin_believes_only_root_and_only_numbers),
	    cmocka_unit_test(origin_lies_in_a_network_by_its_bits),
	    cmocka_unit_test(origin_of_a_local_login_is_in_no_network),
	    cmocka_unit_test(a_network_has_all_who_share_its_first_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
