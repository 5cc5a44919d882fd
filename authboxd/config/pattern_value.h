/* Values that are compiled when they are read, so that what is wrong with them
 * is told with the line where it stands. */
#ifndef CONFIG_PATTERN_VALUE_H
#define CONFIG_PATTERN_VALUE_H

#include "base/regex.h"
#include "config/reader.h"
#include "matcho/matcho.h"

/* Of both: false: the report says why, or has a failure. */

/* A pattern of an access policy. */
bool pattern_value_read(struct reader *reader, const char *shown,
    const struct tree *map, struct matcho **ret_pattern);

/* A regular expression, of a TREE_TEXT. */
bool pattern_value_read_regex(struct reader *reader, const char *shown,
    const struct tree *text, struct regex **ret_regex);

#endif
