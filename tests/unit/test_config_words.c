/* The small forms: numbers, times, URLs, networks, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/scalar.h"
#include "config/shape.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static void
numbers_are_decimal_digits_alone(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "01",
	    "1.0", "1e3", "0x1", "1_000", "1000000000000000"};
	uint64_t number = 77;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (scalar_parse_number(bad[i], &number))
			fail_msg("%s", bad[i]);
	assert_int_equal(number, 77);
	assert_true(scalar_parse_number("0", &number) && number == 0);
	assert_true(scalar_parse_number("999999999999999", &number) &&
		    number == 999999999999999);
}

static void
durations_have_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t s; /* -1: refused */
	} table[] = {{"0", 0}, {"45s", 45}, {"90m", 5400}, {"8h", 28800},
	    {"30d", 2592000}, {"2w", 1209600}, {"0d", 0}, {"8", -1}, {"h", -1},
	    {"", -1}, {"8 h", -1}, {"8H", -1}, {"8hours", -1}, {"-8h", -1},
	    {"1d12h", -1}, {"1.5h", -1}, {"08h", -1}};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		uint64_t s = 0;
		bool good = scalar_parse_duration(table[i].text, &s);

		if (good != (table[i].s >= 0) ||
		    (good && s != (uint64_t)table[i].s))
			fail_msg("%s", table[i].text);
	}
}

static void
times_are_dates_or_rfc_3339(void **state)
{
	static const struct {
		const char *text;
		int64_t unix_s; /* -1: refused */
	} table[] = {
	    {"2027-01-31", 1801353600},
	    {"2024-02-29", 1709164800},
	    {"2027-01-31T08:00:00Z", 1801382400},
	    {"2027-01-31 08:00:00+01:00", 1801378800},
	    {"2027-01-31t08:00:00-05:30", 1801402200},
	    {"2000-01-01", 946684800},
	    {"1999-12-31", -1},
	    {"2027-02-29", -1},
	    {"2027-13-01", -1},
	    {"2027-00-10", -1},
	    {"2027-01-32", -1},
	    {"2027-1-31", -1},
	    {"27-01-31", -1},
	    {"2027-01-31T24:00:00Z", -1},
	    {"2027-01-31T08:60:00Z", -1},
	    {"2027-01-31T08:00:60Z", -1},
	    {"2027-01-31T08:00:00", -1},
	    {"2027-01-31T08:00Z", -1},
	    {"2027-01-31T08:00:00+24:00", -1},
	    {"2027-01-31T08:00:00Z ", -1},
	    {"2027-01-31 ", -1},
	    {"tomorrow", -1},
	    {"", -1},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		int64_t t = 0;
		bool good = scalar_parse_time(table[i].text, &t);

		if (good != (table[i].unix_s >= 0) ||
		    (good && t != table[i].unix_s))
			fail_msg("%s: %lld", table[i].text, (long long)t);
	}
}

static void
urls_are_told_apart_by_where_they_lead(void **state)
{
	static const struct {
		const char *url;
		enum shape_url url_is;
	} table[] = {
	    {"https://a", SHAPE_URL_HTTPS},
	    {"https://a.example.org:8443/x?y=z%20", SHAPE_URL_HTTPS},
	    {"https://[2001:db8::1]/", SHAPE_URL_HTTPS},
	    {"http://devbox:8080/x", SHAPE_URL_HTTP},
	    {"http://localhost", SHAPE_URL_HTTP_LOOPBACK},
	    {"http://localhost:1?x", SHAPE_URL_HTTP_LOOPBACK},
	    {"http://127.0.0.1/", SHAPE_URL_HTTP_LOOPBACK},
	    {"http://127.255.0.1/", SHAPE_URL_HTTP_LOOPBACK},
	    {"http://[::1]:80/", SHAPE_URL_HTTP_LOOPBACK},
	    {"http://128.0.0.1/", SHAPE_URL_HTTP},
	    {"http://[::2]/", SHAPE_URL_HTTP},
	    {"http://[::ffff:127.0.0.1]/", SHAPE_URL_HTTP},
	    {"http://127.1/", SHAPE_URL_HTTP},
	    {"http://localhost.example.org/", SHAPE_URL_HTTP},
	    {"http://localhost@example.org/", SHAPE_URL_NONE},
	    {"http://example.org#@localhost/", SHAPE_URL_NONE},
	    {"http://localhost\\@example.org/", SHAPE_URL_NONE},
	    {"http://localhost%00.example.org/", SHAPE_URL_NONE},
	    {"https://", SHAPE_URL_NONE},
	    {"https:///x", SHAPE_URL_NONE},
	    {"https://:443/", SHAPE_URL_NONE},
	    {"https://a:/", SHAPE_URL_NONE},
	    {"https://a:0/", SHAPE_URL_NONE},
	    {"https://a:65536/", SHAPE_URL_NONE},
	    {"https://a:1:2/", SHAPE_URL_NONE},
	    {"https://[::1", SHAPE_URL_NONE},
	    {"https://[::1]x/", SHAPE_URL_NONE},
	    {"https://[a]/", SHAPE_URL_NONE},
	    {"https://a b/", SHAPE_URL_NONE},
	    {"https://a/\r\nX: y", SHAPE_URL_NONE},
	    {"https://\xc3\xa9/", SHAPE_URL_NONE},
	    {"HTTPS://a/", SHAPE_URL_NONE},
	    {"ftp://a/", SHAPE_URL_NONE},
	    {"file:///etc/shadow", SHAPE_URL_NONE},
	    {"a", SHAPE_URL_NONE},
	    {"", SHAPE_URL_NONE},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		const char *why = NULL;
		enum shape_url is = shape_url(table[i].url, &why);

		if (is != table[i].url_is || (!is) != (why != NULL))
			fail_msg("%s: %d", table[i].url, (int)is);
	}
}

static void
urls_are_bounded(void **state)
{
	char url[SHAPE_URL_BYTES_MAX + 2];
	const char *why;

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	url[SHAPE_URL_BYTES_MAX + 1] = '\0';
	assert_int_equal(shape_url(url, &why), SHAPE_URL_NONE);
	url[SHAPE_URL_BYTES_MAX] = '\0';
	assert_int_equal(shape_url(url, &why), SHAPE_URL_HTTPS);
}

/* For each shape: texts that fit, then texts that do not. */
static void
texts_have_their_shape(void **state)
{
	static const struct {
		const struct shape *shape;
		const char *good[8], *bad[12];
	} table[] = {
	    {&shape_network,
		{"10.0.0.0/8", "10.0.0.1", "10.0.0.1/32", "0.0.0.0/0",
		    "2001:db8::/32", "::1", "::/0"},
		{"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8",
		    "10.0.0.0/08", "2001:db8::1/32", "::/129", "any",
		    "10.0.0.0/8 ", "fe80::1%eth0"}},
	    {&shape_email, {"a@b", "a.b+c@example.org"},
		{"", "a", "@b", "a@", "a b@c", "<a@b>", "a@b,c@d"}},
	    {&shape_path, {"/", "/etc/ca.pem"},
		{"", "ca.pem", "./ca.pem", "/a\nb"}},
	    {&shape_issuer, {"Demo", "Example Org"},
		{"", "a:b", " a", "a ", "a\tb"}},
	    {&shape_line, {"a", "a: b"}, {"", " a", "a ", "a\nb", "\xff"}},
	    {&shape_id, {"a", "a.b-c_D9"}, {"", "-a", ".a", "a b", "a/b"}},
	    {&shape_user, {"eve", "eve@example.org"},
		{"", "1000", "a/b", "a:b", "."}},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(table); i++) {
		for (const char *const *t = table[i].good; *t; t++)
			if (!table[i].shape->match(*t))
				fail_msg("refused: %s", *t);
		for (const char *const *t = table[i].bad; *t; t++)
			if (table[i].shape->match(*t))
				fail_msg("accepted: %s", *t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_decimal_digits_alone),
	    cmocka_unit_test(durations_have_a_unit),
	    cmocka_unit_test(times_are_dates_or_rfc_3339),
	    cmocka_unit_test(urls_are_told_apart_by_where_they_lead),
	    cmocka_unit_test(urls_are_bounded),
	    cmocka_unit_test(texts_have_their_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
