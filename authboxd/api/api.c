#include "api/api.h"

#include "api/methods.h"
#include "base/text.h"
#include "daemon.h"
#include "users/nss.h"

static const struct varlink_method no_methods[] = {
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};

/* clang-format off */
const struct varlink_interface api_interfaces[] = {
	{"io.authbox",
#include "authbox/io.authbox.varlink.inc"
	 , no_methods},
	{"io.authbox.TwoFactor",
#include "authbox/io.authbox.TwoFactor.varlink.inc"
	 , two_factor_methods},
	{"io.authbox.Import",
#include "authbox/io.authbox.Import.varlink.inc"
	 , import_methods},
	{"io.authbox.Store",
#include "authbox/io.authbox.Store.varlink.inc"
	 , store_methods},
	{"io.authbox.Daemon",
#include "authbox/io.authbox.Daemon.varlink.inc"
	 , daemon_methods},
	{"io.authbox.Token",
#include "authbox/io.authbox.Token.varlink.inc"
	 , token_methods},
	{"io.authbox.Session",
#include "authbox/io.authbox.Session.varlink.inc"
	 , session_methods},
	{"io.authbox.Policy",
#include "authbox/io.authbox.Policy.varlink.inc"
	 , policy_methods},
	{"io.authbox.User",
#include "authbox/io.authbox.User.varlink.inc"
	 , user_methods},
	{NULL, NULL, NULL},
};
/* clang-format on */

int
api_is_self(void *daemon, uid_t peer_uid, const char *user)
{
	const struct daemon *context = daemon;
	struct nss_user peer;
	int r;

	r = nss_find_uid(context->nss, peer_uid, &peer);
	return r > 0 ? streq(peer.name, user) : r;
}

void
api_serve(const struct connection *connection)
{
	struct daemon *daemon = connection->context;

	varlink_serve(connection->fd, connection->uid, api_interfaces,
	    api_is_self, daemon->busy, daemon);
}
