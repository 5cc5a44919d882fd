/*
 * People whom NSS knows, and tokens of theirs, for stages. After login_stage.h;
 * a program includes it once.
 */
#ifndef TOKEN_STAGE_H
#define TOKEN_STAGE_H

#include <pwd.h>

#include "tests/harness/forge.h"

#define KEY   "0123456789abcdef0123456789abcdef"
#define ALICE 1000
#define BOB   1001
#define WEB   33
#define DB    34

static int
find_person(const char *name, uid_t uid, struct passwd *entry, char *buffer,
    size_t size, struct passwd **ret)
{
	static const struct {
		const char *name;
		uid_t uid;
	} people[] = {{"root", 0}, {"alice", ALICE}, {"bob", BOB},
	    {"www-data", WEB}, {"postgres", DB}};

	*ret = NULL;
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		if (name ? !streq(people[i].name, name) : people[i].uid != uid)
			continue;
		(void)snprintf(buffer, size, "%s", people[i].name);
		*entry =
		    (struct passwd){.pw_name = buffer, .pw_uid = people[i].uid};
		*ret = entry;
	}
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return find_person(name, 0, entry, buffer, size, ret);
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return find_person(NULL, uid, entry, buffer, size, ret);
}

/* Good for ten minutes; static. */
static const char *
token_of(const char *sub)
{
	static char token[1024];
	struct forge forge = forge_secret(KEY);
	AUTO_TEXT made = NULL;
	char payload[256];

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"https://idp.example\",\"aud\":\"host\",\"sub\":\"%s\","
	    "\"iat\":%lld,\"exp\":%lld}",
	    sub, (long long)stage_now_unix_s,
	    (long long)stage_now_unix_s + 600);
	made = forge_token(&forge, alg_find("HS256"),
	    "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", payload);
	(void)snprintf(token, sizeof(token), "%s", made);
	forge_done(&forge);
	return token;
}

#endif
