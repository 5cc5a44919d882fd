#include "login/origin.h"

#include "base/network.h"

void
origin_read(const char *rhost, bool peer_is_root, struct origin *ret_origin)
{
	struct network address;

	*ret_origin = (struct origin){.is_local = !rhost || !*rhost};
	if (ret_origin->is_local || !peer_is_root ||
	    !network_parse_address(rhost, &address))
		return;
	ret_origin->is_trusted =
	    network_print_address(&address, ret_origin->address);
}

bool
origin_is_in(const struct origin *origin, const char *network)
{
	struct network net, address;

	return origin->is_trusted && network_parse(network, &net) &&
	       network_parse_address(origin->address, &address) &&
	       network_has(&net, &address);
}
