/* What follows from a Provisioning, for authboxd and authbox-userdb alike. */
#include "config/config.h"

#include <stdio.h>
#include <string.h>

#include "base/regex.h"

const char *
config_provisioning_find_fault(
    const struct provisioning *provisioning, const char *name)
{
	const char *fault =
	    unix_name_find_fault(name, provisioning->username_characters);
	size_t steps = REGEX_STEPS_MAX;
	struct regex_part part;

	if (fault || !provisioning->names_compiled)
		return fault;
	return regex_match_whole(
		   provisioning->names_compiled, name, &steps, &part) == 1
		   ? NULL
		   : "is not one of username.names";
}

/* Append part of a text; false: it does not fit. */
static bool
put(char *name, size_t *size, const char *text, size_t text_size)
{
	if (text_size > UNIX_NAME_BYTES_MAX - *size)
		return false;
	memcpy(name + *size, text, text_size);
	*size += text_size;
	name[*size] = '\0';
	return true;
}

/* The replacement with what the groups stand for; false: it does not fit. */
static bool
replace(const char *replacement, const char *value,
    const struct regex_part parts[REGEX_PARTS_MAX], char *name)
{
	size_t size = 0;
	bool fits = true;

	name[0] = '\0';
	for (const char *c = replacement; fits && *c; c++) {
		/* check_provisioning() saw a digit after each backslash. */
		const struct regex_part *part =
		    *c == '\\' ? &parts[*++c - '0'] : NULL;

		fits = part ? put(name, &size, value + part->start, part->size)
			    : put(name, &size, c, 1);
	}
	return fits;
}

const char *
config_provisioning_name(
    const struct provisioning *provisioning, const char *value, char *ret_name)
{
	const struct regex *pattern = provisioning->username_compiled;
	const char *replacement = provisioning->username_replacement, *fault;
	struct regex_part parts[REGEX_PARTS_MAX] = {{0, strlen(value)}};
	char name[UNIX_NAME_BYTES_MAX + 1];
	size_t steps = REGEX_STEPS_MAX;

	if (pattern && regex_match_parts(pattern, value, &steps, parts) != 1)
		return "does not match username.pattern";
	if (!replacement)
		replacement = pattern && regex_get_group_count(pattern) > 0
				  ? "\\1"
				  : "\\0";
	if (!replace(replacement, value, parts, name))
		return "is too long for a user's name";
	if (provisioning->username_letters == USERNAME_CASE_LOWER)
		for (char *c = name; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');

	fault = config_provisioning_find_fault(provisioning, name);
	if (!fault)
		memcpy(ret_name, name, strlen(name) + 1);
	return fault;
}

void
config_provisioning_home(
    const struct provisioning *provisioning, const char *name, char *ret_home)
{
	const char *place = strchr(provisioning->home, '%');

	/* Both were checked: it fits. */
	(void)snprintf(ret_home, CONFIG_HOME_BYTES_MAX + 1, "%.*s%s%s",
	    (int)(place - provisioning->home), provisioning->home, name,
	    place + 2);
}

bool
config_provisioning_has_group(
    const struct provisioning *provisioning, const char *group)
{
	for (size_t i = 0; i < provisioning->group_count; i++)
		if (streq(provisioning->groups[i].group, group))
			return true;
	return false;
}

struct unix_id_range
config_provisioning_range(const struct provisioning *provisioning)
{
	return (struct unix_id_range){
	    provisioning->uid_min, provisioning->uid_max};
}
