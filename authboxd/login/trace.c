#include "login/trace.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "login/login.h"
#include "notify/audit.h"

#define TEXT_BYTES 96
#define LINE_BYTES 512

void
trace_step(const struct login *login, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	if (!log_is_debug())
		return;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* may cut */
	va_end(arguments);
	log_debug(
	    "login %.*s: %s", AUDIT_REFERENCE_DIGITS, login->reference, line);
}

void
trace_prepared(const struct login *login)
{
	const struct login_request *request = login->request;
	char service[TEXT_BYTES], factor[TEXT_BYTES];

	if (!log_is_debug())
		return;
	text_copy_for_log(request->service, service, sizeof(service));
	text_copy_for_log(request->factor, factor, sizeof(factor));
	trace_step(login, "%s of %s for service %s, asked by uid %u%s%s",
	    request->stage == PAM_STAGE_AUTH ? "auth" : "account", factor,
	    service, (unsigned)login->peer_uid,
	    login->client ? " as Client " : "",
	    login->client ? login->client->id : "");
	trace_step(login, "user %s%s, from %s",
	    login->user_is_known ? login->user.name
				 : "unknown to NSS (name not logged)",
	    login->user_is_inactive ? ", inactive" : "",
	    login->origin.is_local     ? "this host"
	    : login->origin.is_trusted ? login->origin.address
				       : "an address that is not believed");
	if (login->auth_config)
		trace_step(login, "AuthConfig %s", login->auth_config->id);
}
