#include "base/header_name.h"

#include <stddef.h>
#include <strings.h>

bool
header_name_is_reserved(const char *name)
{
	static const char *const names[] = {"Accept-Encoding", "Connection",
	    "Content-Length", "Cookie", "Expect", "Host", "Keep-Alive",
	    "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
	    "Transfer-Encoding", "Upgrade"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}
