#include "config/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/shape.h"
#include "config/tables.h"

char *
check_default_issuer(void)
{
	char name[65] = "";

	if (gethostname(name, sizeof(name) - 1) < 0 ||
	    !shape_issuer.match(name))
		return strdup("authbox");
	return strdup(name);
}

void
check_auth_config(
    struct report *report, unsigned line, const char *shown, void *auth_config)
{
	struct two_factor *tf =
	    &((struct auth_config *)auth_config)->two_factor;

	(void)shown;
	if (!tf->issuer_name)
		tf->issuer_name = check_default_issuer();
	if (!tf->issuer_name)
		report->failure = -ENOMEM;

	if (tf->grace_until_unix_s != 0 && tf->enrolment != ENROLMENT_REQUIRE)
		report_note(report, line, "twoFactor.graceUntil",
		    "has no effect without \"enrolment: require\"");
	if (tf->webhook.header_count > 0 && !tf->webhook.endpoint)
		report_error(report, line, "twoFactor.webhook.endpoint",
		    "is missing, but there are headers for it; add the URL "
		    "or remove the headers");
}

void
check_exempt(
    struct report *report, unsigned line, const char *shown, void *object)
{
	const struct exempt *exempt = object;
	bool passed =
	    exempt->until_unix_s != 0 && exempt->until_unix_s <= clock_unix_s();

	if (!exempt->group && !exempt->network && !exempt->service)
		report_error(report, line, shown,
		    "would exempt everybody; give a group, a network or a "
		    "service");
	else if (passed)
		report_note(report, line, shown,
		    "has no effect any more: its \"until\" has passed");
	else if (exempt->network && shape_is_any_network(exempt->network))
		report_note(report, line, shown,
		    "%s holds every address, so this exempts logins from "
		    "everywhere",
		    exempt->network);
}

void
check_client(
    struct report *report, unsigned line, const char *shown, void *object)
{
	const struct client *client = object;
	bool peers = client->peers && client->peers[0];
	bool services = client->services && client->services[0];

	(void)shown;
	if (peers && !services)
		report_error(report, line, "services",
		    "is missing, so these peers could ask for nothing; list "
		    "the PAM services that they may ask for");
	if (services && !peers && !client->secret)
		report_note(report, line, "services",
		    "has no effect without peers (the Unix users that may "
		    "ask) and without a secret");
}

void
check_aidbox_config(
    struct report *report, unsigned line, const char *shown, void *object)
{
	struct aidbox_config *aidbox = object;
	const char *wanted = aidbox->default_provider;

	(void)shown;
	if (!wanted && aidbox->provider_count == 1) {
		aidbox->default_provider = strdup(aidbox->providers[0].name);
		if (!aidbox->default_provider)
			report->failure = -ENOMEM;
		return;
	}
	if (!wanted && aidbox->provider_count > 1)
		report_error(report, line, "provider.default",
		    "is missing; name the provider that notices go to");
	for (size_t i = 0; wanted && i < aidbox->provider_count; i++)
		if (streq(aidbox->providers[i].name, wanted))
			return;
	if (wanted)
		report_error(report, line, "provider.default",
		    "no provider is named %s; name one that stands beside it",
		    wanted);
}

void
check_settings(
    struct report *report, unsigned line, const char *shown, void *object)
{
	const struct settings *settings = object;

	(void)shown;
	if (settings->connections_per_uid > settings->connections_max)
		report_error(report, line, "limits.connectionsPerUid",
		    "is more than limits.connections (%u); make it less",
		    settings->connections_max);
}
