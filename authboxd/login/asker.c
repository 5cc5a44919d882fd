#include "login/asker.h"

#include <stdio.h>

#include "login/login.h"

/* client= on the PAM line. 1: *ret_client; 0: a verdict is reached. */
static int
find_named(struct login *login, const struct client **ret_client)
{
	const char *id = login->request->client;
	const struct client *client = config_find_client(login->config, id);
	char shown[ID_BYTES_MAX + 1];

	if (client && config_client_serves(client, login->request->service)) {
		*ret_client = client;
		return 1;
	}
	text_copy_word_for_log(id, shown, sizeof(shown));
	(void)snprintf(login->result.detail, sizeof(login->result.detail),
	    "client=%s", shown);
	if (client)
		login_decide(login, VERDICT_FORBIDDEN, "client-service");
	else
		login_decide(login, VERDICT_CONFIG, "client-unknown");
	return 0;
}

/* The Client that the peer's Unix user is a peer of. 1: *ret_client, NULL:
 * none; 0: a verdict is reached; < 0. */
static int
find_own(struct login *login, const struct client **ret_client)
{
	struct nss_user peer;
	int r;

	*ret_client = NULL;
	if (login->config->client_count == 0)
		return 1;
	r = nss_find_uid(login->daemon->nss, login->peer_uid, &peer);
	if (r < 0)
		return login_fail_look_up(login, r);
	if (r > 0)
		*ret_client =
		    config_find_client_by_peer(login->config, peer.name);
	return 1;
}

int
asker_check(struct login *login)
{
	const struct client *named = NULL, *own;
	int r;

	if (login->request->client[0]) {
		r = find_named(login, &named);
		if (r <= 0)
			return r;
	}
	login->client = named;
	if (login->peer_uid == 0)
		return 1;
	r = find_own(login, &own);
	if (r <= 0)
		return r;
	if (named ? own == named
		  : config_client_serves(own, login->request->service)) {
		login->client = own;
		return 1;
	}
	if (!named && login_is_about_peer(login))
		return 1;
	login->client = NULL;
	login_decide(login, VERDICT_FORBIDDEN, "peer-not-allowed");
	return 0;
}

void
asker_resume(struct login *login, const char *client)
{
	const struct client *found;

	if (login->client || !*client)
		return;
	found = config_find_client(login->config, client);
	if (config_client_serves(found, login->request->service))
		login->client = found;
}
