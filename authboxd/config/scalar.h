/* Numbers, times and truths as resources write them: pure. All return false
 * on anything else, and leave *ret alone. */
#ifndef CONFIG_SCALAR_H
#define CONFIG_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits alone, without leading zeros. */
bool scalar_parse_number(const char *text, uint64_t *ret);

/* "true" or "false". */
bool scalar_parse_boolean(const char *text, bool *ret);

/* A number with a unit (s, m, h, d, w), or 0 alone. */
bool scalar_parse_duration(const char *text, uint64_t *ret_s);

/* "2027-01-31" (its first second in UTC), or RFC 3339 with seconds and a zone:
 * "2027-01-31T08:00:00Z", "2027-01-31 08:00:00+01:00". Years 2000 to 9999, so
 * that no time can be 0, which stands for "none". */
bool scalar_parse_time(const char *text, int64_t *ret_unix_s);

#endif
