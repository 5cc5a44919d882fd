/* The name of a user in a token. */
#include "config/config.h"

#include "base/regex.h"

bool
config_username_match(const struct username_rule *rule, const char *value,
    char ret_name[USER_NAME_BYTES_MAX + 1])
{
	struct regex_part part = {0, strlen(value)};
	char name[USER_NAME_BYTES_MAX + 1];
	size_t steps = REGEX_STEPS_MAX;

	if (rule->compiled &&
	    regex_match_whole(rule->compiled, value, &steps, &part) != 1)
		return false;
	if (part.size >= sizeof(name))
		return false;

	memcpy(name, value + part.start, part.size);
	name[part.size] = '\0';
	if (rule->letters == USERNAME_CASE_LOWER)
		for (size_t i = 0; i < part.size; i++)
			if (name[i] >= 'A' && name[i] <= 'Z')
				name[i] = (char)(name[i] - 'A' + 'a');
	if (!user_name_is_valid(name))
		return false;
	memcpy(ret_name, name, part.size + 1);
	return true;
}
