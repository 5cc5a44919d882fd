/* What a text in a token may be: the name of a user, or a token at all. The
 * regular expressions were bounded when they were read. */
#include "config/config.h"

#include <ctype.h>
#include <regex.h>

#define TOKEN_BYTES_MIN 20 /* of the default; shorter ones are guessable */

static const char token_characters[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._~+/=-";

/* The part of a text that is wanted, when the pattern matches all of it. */
static bool
match_whole(const regex_t *pattern, const char *text, regmatch_t *ret_part)
{
	regmatch_t found[2];

	if (regexec(pattern, text, 2, found, 0) != 0 || found[0].rm_so != 0 ||
	    text[found[0].rm_eo] != '\0')
		return false;
	*ret_part = found[pattern->re_nsub > 0 ? 1 : 0];
	return ret_part->rm_so >= 0;
}

bool
config_token_match(
    const struct token_introspector *introspector, const char *token)
{
	size_t size = strlen(token);
	regmatch_t part;

	if (introspector->token_compiled)
		return match_whole(introspector->token_compiled, token, &part);
	return size >= TOKEN_BYTES_MIN &&
	       strspn(token, token_characters) == size;
}

bool
config_username_match(const struct username_rule *rule, const char *value,
    char ret_name[USER_NAME_BYTES_MAX + 1])
{
	regmatch_t part = {0, (regoff_t)strlen(value)};
	char name[USER_NAME_BYTES_MAX + 1];
	size_t size;

	if (rule->compiled && !match_whole(rule->compiled, value, &part))
		return false;
	size = (size_t)(part.rm_eo - part.rm_so);
	if (size >= sizeof(name))
		return false;

	memcpy(name, value + part.rm_so, size);
	name[size] = '\0';
	for (size_t i = 0; i < size && rule->fold_case; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	if (!user_name_is_valid(name))
		return false;
	memcpy(ret_name, name, size + 1);
	return true;
}
