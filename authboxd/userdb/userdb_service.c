#include "userdb/userdb_service.h"

#include <errno.h>

#include "wire/private_socket.h"

#define INTERFACE "io.authbox.Userdb"
#define PART_MAX  32 /* accounts in one reply */

static const char description[] =
#include "authbox/io.authbox.Userdb.varlink.inc"
    ;

static int
refuse(struct varlink_call *call, const struct rule_refusal *refusal)
{
	int r = varlink_refuse(call, INTERFACE ".Refused", refusal->reason);

	if (r < 0)
		return r;
	return cJSON_AddStringToObject(
		   call->error_parameters, "message", refusal->message)
		   ? 0
		   : -ENOMEM;
}

static int
publish(struct varlink_call *call)
{
	struct rule_refusal refusal = {0};
	AUTO(account) account = NULL;
	const char *wrong = "user";
	int r;

	r = account_parse(
	    json_find(call->parameters, "user"), &account, &wrong);
	if (r == -EINVAL)
		return varlink_refuse_parameter(call, wrong);
	if (r == 0)
		r = userdb_publish(call->daemon, account, &refusal);
	return r == 0 ? refuse(call, &refusal) : r < 0 ? r : 0;
}

static int
withdraw(struct varlink_call *call)
{
	struct rule_refusal refusal = {0};
	const char *name;
	int64_t uid;
	int r;

	if (json_find_text(call->parameters, "name", &name) != 1)
		return varlink_refuse_parameter(call, "name");
	if (json_find_int(call->parameters, "uid", &uid) != 1 || uid < 0 ||
	    uid > UINT32_MAX)
		return varlink_refuse_parameter(call, "uid");
	r = userdb_withdraw(call->daemon, name, (uint32_t)uid, &refusal);
	return r == 0 ? refuse(call, &refusal) : r < 0 ? r : 0;
}

/* Add one account, or the id that he had. */
static bool
put_account(cJSON *users, cJSON *reserved, const struct account *account)
{
	cJSON *item = account->withdrawn ? cJSON_CreateNumber(account->uid)
					 : account_print(account);

	if (cJSON_AddItemToArray(account->withdrawn ? reserved : users, item))
		return true;
	cJSON_Delete(item);
	return false;
}

/* The accounts from an id on. *ret_next is the id after them, 0: that was all.
 */
static cJSON *
part_new(struct roll *roll, uint32_t uid, uint32_t *ret_next)
{
	struct account *accounts[PART_MAX];
	AUTO_JSON part = cJSON_CreateObject();
	cJSON *users = cJSON_AddArrayToObject(part, "users");
	cJSON *reserved = cJSON_AddArrayToObject(part, "reserved");
	int count = roll_list(roll, uid, accounts, PART_MAX);
	bool good = users && reserved && count >= 0;

	*ret_next = count == PART_MAX ? accounts[count - 1]->uid + 1 : 0;
	for (int i = 0; i < count; i++) {
		good = good && put_account(users, reserved, accounts[i]);
		account_free(accounts[i]);
	}
	return good ? TAKE(part) : NULL;
}

static int
list(struct varlink_call *call)
{
	const struct userdb *userdb = call->daemon;
	uint32_t next = 0;
	cJSON *part;
	int r;

	while ((part = part_new(userdb->roll, next, &next)) && next != 0) {
		r = varlink_reply_part(call, part);
		if (r < 0)
			return r;
	}
	call->reply = part;
	return part ? 0 : -ENOMEM;
}

static int
propose(struct varlink_call *call)
{
	struct rule_refusal refusal = {0};
	struct proposal proposal;
	const char *name;
	bool good;
	int r;

	if (json_find_text(call->parameters, "name", &name) != 1)
		return varlink_refuse_parameter(call, "name");
	r = userdb_propose(call->daemon, name, &proposal, &refusal);
	if (r == 0)
		return refuse(call, &refusal);
	if (r > 0)
		call->reply = cJSON_CreateObject();
	good = r > 0 &&
	       cJSON_AddNumberToObject(call->reply, "uid", proposal.uid) &&
	       cJSON_AddStringToObject(call->reply, "home", proposal.home) &&
	       cJSON_AddStringToObject(call->reply, "shell", proposal.shell) &&
	       cJSON_AddBoolToObject(call->reply, "settled", proposal.settled);
	free(proposal.shell);
	return r < 0 ? r : good ? 0 : -ENOMEM;
}

static const char *const user_parameters[] = {"user", NULL};
static const char *const withdraw_parameters[] = {"name", "uid", NULL};
static const char *const name_parameters[] = {"name", NULL};

/* Who may: private_socket_serve() has decided. */
static const struct varlink_method methods[] = {
    {INTERFACE ".Publish", VARLINK_ANYONE, user_parameters, publish, false},
    {INTERFACE ".Withdraw", VARLINK_ANYONE, withdraw_parameters, withdraw,
	false},
    {INTERFACE ".List", VARLINK_ANYONE, NULL, list, true},
    {INTERFACE ".Propose", VARLINK_ANYONE, name_parameters, propose, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};

static const struct varlink_interface interfaces[] = {
    {INTERFACE, description, methods},
    {NULL, NULL, NULL},
};

void
userdb_service_serve(const struct connection *connection)
{
	const struct userdb_service *service = connection->context;

	private_socket_serve(
	    connection, service->owner, interfaces, service->userdb);
}
