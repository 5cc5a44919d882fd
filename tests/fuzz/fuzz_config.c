/*
 * A configuration of any bytes is read whole or refused with reasons that fit
 * into a log, and what was read can be asked for.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
check_report(const struct config_report *report, bool good)
{
	demand(good == (report->error_count == 0));
	demand(good || report->count > 0);
	for (size_t i = 0; i < report->count; i++)
		demand(text_is_printable(report->messages[i].text,
		    strlen(report->messages[i].text)));
}

static void
check_config(const struct config *config)
{
	const struct auth_config *found;
	AUTO_TEXT why = NULL;
	int r;

	r = config_get_auth_config(config, NULL, &found, &why);
	demand(r == 0 ? found->two_factor.issuer_name != NULL
		      : r == -ENOENT && config->auth_config_count > 1);
	for (size_t i = 0; i < config->auth_config_count; i++)
		demand(id_is_valid(config->auth_configs[i].id));
	for (size_t i = 0; i < config->user_count; i++)
		demand(config_find_user(config, config->users[i].id) ==
		       &config->users[i]);
	for (size_t i = 0; i < config->client_count; i++) {
		const struct client *client = &config->clients[i];

		for (char **p = client->peers; p && *p; p++)
			demand(
			    config_find_client_by_peer(config, *p) == client);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;
	int r;

	r = loader_init(&loader, &report);
	if (r == 0) {
		loader_read(&loader, "fuzz.yaml", (const char *)data, size,
		    size % 2 == 0);
		r = loader_finish(&loader, &config);
	}
	loader_done(&loader);
	demand((r == 0) == (config != NULL));
	if (r == 0 || r == -EINVAL)
		check_report(&report, r == 0);
	if (r == 0)
		check_config(config);
	config_unref(config);
	config_report_done(&report);
	return 0;
}
