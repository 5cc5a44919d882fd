#include "login/device_origin.h"

#include <stdio.h>
#include <string.h>

#include "base/network.h"
#include "factor/attempt.h"
#include "login/login.h"
#include "login/pending.h"
#include "store/store.h"
#include "users/user_record.h"
#include "users/user_record_update.h"

#define AGAIN_S 86400 /* written no more often than once a day */

/* sudo and su tell who asks. A program that does not, such as login, has
 * nobody to tell of, and the terminal is its own. polkit's helper, which any
 * user of the host may run for any other, tells of neither. */
static bool
is_of_himself(const struct login_request *request)
{
	if (!request->ruser[0])
		return request->tty[0] != '\0';
	return streq(request->ruser, request->user) ||
	       streq(request->ruser, "root");
}

/* 1: this user has logged in from that address. */
static bool
is_known_address(const struct login *login)
{
	AUTO(secret) value = NULL;
	AUTO(user_record) record = NULL;
	struct attempt attempt;
	char key[LOGIN_KEY_BYTES];

	if (!login->user_is_known)
		return false;
	user_record_key(login->user.name, key);
	if (store_get(login->daemon->store, key, &value) <= 0 ||
	    user_record_parse(
		value, login->user.name, login->user.uid, &record) <= 0)
		return false;
	login_describe_attempt(login, &attempt);
	return attempt_is_known(record, &attempt);
}

static void
print_network(const char *address, char *ret_text, size_t size)
{
	char text[NETWORK_TEXT_BYTES] = "";
	struct network network;

	if (network_parse_address(address, &network)) {
		network_widen(
		    &network, DEVICE_ORIGIN_BITS_IPV4, DEVICE_ORIGIN_BITS_IPV6);
		(void)network_print_address(&network, text);
	}
	(void)snprintf(ret_text, size, "net %s", text);
}

void
device_origin_read(const struct login *login, struct device_origin *ret_origin)
{
	const struct login_request *request = login->request;
	const struct origin *origin = &login->origin;
	char *text = ret_origin->text;
	size_t size = sizeof(ret_origin->text);

	ret_origin->is_known = false;
	if (login->peer_uid != 0) {
		(void)snprintf(text, size, "uid %u", (unsigned)login->peer_uid);
	} else if (origin->is_local) {
		ret_origin->is_known = is_of_himself(request);
		(void)snprintf(text, size, "local %s",
		    ret_origin->is_known ? "" : request->ruser);
	} else if (origin->is_trusted) {
		ret_origin->is_known = is_known_address(login);
		if (ret_origin->is_known)
			(void)snprintf(text, size, "at %s", origin->address);
		else
			print_network(origin->address, text, size);
	} else {
		(void)snprintf(text, size, "host %s", request->rhost);
	}
}

void
device_origin_remember(const struct login *login, struct pending_login *pending)
{
	if (login->origin.is_trusted)
		(void)stpcpy(pending->device_address, login->origin.address);
}

/* ---- in account ---- */

static int
keep_decide(void *context, struct user_record *record, bool clock_is_behind)
{
	const struct attempt *attempt = context;
	const struct address *address =
	    user_record_find_address(record, attempt->address);

	if (clock_is_behind || (address && address->success_unix_s + AGAIN_S >
					       attempt->now_unix_s))
		return 0;
	attempt_note_address(record, attempt);
	return 1;
}

void
device_origin_keep(struct login *login, const struct pending_login *pending)
{
	struct attempt attempt;
	char key[LOGIN_KEY_BYTES];

	if (!pending->device_address[0] || !login->user_is_known)
		return;
	login_describe_attempt(login, &attempt);
	attempt.address = pending->device_address;
	attempt.address_is_trusted = true;
	user_record_key(login->user.name, key);
	(void)user_record_update(login->daemon->store, key, login->user.name,
	    login->user.uid, attempt.now_unix_s, keep_decide,
	    &attempt); /* he stays a stranger */
}
