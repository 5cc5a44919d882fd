/* What is written about policies works as it says: the examples of the manual
 * page load, and the samples let in whom they are for. */
#include "tests/unit/policy_host.h"

#define PAGE	     "man/authbox-policy.5"
#define SAMPLES	     "dist/resources/policies.yaml"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static char *
read_text(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(path, "re");

	assert_non_null(text);
	if (!file)
		fail_msg("run this in the top folder: no %s", path);
	assert_in_range(fread(text, 1, 65535, file), 1, 65534);
	(void)fclose(file); /* it was only read */
	return text;
}

/* The samples, with the first "#" of each line that has no blank behind it
 * taken away, and with what they presume. */
static struct config *
load_samples(void)
{
	static const char presumed[] =
	    "---\n{resourceType: Role, name: database-user, user: {id: dora}}\n"
	    "---\n{resourceType: User, id: carl, data: {contract: 7}}\n"
	    "---\n{resourceType: User, id: hanna, data: {host: h1}}\n"
	    "---\n{resourceType: User, id: hugo, data: {host: h2}}\n";
	AUTO_TEXT text = read_text(SAMPLES);
	AUTO_TEXT yaml = NULL;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);

	assert_non_null(out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (line[0] == '#' && strncmp(line, "# ", 2) != 0)
			fprintf(out, "%s\n", line + 1);
		else if (strncmp(line, "#  ", 3) == 0)
			fprintf(out, "%s\n", line + 1);
	fputs(presumed, out);
	assert_int_equal(fclose(out), 0);
	return host_load(yaml);
}

/* Without "'iss'", which all of them have. */
#define STAFF "'iss': 'https://login.example.org/realms/staff', "

struct visit {
	const char *user, *service, *address, *claims;
	const char *group;
	const char *policy; /* that lets him in; "": none */
	int64_t later_s;    /* than HOST_NOW, a Monday, 14:13:20 */
};

static const struct visit visits[] = {
    {"alice", "sshd", NULL, "{}", NULL, "alice-by-ssh", 0},
    {"alice", "sudo", NULL, "{}", NULL, "", 0},
    {"bob", "sshd", "10.1.2.3", "{" STAFF "'groups': ['x', 'shell']}", NULL,
	"staff-by-ssh", 0},
    {"bob", "sshd", "2001:db8::9", "{" STAFF "'groups': ['shell']}", NULL,
	"staff-by-ssh", 0},
    {"bob", "sshd", "11.1.2.3", "{" STAFF "'groups': ['shell']}", NULL, "", 0},
    {"bob", "sshd", NULL, "{" STAFF "'groups': ['shell']}", NULL, "", 0},
    {"bob", "sshd", "10.1.2.3", "{" STAFF "'groups': ['x']}", NULL, "", 0},
    {"bob", "sshd", "10.1.2.3",
	"{'iss': 'https://evil.example', 'groups': ['shell']}", NULL, "", 0},
    {"bob", "sudo", NULL,
	"{" STAFF "'auth_time': 1789999800, 'amr': ['pwd', 'otp']}", "sudo",
	"sudo-step-up", 0},
    {"bob", "sudo", NULL, "{" STAFF "'auth_time': 1789999800, 'amr': ['hwk']}",
	"sudo", "sudo-step-up", 0},
    {"bob", "sudo", NULL, "{" STAFF "'auth_time': 1789999699, 'amr': ['otp']}",
	"sudo", "", 0},
    {"bob", "sudo", NULL, "{" STAFF "'amr': ['otp']}", "sudo", "", 0},
    {"bob", "sudo", NULL, "{" STAFF "'auth_time': 1789999800, 'amr': ['pwd']}",
	"sudo", "", 0},
    {"bob", "sudo", NULL, "{" STAFF "'auth_time': 1789999800, 'amr': ['otp']}",
	"users", "", 0},
    {"dora", "postgresql", NULL, "{}", NULL, "database-users", 0},
    {"bob", "postgresql", NULL, "{}", NULL, "", 0},
    {"carl", "sshd", NULL, "{}", NULL, "contractors-by-day", 0},
    {"carl", "sshd", NULL, "{}", NULL, "", 4 * 3600},
    {"carl", "sshd", NULL, "{}", NULL, "", 5 * 86400},
    {"bob", "sshd", NULL, "{}", NULL, "", 0},
};

static void
the_samples_let_in_whom_they_are_for(void **state)
{
	struct config *config = load_samples();

	(void)state;
	for (size_t i = 0; i < COUNT(visits); i++) {
		const struct visit *visit = &visits[i];
		AUTO_JSON claims = host_json(visit->claims);
		struct policy_request request = host_request(config, claims);
		AUTO_TEXT group = visit->group ? strdup(visit->group) : NULL;
		char *const groups[] = {group, NULL};
		struct policy_verdict verdict;

		request.user = visit->user;
		request.service = visit->service;
		request.remote_addr = visit->address;
		request.client_id = "database";
		request.groups = groups;
		request.now_unix_s += visit->later_s;
		assert_int_equal(policy_decide(&request, &verdict), 0);
		if (!streq(verdict.policy_id, visit->policy))
			fail_msg("%s by %s: %s (%s), row %zu", visit->user,
			    visit->service, verdict.policy_id, verdict.why, i);
	}
	config_unref(config);
}

static void
the_sample_for_all_logins_knows_its_people(void **state)
{
	static const struct {
		const char *user;
		bool is_allowed;
	} people[] = {
	    {"root", true}, {"hanna", true}, {"hugo", false}, {"bob", false}};
	struct config *config = load_samples();

	(void)state;
	for (size_t i = 0; i < COUNT(people); i++) {
		struct policy_request request = host_request(config, NULL);
		struct policy_verdict verdict;

		request.question = POLICY_OTHER_ACCOUNT;
		request.user = people[i].user;
		assert_int_equal(policy_decide(&request, &verdict), 0);
		assert_int_equal(verdict.is_allowed, people[i].is_allowed);
	}
	config_unref(config);
}

static void
the_examples_of_the_page_load(void **state)
{
	AUTO_TEXT page = read_text(PAGE);
	const char *at = page;
	unsigned count = 0;

	(void)state;
	while ((at = strstr(at, ".Bd -literal -offset indent\nresourceType"))) {
		const char *end = strstr(at, ".Ed\n");
		AUTO_TEXT yaml = NULL;
		struct config *config;

		assert_non_null(end);
		at = strchr(at, '\n') + 1;
		yaml = strndup(at, (size_t)(end - at));
		assert_non_null(yaml);
		/* roff's way to write a single quote */
		for (char *quote; (quote = strstr(yaml, "\\(aq"));)
			memmove(quote + 1, quote + 4, strlen(quote + 3)),
			    *quote = '\'';
		config = host_load(yaml);
		assert_int_equal(config->policy_count, 1);
		config_unref(config);
		count++;
	}
	assert_true(count >= 6);
}

static int
set_zone(void **state)
{
	(void)state;
	return setenv("TZ", "UTC0", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_samples_let_in_whom_they_are_for),
	    cmocka_unit_test(the_sample_for_all_logins_knows_its_people),
	    cmocka_unit_test(the_examples_of_the_page_load),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
