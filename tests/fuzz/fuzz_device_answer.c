/*
 * Whatever a provider answers in a device login: what is taken of it can be
 * shown on a terminal, is bounded, and is one event.
 *
 * Input: a byte that chooses what is answered and with which status, and the
 * body.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "login/device_text.h"
#include "token/device_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
demand_ascii(const char *text, size_t bytes_max)
{
	demand(strlen(text) <= bytes_max);
	for (; *text; text++)
		demand(*text >= ' ' && *text <= '~');
}

static void
show(const struct device_grant *grant)
{
	static struct device_text text; /* it is large */
	struct device_text_facts facts = {
	    .user = "alice",
	    .host = "host",
	    .service = "sshd",
	    .from = "",
	    .uri = grant->uri,
	    .user_code = grant->user_code,
	    .qr_uri = grant->complete_uri[0] ? grant->complete_uri : grant->uri,
	    .qr = DEVICE_QR_ASCII,
	};

	demand(device_text_print(&facts, &text) == 0);
	demand(text.count >= 6);
	for (size_t i = 0; i < text.count; i++)
		demand_ascii(text.lines[i].text, DEVICE_TEXT_BYTES_MAX);
}

static void
read_grant(const char *body, size_t size, bool insecure)
{
	struct device_grant grant = {0};
	const char *why = NULL;
	int r = device_grant_parse(body, size, insecure, &grant, &why);

	demand(r == 0 || r == -EBADMSG);
	demand((r < 0) == (why != NULL));
	demand((r == 0) == (grant.device_code != NULL));
	if (r < 0)
		return;
	demand_ascii(grant.user_code, DEVICE_USER_CODE_BYTES_MAX);
	demand_ascii(grant.uri, DEVICE_URI_BYTES_MAX);
	demand_ascii(grant.complete_uri, DEVICE_URI_BYTES_MAX);
	demand(text_after(grant.uri, "https://") ||
	       text_after(grant.uri, "http://"));
	demand(
	    grant.interval_s >= 1 && grant.interval_s <= DEVICE_INTERVAL_S_MAX);
	demand(grant.life_s >= 1 && grant.life_s <= DEVICE_LIFE_S_MAX);
	show(&grant);
	device_grant_done(&grant);
}

static void
read_answer(unsigned status, const char *body, size_t size)
{
	struct device_answer answer = {0};

	demand(device_answer_parse(status, body, size, &answer) == 0);
	demand((answer.event == DEVICE_FAILED) == (answer.why[0] != '\0'));
	demand(text_is_printable(answer.why, strlen(answer.why)));
	if (answer.event == DEVICE_APPROVED) {
		demand(status >= 200 && status < 300);
		demand(answer.id_token || answer.access_token);
	} else {
		demand(!answer.id_token && !answer.access_token);
	}
	device_answer_done(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned statuses[] = {200, 201, 400, 401, 404, 429, 503};
	const char *body = (const char *)data + 1;

	if (size == 0)
		return 0;
	if (data[0] < '2')
		read_grant(body, size - 1, data[0] == '1');
	else
		read_answer(statuses[data[0] % 7], body, size - 1);
	return 0;
}
