#include "wire/varlink.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "wire/stream.h"

#define SERVICE "org.varlink.service"

/* What the kernel reports for a uid that has none here (another namespace's):
 * it is many people, hence nobody. */
#define UID_OVERFLOW 65534

struct varlink_server {
	int fd;
	uid_t peer_uid;
	const struct varlink_interface *interfaces;
	varlink_is_self *is_self;
	struct busy *busy;
	void *daemon;
};

/* ---- errors ---- */

/* Failures as callers see them; what is not here is "internal". */
static const struct {
	int number;
	const char *reason;
	const char *message;
} faults[] = {
    {ENOMEM, "no_memory", "authboxd has no memory left; try again."},
    {ENOKEY, "store_key",
	"The store's key is missing or wrong; see `authboxctl status`."},
    {EBADMSG, "store_damaged",
	"The store is damaged; root can run `authboxctl store check`."},
    {EPROTONOSUPPORT, "store_version",
	"The store was made by a newer authboxd; install that one."},
    {EIO, "store_io",
	"The store cannot be read or written; see the log of authboxd."},
    {ENOSPC, "store_io", "The store cannot be written: the disk is full."},
    {EBUSY, "busy", "authboxd is busy with the same thing; try again."},
    {EAGAIN, "busy", "authboxd is busy; try again."},
    {ETIMEDOUT, "timeout", "authboxd had no answer in time; try again."},
};

/* Set the error; its parameters are {key: value}. */
static int
refuse(struct varlink_call *call, const char *error, const char *key,
    const char *value)
{
	AUTO_JSON parameters = cJSON_CreateObject();

	if (!cJSON_AddStringToObject(parameters, key, value))
		return -ENOMEM;
	cJSON_Delete(call->error_parameters);
	call->error = error;
	call->error_parameters = TAKE(parameters);
	return 0;
}

int
varlink_refuse(struct varlink_call *call, const char *error, const char *reason)
{
	return refuse(call, error, "reason", reason);
}

int
varlink_refuse_parameter(struct varlink_call *call, const char *name)
{
	return refuse(call, SERVICE ".InvalidParameter", "parameter", name);
}

static int
refuse_with_message(struct varlink_call *call, const char *error,
    const char *reason, const char *message)
{
	int r = refuse(call, error, "reason", reason);

	if (r < 0)
		return r;
	return cJSON_AddStringToObject(
		   call->error_parameters, "message", message)
		   ? 0
		   : -ENOMEM;
}

/* Turn a failure into an error reply. Without memory it has no parameters. */
static void
refuse_fault(struct varlink_call *call, int r)
{
	const char *reason = "internal";
	const char *message = "authboxd failed; see its log.";
	char method[64];

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].number == -r) {
			reason = faults[i].reason;
			message = faults[i].message;
		}
	text_copy_for_log(call->method, method, sizeof(method));
	log_warning("%s, called by uid %u, failed: %s (%s)", method,
	    (unsigned)call->peer_uid, reason, strerror(-r));

	cJSON_Delete(TAKE(call->error_parameters));
	call->error = VARLINK_ERROR_UNAVAILABLE;
	(void)refuse_with_message(call, call->error, reason, message);
}

/* ---- who may ---- */

static int
is_self(const struct varlink_call *call)
{
	const struct varlink_server *server = call->server;
	const char *user;
	int r;

	r = json_find_text(call->parameters, "user", &user);
	if (r < 0)
		return 0;
	return r > 0 ? server->is_self(server->daemon, call->peer_uid, user)
		     : 1;
}

/* The one place that decides who may call a method. 1 yes; 0 no; < 0: could
 * not find out, which is no. */
static int
peer_may(const struct varlink_call *call, enum varlink_may may)
{
	uid_t uid = call->peer_uid;

	if (may == VARLINK_ANYONE)
		return 1;
	if (uid == (uid_t)-1 || uid == UID_OVERFLOW)
		return 0;

	switch (may) {
	case VARLINK_SELF:
		return uid == 0 ? 1 : is_self(call);
	case VARLINK_ROOT:
		return uid == 0;
	case VARLINK_ANYONE:
	case VARLINK_NOBODY:
	default:
		return 0;
	}
}

static int
refuse_forbidden(struct varlink_call *call, enum varlink_may may)
{
	const char *message = may == VARLINK_SELF
				  ? "Only root may do this for another user."
				  : "Only root may do this.";

	return refuse_with_message(
	    call, VARLINK_ERROR_FORBIDDEN, "not_allowed", message);
}

/* ---- org.varlink.service ---- */

static const char service_description[] =
    "# What every Varlink service says about itself.\n"
    "interface org.varlink.service\n"
    "\n"
    "method GetInfo() -> (\n"
    "  vendor: string,\n"
    "  product: string,\n"
    "  version: string,\n"
    "  url: string,\n"
    "  interfaces: []string\n"
    ")\n"
    "\n"
    "method GetInterfaceDescription(interface: string) ->"
    " (description: string)\n"
    "\n"
    "error InterfaceNotFound (interface: string)\n"
    "error MethodNotFound (method: string)\n"
    "error MethodNotImplemented (method: string)\n"
    "error InvalidParameter (parameter: string)\n"
    "error PermissionDenied ()\n"
    "error ExpectedMore ()\n";

static bool
put_name(cJSON *array, const char *name)
{
	cJSON *item = cJSON_CreateString(name);

	if (cJSON_AddItemToArray(array, item))
		return true;
	cJSON_Delete(item);
	return false;
}

static int
get_info(struct varlink_call *call)
{
	const struct varlink_interface *i = call->server->interfaces;
	cJSON *names;
	bool good;

	call->reply = cJSON_CreateObject();
	names = cJSON_AddArrayToObject(call->reply, "interfaces");
	good = put_name(names, SERVICE);
	for (; good && i->name; i++)
		good = put_name(names, i->name);

	good =
	    good && cJSON_AddStringToObject(call->reply, "vendor", "authbox") &&
	    cJSON_AddStringToObject(call->reply, "product", "authboxd") &&
	    cJSON_AddStringToObject(call->reply, "version", AUTHBOX_VERSION) &&
	    cJSON_AddStringToObject(
		call->reply, "url", "man:authbox-protocol(7)");
	return good ? 0 : -ENOMEM;
}

static int
get_interface_description(struct varlink_call *call)
{
	const struct varlink_interface *i = call->server->interfaces;
	const char *name, *text = NULL;

	if (json_find_text(call->parameters, "interface", &name) != 1)
		return varlink_refuse_parameter(call, "interface");

	if (streq(name, SERVICE))
		text = service_description;
	for (; !text && i->name; i++)
		if (streq(name, i->name))
			text = i->description;
	if (!text)
		return refuse(
		    call, SERVICE ".InterfaceNotFound", "interface", name);

	call->reply = cJSON_CreateObject();
	return cJSON_AddStringToObject(call->reply, "description", text)
		   ? 0
		   : -ENOMEM;
}

static const char *const description_parameters[] = {"interface", NULL};

static const struct varlink_method service_methods[] = {
    {SERVICE ".GetInfo", VARLINK_ANYONE, NULL, get_info, false},
    {SERVICE ".GetInterfaceDescription", VARLINK_ANYONE, description_parameters,
	get_interface_description, false},
    {NULL, VARLINK_NOBODY, NULL, NULL, false},
};

static const struct varlink_interface service_interface = {
    SERVICE, service_description, service_methods};

/* ---- dispatch ---- */

/* Lent; NULL: none of that name. */
static const struct varlink_interface *
find_interface(const struct varlink_server *server, const char *name)
{
	const struct varlink_interface *i = server->interfaces;

	if (streq(name, service_interface.name))
		return &service_interface;
	while (i->name && !streq(i->name, name))
		i++;
	return i->name ? i : NULL;
}

/* 1: *ret is lent; 0: refused, and the call says so; -ENOMEM. */
static int
find_method(struct varlink_call *call, const struct varlink_method **ret)
{
	const char *dot = strrchr(call->method, '.');
	AUTO_TEXT name = strdup(call->method);
	const struct varlink_interface *interface;
	const struct varlink_method *m;

	if (!name)
		return -ENOMEM;
	if (dot)
		name[dot - call->method] = '\0';
	interface = find_interface(call->server, name);
	if (!interface)
		return refuse(
		    call, SERVICE ".InterfaceNotFound", "interface", name);

	for (m = interface->methods; m->name; m++)
		if (streq(call->method, m->name)) {
			*ret = m;
			return 1;
		}
	return refuse(call, SERVICE ".MethodNotFound", "method", call->method);
}

/* Every parameter is known to the method. 1 yes; 0: refused; -ENOMEM. */
static int
has_good_parameters(
    struct varlink_call *call, const struct varlink_method *method)
{
	static const char *const none[] = {NULL};
	const char *unknown;

	if (json_has_only(call->parameters,
		method->parameters ? method->parameters : none, &unknown))
		return 1;
	return varlink_refuse_parameter(call, unknown);
}

/* Optional members of a Varlink object may be left out or null; from here on
 * they are left out. */
static void
drop_nulls(cJSON *object)
{
	cJSON *item = object ? object->child : NULL;

	while (item) {
		cJSON *next = item->next;

		if (cJSON_IsNull(item))
			cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
		item = next;
	}
}

/* Find, check, admit, run: 0 when the call holds what to reply. */
static int
dispatch(struct varlink_call *call, cJSON *parameters)
{
	const struct varlink_method *method;
	int r;

	r = find_method(call, &method);
	if (r <= 0)
		return r;
	r = has_good_parameters(call, method);
	if (r <= 0)
		return r;
	drop_nulls(parameters);
	r = peer_may(call, method->may);
	if (r < 0)
		return r;
	if (r == 0)
		return refuse_forbidden(call, method->may);
	if (method->streams && !call->more) {
		call->error = SERVICE ".ExpectedMore";
		return 0;
	}
	return method->run(call);
}

/* Read the call object. NULL: good; else the name of the member at fault. */
static const char *
read_call(cJSON *object, struct varlink_call *ret_call)
{
	static const char *const members[] = {
	    "method", "parameters", "oneway", "more", "upgrade", NULL};
	const char *unknown;
	bool upgrade = false;

	if (json_find_text(object, "method", &ret_call->method) != 1) {
		ret_call->method = "";
		return "method";
	}
	if (json_find_bool(object, "oneway", &ret_call->oneway) < 0)
		return "oneway";
	if (json_find_bool(object, "more", &ret_call->more) < 0)
		return "more";
	if (json_find_bool(object, "upgrade", &upgrade) < 0 || upgrade)
		return "upgrade";
	if (!json_has_only(object, members, &unknown))
		return unknown;

	ret_call->parameters = json_find(object, "parameters");
	if (ret_call->parameters && !cJSON_IsObject(ret_call->parameters))
		return "parameters";
	return NULL;
}

/* ---- replies ---- */

/* Send {"parameters": …} with `continues` or `error`. Takes `parameters`, NULL
 * for an empty object. */
static int
send_reply(const struct varlink_server *server, const char *error,
    cJSON *take_parameters, bool continues)
{
	AUTO_JSON parameters =
	    take_parameters ? take_parameters : cJSON_CreateObject();
	AUTO_JSON object = cJSON_CreateObject();

	if (error && !cJSON_AddStringToObject(object, "error", error))
		return -ENOMEM;
	if (continues && !cJSON_AddTrueToObject(object, "continues"))
		return -ENOMEM;
	if (!cJSON_AddItemToObject(object, "parameters", parameters))
		return -ENOMEM;
	parameters = NULL; /* the object has it */

	return varlink_frame_send(
	    server->fd, object, stream_now_ms() + VARLINK_WRITE_MS);
}

void
varlink_allow(struct varlink_call *call, int64_t ms)
{
	busy_renew(call->server->busy, &call->work, ms);
}

int
varlink_reply_part(struct varlink_call *call, cJSON *take_parameters)
{
	int r;

	if (!take_parameters)
		return -ENOMEM;
	if (call->oneway) {
		cJSON_Delete(take_parameters);
		return 0;
	}
	r = send_reply(call->server, NULL, take_parameters, true);
	if (r < 0 && r != -ENOMEM && r != -EMSGSIZE)
		call->broken = r;
	varlink_allow(call, VARLINK_CALL_MS);
	return r;
}

static int
reply(struct varlink_call *call)
{
	cJSON *parameters =
	    call->error ? TAKE(call->error_parameters) : TAKE(call->reply);

	if (call->oneway) {
		cJSON_Delete(parameters);
		return 0;
	}
	return send_reply(call->server, call->error, parameters, false);
}

/* One call, answered. < 0: the connection is of no use any more. */
static int
serve_call(const struct varlink_server *server, cJSON *object)
{
	struct varlink_call call = {
	    .daemon = server->daemon,
	    .peer_uid = server->peer_uid,
	    .deadline_ms = stream_now_ms() + VARLINK_CALL_MS,
	    .server = server,
	};
	const char *fault = read_call(object, &call);
	cJSON *parameters =
	    cJSON_GetObjectItemCaseSensitive(object, "parameters");
	int r;

	busy_work_init(&call.work, -1, VARLINK_CALL_MS);
	busy_enter(server->busy, &call.work);
	r = fault ? varlink_refuse_parameter(&call, fault)
		  : dispatch(&call, parameters);
	if (r < 0 && !call.broken)
		refuse_fault(&call, r);
	r = call.broken ? call.broken : reply(&call);
	if (r == -ENOMEM || r == -EMSGSIZE) {
		/* Nothing was sent yet, so the caller can still be told. */
		refuse_fault(&call, r);
		r = reply(&call);
	}
	busy_leave(server->busy, &call.work);
	cJSON_Delete(call.reply);
	cJSON_Delete(call.error_parameters);
	return r;
}

void
varlink_serve(int fd, uid_t peer_uid,
    const struct varlink_interface *interfaces, varlink_is_self *is_self_peer,
    struct busy *busy, void *daemon)
{
	struct varlink_server server = {
	    fd, peer_uid, interfaces, is_self_peer, busy, daemon};
	struct varlink_frame_buffer buffer = {0};
	int r;

	varlink_frame_buffer_wait(&buffer, fd, VARLINK_IDLE_MS);
	do {
		AUTO_JSON object = NULL;

		r = varlink_frame_receive(fd, &buffer,
		    stream_now_ms() + VARLINK_IDLE_MS, VARLINK_FRAME_MS,
		    &object);
		if (r == 0)
			r = serve_call(&server, object);
	} while (r == 0);

	if (r != -ECONNRESET)
		log_debug("connection of uid %u ends: %s", (unsigned)peer_uid,
		    strerror(-r));
	varlink_frame_buffer_done(&buffer);
}
