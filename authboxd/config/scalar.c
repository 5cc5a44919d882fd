#include "config/scalar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define DIGITS_MAX 15 /* far from an overflow, also when multiplied */

/* Digits at the start of `text`: their number, 0 when that is no number. */
static size_t
take_number(const char *text, uint64_t *ret)
{
	size_t size = strspn(text, "0123456789");

	if (size == 0 || size > DIGITS_MAX || (text[0] == '0' && size > 1))
		return 0;
	*ret = strtoull(text, NULL, 10);
	return size;
}

bool
scalar_parse_number(const char *text, uint64_t *ret)
{
	uint64_t number;
	size_t size = take_number(text, &number);

	if (size == 0 || text[size] != '\0')
		return false;
	*ret = number;
	return true;
}

bool
scalar_parse_boolean(const char *text, bool *ret)
{
	if (!streq(text, "true") && !streq(text, "false"))
		return false;
	*ret = streq(text, "true");
	return true;
}

bool
scalar_parse_duration(const char *text, uint64_t *ret_s)
{
	static const struct {
		const char *unit;
		unsigned s;
	} units[] = {
	    {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
	uint64_t number;
	size_t size = take_number(text, &number);

	if (size == 0)
		return false;
	if (number == 0 && text[size] == '\0') {
		*ret_s = 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (streq(text + size, units[i].unit)) {
			*ret_s = number * units[i].s;
			return true;
		}
	return false;
}

/* Compare with a picture where '0' stands for any digit; the picture's length
 * is what must fit. */
static bool
looks_like(const char *text, const char *picture)
{
	for (; *picture != '\0'; text++, picture++)
		if (*picture == '0' ? !isdigit((unsigned char)*text)
				    : *text != *picture)
			return false;
	return true;
}

static int
two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* "Z" or "+hh:mm", which is what local time is ahead of UTC. */
static bool
parse_zone(const char *text, int *ret_ahead_s)
{
	int hours, minutes;

	if (streq(text, "Z")) {
		*ret_ahead_s = 0;
		return true;
	}
	if (strlen(text) != 6 ||
	    (!looks_like(text, "+00:00") && !looks_like(text, "-00:00")))
		return false;
	hours = two_digits(text + 1);
	minutes = two_digits(text + 4);
	*ret_ahead_s = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
	return hours < 24 && minutes < 60;
}

bool
scalar_parse_time(const char *text, int64_t *ret_unix_s)
{
	struct tm tm = {0}, exact;
	int ahead_s = 0;
	time_t t;

	if (!looks_like(text, "0000-00-00"))
		return false;
	tm.tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900;
	tm.tm_mon = two_digits(text + 5) - 1;
	tm.tm_mday = two_digits(text + 8);
	text += 10;
	if (*text != '\0') {
		if (!strchr("Tt ", *text) || !looks_like(text + 1, "00:00:00"))
			return false;
		tm.tm_hour = two_digits(text + 1);
		tm.tm_min = two_digits(text + 4);
		tm.tm_sec = two_digits(text + 7);
		if (!parse_zone(text + 9, &ahead_s))
			return false;
	}

	/* timegm() turns a 31st of February into a day in March. */
	exact = tm;
	t = timegm(&exact);
	if (tm.tm_year < 100 || exact.tm_mon != tm.tm_mon ||
	    exact.tm_mday != tm.tm_mday || exact.tm_hour != tm.tm_hour ||
	    exact.tm_min != tm.tm_min || exact.tm_sec != tm.tm_sec)
		return false;
	*ret_unix_s = (int64_t)t - ahead_s;
	return true;
}
