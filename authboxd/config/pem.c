#include "config/pem.h"

#include <string.h>

/* Of the block that begins here; its end, NULL: it has none. */
static char *
unfold_block(char *begin)
{
	char *body = strstr(begin + strlen("-----BEGIN "), "-----");
	char *end = strstr(begin, "-----END ");

	if (!body || !end)
		return NULL;
	for (body += strlen("-----"); body < end; body++)
		if (*body == ' ')
			*body = '\n';
	return end;
}

void
pem_unfold(char *text)
{
	char *begin = strstr(text, "-----BEGIN ");

	while (begin) {
		if (begin > text && begin[-1] == ' ')
			begin[-1] = '\n';
		begin = unfold_block(begin);
		if (begin)
			begin = strstr(begin, "-----BEGIN ");
	}
}
