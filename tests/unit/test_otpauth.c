#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factor/otpauth.h"

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" /* "1234567890" twice */
#define TOTP   "otpauth://totp/"
#define HOTP   "otpauth://hotp/"

static struct device
usual_device(struct secret *key)
{
	return (struct device){
	    .name = "default", .digits = 6, .period_s = 30, .key = key};
}

static void
defaults_are_left_out_of_a_link(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = usual_device(key);
	AUTO(secret) link = otpauth_print(&device, "Demo", "alice");
	AUTO(secret) bare = otpauth_print(&device, "", "alice");

	(void)state;
	assert_string_equal(
	    link->bytes, TOTP "Demo:alice?secret=" SECRET "&issuer=Demo");
	assert_string_equal(bare->bytes, TOTP "alice?secret=" SECRET);
	assert_int_equal(link->size, strlen(link->bytes));
}

static void
what_differs_from_the_defaults_is_in_the_link(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = usual_device(key);
	AUTO(secret) totp = NULL;
	AUTO(secret) hotp = NULL;
	AUTO(secret) first = NULL;

	(void)state;
	device.algorithm = OTP_SHA512;
	device.digits = 8;
	device.period_s = 60;
	totp = otpauth_print(&device, "Demo", "alice");
	assert_string_equal(totp->bytes,
	    TOTP "Demo:alice?secret=" SECRET
		 "&issuer=Demo&algorithm=SHA512&digits=8&period=60");

	device = usual_device(key);
	device.type = OTP_HOTP;
	first = otpauth_print(&device, "", "alice");
	assert_string_equal(
	    first->bytes, HOTP "alice?secret=" SECRET "&counter=0");
	device.used = true;
	device.last_used = 41;
	hotp = otpauth_print(&device, "", "alice");
	assert_string_equal(
	    hotp->bytes, HOTP "alice?secret=" SECRET "&counter=42");
}

static void
whatever_is_not_unreserved_is_percent_encoded(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);
	struct device device = usual_device(key);
	AUTO(secret)
	link = otpauth_print(&device, "A&B: caf\xc3\xa9", "al?ce@ex.org");

	(void)state;
	assert_string_equal(link->bytes,
	    TOTP "A%26B%3A%20caf%C3%A9:al%3Fce%40ex.org?secret=" SECRET
		 "&issuer=A%26B%3A%20caf%C3%A9");
}

static void
a_link_that_was_printed_is_read_back(void **state)
{
	AUTO(secret) key = secret_copy("12345678901234567890", 20);

	(void)state;
	for (int i = 0; i < 2 * 3 * 3 * 2; i++) {
		struct device device = usual_device(key), back;
		AUTO(secret) link = NULL;
		AUTO(secret) back_key = NULL;
		const char *why = NULL;

		device.type = (enum otp_type)(i % 2);
		device.algorithm = (enum otp_algorithm)(i / 2 % 3);
		device.digits = 6 + (unsigned)(i / 6 % 3);
		device.period_s = device.type == OTP_TOTP && i / 18 ? 60 : 30;
		device.used = device.type == OTP_HOTP && i / 18;
		device.last_used = device.used ? 7 : 0;
		link = otpauth_print(&device, "De mo", "ali:ce");
		assert_int_equal(otpauth_parse(link->bytes, &back, &why), 0);
		back_key = back.key;
		assert_int_equal(back.type, device.type);
		assert_int_equal(back.algorithm, device.algorithm);
		assert_int_equal(back.digits, device.digits);
		assert_int_equal(back.period_s, device.period_s);
		assert_int_equal(back.used, device.used);
		assert_int_equal(back.last_used, device.last_used);
		assert_int_equal(back.key->size, 20);
		assert_memory_equal(back.key->bytes, key->bytes, 20);
		assert_false(back.enabled);
	}
}

static const struct {
	const char *link;
	const char *why; /* NULL: a good one */
} links[] = {
    {TOTP "a?secret=" SECRET, NULL},
    {TOTP "a?secret=gezd%20gnbv-gy3tqojq&image=http%3A%2F%2Fx", NULL},
    {TOTP "a?secret=" SECRET "&algorithm=sha-256&digits=7&period=10", NULL},
    {TOTP "a?secret=" SECRET "&", NULL},
    {HOTP "a?secret=" SECRET "&counter=0", NULL},
    {"", "not an otpauth://totp/ or hotp/ link"},
    {"otpauth", "not an otpauth://totp/ or hotp/ link"},
    {"https://totp/a?secret=" SECRET, "not an otpauth://totp/ or hotp/ link"},
    {"otpauth://motp/a?secret=" SECRET, "not an otpauth://totp/ or hotp/ link"},
    {TOTP, "there are no parameters"},
    {TOTP "a", "there are no parameters"},
    {TOTP "?secret=" SECRET, "the label is empty or no text"},
    {TOTP "%00?secret=" SECRET, "the label is empty or no text"},
    {TOTP "%0A?secret=" SECRET, "the label is empty or no text"},
    {TOTP "%FF?secret=" SECRET, "the label is empty or no text"},
    {TOTP "%4?secret=" SECRET, "the label is empty or no text"},
    {TOTP "a?", "there is no secret"},
    {TOTP "a?issuer=b", "there is no secret"},
    {TOTP "a?secret", "a parameter has no value"},
    {TOTP "a?secret=" SECRET "&secret=" SECRET, "a parameter is given twice"},
    {TOTP "a?secret=GEZDGNB%", "a parameter is not text"},
    {TOTP "a?secret=GEZDGNBV1", "the secret is not base32"},
    {TOTP "a?secret=", "the secret is not base32"},
    {TOTP "a?secret=GEZDGNBVGY3TQ", "the secret is shorter than 80 bits"},
    {TOTP "a?secret=" SECRET "&algorithm=MD5", "the algorithm is not known"},
    {TOTP "a?secret=" SECRET "&digits=5", "digits is not 6 to 8"},
    {TOTP "a?secret=" SECRET "&digits=9", "digits is not 6 to 8"},
    {TOTP "a?secret=" SECRET "&digits=", "digits is not 6 to 8"},
    {TOTP "a?secret=" SECRET "&digits=%2B6", "digits is not 6 to 8"},
    {TOTP "a?secret=" SECRET "&period=0", "period is not 10 to 300 seconds"},
    {TOTP "a?secret=" SECRET "&period=99999999999999999999",
	"period is not 10 to 300 seconds"},
    {HOTP "a?secret=" SECRET, "there is no counter"},
    {HOTP "a?secret=" SECRET "&counter=-1", "there is no counter"},
    {HOTP "a?secret=" SECRET "&counter=1000000000000000",
	"there is no counter"},
};

static void
only_good_links_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct device device = {.digits = 0};
		const char *why = "nothing";
		int r = otpauth_parse(links[i].link, &device, &why);

		if (r != (links[i].why ? -EBADMSG : 0))
			fail_msg("%d (%s) for %s", r, why, links[i].link);
		if (links[i].why)
			assert_string_equal(why, links[i].why);
		secret_free(device.key);
	}
}

static void
a_link_has_a_bound(void **state)
{
	char link[OTPAUTH_BYTES_MAX + 2] = TOTP "a?secret=" SECRET "&x=";
	struct device device;
	const char *why;

	(void)state;
	memset(link + strlen(link), 'x', OTPAUTH_BYTES_MAX - strlen(link));
	assert_int_equal(otpauth_parse(link, &device, &why), 0);
	secret_free(device.key);
	link[OTPAUTH_BYTES_MAX] = 'x';
	assert_int_equal(otpauth_parse(link, &device, &why), -EBADMSG);
	assert_string_equal(why, "the link is too long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_left_out_of_a_link),
	    cmocka_unit_test(what_differs_from_the_defaults_is_in_the_link),
	    cmocka_unit_test(whatever_is_not_unreserved_is_percent_encoded),
	    cmocka_unit_test(a_link_that_was_printed_is_read_back),
	    cmocka_unit_test(only_good_links_are_read),
	    cmocka_unit_test(a_link_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
