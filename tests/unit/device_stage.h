/* A stage with a provider that plays a script: for tests that include this
 * once.
 */
#ifndef DEVICE_STAGE_H
#define DEVICE_STAGE_H

#include "login_stage.h"

#include <pwd.h>

#include "login/device_budget.h"
#include "login/device_flows.h"
#include "tests/harness/forge.h"
#include "tests/harness/issuer_box.h"
#include "tests/unit/fake_fetch.h"
#include "wire/pause.h"

#define KEY   "0123456789abcdef0123456789abcdef"
#define ALICE 1000

#define CONFIG(device, policy)                                                 \
	"resourceType: AuthConfig\nid: app\n" device "---\n"                   \
	"resourceType: TokenIntrospector\nid: idp\ntype: jwt\n"                \
	"jwt: {iss: 'https://idp.example', aud: ssh, secret: '" KEY "'}\n"     \
	"namesUsers: true\n"                                                   \
	"identity_provider: {reference: IdentityProvider/idp}\n"               \
	"---\nresourceType: IdentityProvider\nid: idp\n"                       \
	"device_authorization_endpoint: https://idp.example/device\n"          \
	"token_endpoint: https://idp.example/token\n"                          \
	"client: {id: host1, secret: 'a b'}\nscopes: [openid, email]\n"        \
	"---\n{resourceType: User, id: alice}\n"                               \
	"---\n{resourceType: User, id: bob}\n"                                 \
	"---\n" policy "\n"
#define ON	"deviceLogin: {enabled: true, qr: none}\n"
#define ANYBODY "{resourceType: AccessPolicy, id: all, engine: allow}"

#define BEGIN                                                                  \
	"{\"device_code\":\"dc-1\",\"user_code\":\"WDJB-MJHT\","               \
	"\"verification_uri\":\"https://idp.example/d\",\"expires_in\":600,"   \
	"\"interval\":1}"
#define PENDING "{\"error\":\"authorization_pending\"}"

/* ---- time ---- */

/* Takes the place of wire/pause.c: no time passes here. */
static size_t pauses;
static int64_t shortest_pause_ms;
static int pause_result;

int
pause_until(int fd, int64_t until_ms)
{
	int64_t left_ms = until_ms - stream_now_ms();

	(void)fd;
	if (pauses++ == 0 || left_ms < shortest_pause_ms)
		shortest_pause_ms = left_ms;
	return pause_result;
}

/* ---- people ---- */

int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	bool is_there = streq(name, "alice");

	(void)snprintf(buffer, size, "alice");
	*entry = (struct passwd){.pw_name = buffer, .pw_uid = ALICE};
	*ret = is_there ? entry : NULL;
	return 0;
}

/* ---- the provider ---- */

#define ANSWERS_MAX 8

struct provider {
	struct fake_fetch fetch;
	char link[96];
	char *replies[ANSWERS_MAX + 1];
};

struct answer {
	unsigned status;
	const char *body;
};

/* Answers in turn; the last one for ever. */
static void
provider_start(struct stage *stage, struct provider *provider,
    const struct answer answers[], size_t count)
{
	assert_true(count <= ANSWERS_MAX);
	*provider = (struct provider){0};
	for (size_t i = 0; i < count; i++)
		provider->replies[i] =
		    issuer_box_reply(answers[i].status, answers[i].body);
	fake_fetch_start(
	    &provider->fetch, (const char *const *)provider->replies);
	(void)snprintf(provider->link, sizeof(provider->link), "%s",
	    stage->daemon.fetch_socket);
	assert_int_equal(symlink(provider->fetch.path, provider->link), 0);
}

static void
provider_stop(struct provider *provider)
{
	fake_fetch_stop(&provider->fetch);
	assert_int_equal(unlink(provider->link), 0);
	for (size_t i = 0; provider->replies[i]; i++)
		free(provider->replies[i]);
}

/* What it was asked, as a form; "" beyond the last question. */
__attribute__((unused)) static const char *
provider_form(struct provider *provider, size_t at)
{
	const char *body = "";

	if (at < provider->fetch.count)
		(void)json_find_text(
		    fake_fetch_question(&provider->fetch, at + 1), "body",
		    &body);
	return body;
}

static char *
token_with(const char *header, const char *sub, const char *aud)
{
	struct forge forge = forge_secret(KEY);
	char payload[256], *token;

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"https://idp.example\",\"aud\":\"%s\",\"sub\":\"%s\","
	    "\"iat\":%lld,\"exp\":%lld}",
	    aud, sub, (long long)stage_now_unix_s,
	    (long long)stage_now_unix_s + 600);
	token = forge_token(&forge, alg_find("HS256"), header, payload);
	forge_done(&forge);
	return token;
}

/* An answer of the token endpoint; static. */
static const char *
approval(const char *id_token, const char *access_token)
{
	static char body[4096];

	(void)snprintf(body, sizeof(body),
	    "{\"token_type\":\"Bearer\",\"refresh_token\":\"rt-secret\","
	    "\"access_token\":\"%s\"%s%s%s}",
	    access_token ? access_token : "opaque",
	    id_token ? ",\"id_token\":\"" : "", id_token ? id_token : "",
	    id_token ? "\"" : "");
	return body;
}

static struct played
log_in_from(struct stage *stage, const char *user, const char *address,
    const char *const answers[])
{
	struct login_request request = {.factor = "device"};

	(void)strcpy(request.user, user);
	(void)strcpy(request.rhost, address);
	pauses = 0;
	return stage_play(stage, &request, 0, answers);
}

__attribute__((unused)) static struct played
log_in(struct stage *stage, const char *user, const char *const answers[])
{
	return log_in_from(stage, user, "192.0.2.1", answers);
}

/* Where nobody has begun a login: strangers may not begin many. Static. */
__attribute__((unused)) static const char *
another_address(void)
{
	static char address[32];
	static unsigned next;

	(void)snprintf(address, sizeof(address), "10.0.%u.1", next++ % 256);
	return address;
}

/* Take places that nobody leaves. */
__attribute__((unused)) static void
occupy(
    struct stage *stage, const char *user, const char *origin, unsigned count)
{
	const struct device_asker asker = {user, origin, false};
	uint64_t ticket;

	for (unsigned i = 0; i < count; i++)
		assert_null(device_flows_enter(stage->daemon.device_flows,
		    &asker, stream_now_ms(), &ticket));
}

static const char *const enter[] = {"", "", "", "", "", "", NULL};

__attribute__((unused)) static void
expect(const struct played *played, enum verdict verdict, const char *reason)
{
	if (played->verdict != verdict || !streq(played->reason, reason))
		fail_msg("%d %s instead of %d %s", played->verdict,
		    played->reason, verdict, reason);
	assert_int_equal(verdict == VERDICT_ALLOW, played->reference[0] != 0);
}

#endif
