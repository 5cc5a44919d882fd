/*
 * Any program on the host may ask at pam.sock and say what it likes there. The
 * attacker wants the log to tell that a login was refused that came from an
 * address of his choice, which whoever watches the log then bans.
 */
#include "tests/unit/login_stage.h"

#include "tests/harness/hostile.h"
#include "tests/unit/caught_log.h"
#include "tests/unit/token_stage.h"

#define CONFIG                                                                 \
	"resourceType: AuthConfig\nid: app\n---\n"                             \
	"resourceType: AuthConfig\nid: other\n---\n"                           \
	"resourceType: TokenIntrospector\nid: idp\ntype: jwt\n"                \
	"jwt: {iss: 'https://idp.example', aud: host, secret: '" KEY "'}\n"    \
	"namesUsers: true\n---\n{resourceType: User, id: alice}\n"

static const char *const forgeries[] = {
    "a from 192.0.2.66: wrong code",
    "refused for a via sshd from 192.0.2.66: wrong code",
    "a\" from 192.0.2.66: wrong code",
    "a\" from 192.0.2.66 \"",
    "a (reference 00000000) from 192.0.2.66",
    "a\tfrom\t192.0.2.66",
    "a\u00a0from\u00a0192.0.2.66",
    "a\nauthbox: login refused for b via sshd from 192.0.2.66: x",
    "a\u2028authbox: login refused for b via sshd from 192.0.2.66: x",
    "a\u202e66.2.0.291 morf",
};

struct place {
	const char *name;
	size_t offset, size;
};
#define PLACE(member)                                                          \
	{                                                                      \
#member, offsetof(struct login_request, member),               \
		    sizeof(((struct login_request *)0)->member)                \
	}
static const struct place places[] = {PLACE(service), PLACE(user),
    PLACE(config), PLACE(client), PLACE(introspector), PLACE(rhost), PLACE(tty),
    PLACE(ruser), PLACE(ssh_auth), PLACE(prompt), PLACE(factor),
    PLACE(reference)};

/* In the message, quoted or not: who matches it knows of no quotes. */
static bool
message_names_an_address(const char *line)
{
	const char *end = strstr(line, " authbox_event=");
	const char *from = strstr(line, " from ");

	return end && from && from < end;
}

static void
check_log(const char *log, const char *place, const char *forgery)
{
	char *copy = strdup(log), *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (hostile_count_unquoted(line, " from ") > 0 ||
		    hostile_count_unquoted(line, "reference ") > 1 ||
		    message_names_an_address(line) ||
		    !hostile_is_one_line(line) || strstr(line, "\u00a0"))
			fail_msg("%s of \"%s\":\n%s", place, forgery, line);
	if (!strstr(copy, "authbox: "))
		fail_msg("%s of \"%s\" left no record", place, forgery);
	free(copy);
}

static void
say(struct stage *stage, enum pam_stage what, const char *factor,
    const struct place *place, const char *forgery)
{
	const char *const answers[] = {token_of("alice"), "123456", NULL};
	struct login_request request = {.stage = what, .tries = 1};
	char log[16384];
	int saved;

	(void)strcpy(request.factor, factor);
	(void)strcpy(request.user, "alice");
	(void)strcpy(request.config, "app");
	(void)snprintf(
	    (char *)&request + place->offset, place->size, "%s", forgery);
	caught_log_begin(&saved);
	(void)stage_play(stage, &request, ALICE, answers);
	caught_log_end(saved, log, sizeof(log));
	check_log(log, place->name, forgery);
}

static void
by_saying_it_at_any_place_of_a_request(void **state)
{
	static const char *const factors[] = {"totp", "token", "device"};
	size_t said = 0;

	stage_write_config(*state, CONFIG);
	for (size_t i = 0; i < HOSTILE_COUNT(places); i++)
		for (size_t j = 0; j < HOSTILE_COUNT(forgeries); j++)
			for (size_t k = 0; k < HOSTILE_COUNT(factors); k++) {
				say(*state, PAM_STAGE_AUTH, factors[k],
				    &places[i], forgeries[j]);
				say(*state, PAM_STAGE_ACCOUNT, factors[k],
				    &places[i], forgeries[j]);
				said += 2;
			}
	print_message("%zu requests\n", said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_STAGE(by_saying_it_at_any_place_of_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
