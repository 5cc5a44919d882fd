/* Any value in a resource as JSON, for what compares it with JSON. */
#ifndef CONFIG_JSON_VALUE_H
#define CONFIG_JSON_VALUE_H

#include "base/json.h"
#include "config/reader.h"

/* Scalars without quotes are what the core schema of YAML 1.2 (10.3.2) says,
 * others are texts. Refused are numbers that JSON cannot hold or that YAML 1.1
 * reads otherwise, and, where `refuse_empty`, values that were not written: in
 * YAML a text that begins with # must stand in quotes, or it is none.
 * false: the report says why, or has a failure. */
bool json_value_read(struct reader *reader, const char *shown,
    const struct tree *tree, bool refuse_empty, cJSON **ret_value);

#endif
