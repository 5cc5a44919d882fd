/*
 * What comes of the claims of a provider, from the text of its answer to the
 * files of nss-systemd: trials with one value at one place, and what must hold
 * whatever the value is. A program includes it once.
 */
#ifndef TESTS_HARNESS_CLAIMS_TRIAL_H
#define TESTS_HARNESS_CLAIMS_TRIAL_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "config/loader.h"
#include "notify/audit.h"
#include "tests/harness/hostile.h"
#include "userdb/dropin.h"
#include "userdb/rule.h"
#include "users/new_person.h"
#include "users/profile.h"
#include "users/subject.h"

#define ISSUER "https://idp.example"
#define UID    70007

/* ---- configurations ---- */

/* What a rule makes of a value, for the tests' own check: `before` NAME
 * `after`, letters made small or not. */
static const struct rule {
	const char *username; /* of Provisioning */
	const char *before, *after;
	const char *added; /* what the replacement puts before the name */
	const char *also;  /* characters besides a-z 0-9 _ - */
	size_t max;
	bool folds;
} rules[] = {
    {"claim: login, case: keep", "", "", "", "", 31, false},
    {"claim: login", "", "", "", "", 31, true},
    {"claim: login, pattern: '^(.*)@example\\.org$', replacement: '\\1'", "",
	"@example.org", "", "", 31, true},
    {"claim: login, case: keep, pattern: '([^@]+)@example\\.org'", "",
	"@example.org", "", "", 31, false},
    {"claim: login, pattern: '(.*)', replacement: 'x-\\1'", "", "", "x-", "",
	31, true},
    {"claim: login, characters: dots", "", "", "", ".", 31, true},
    {"claim: login, characters: mail", "", "", "", ".@", 64, true},
    {"claim: login, names: 'emp-[0-9]+'", "", "", "", "", 31, true},
    {"claim: login, pattern: '(.+)-7', case: keep", "", "-7", "", "", 31,
	false},
};

static const char tokens_yaml[] =
    "{resourceType: IdentityProvider, id: idp, issuer: '" ISSUER "',\n"
    " toScim: {nick: [displayName], dept: [data, org, unit]}}\n"
    "---\n{resourceType: TokenIntrospector, id: idp, type: jwt,\n"
    " jwt: {secret: 0123456789abcdef0123456789abcdef, aud: x},\n"
    " identity_provider: {reference: IdentityProvider/idp}}\n";

static struct config *
load_config(const struct rule *rule)
{
	struct config_report report = {0};
	struct config *config = NULL;
	struct loader loader;
	char yaml[1024];

	(void)snprintf(yaml, sizeof(yaml),
	    "resourceType: Provisioning\n"
	    "uidRange: {min: 70000, max: 70999}\n"
	    "username: {%s}\n"
	    "groups: {map: [{value: d, group: box-users},"
	    " {value: a, group: sudo, powerful: true}]}\n",
	    rule->username);
	assert_int_equal(loader_init(&loader, &report), 0);
	loader_read(&loader, "userdb.yaml", yaml, strlen(yaml), false);
	loader_read(
	    &loader, "tokens.yaml", tokens_yaml, strlen(tokens_yaml), false);
	if (loader_finish(&loader, &config) != 0)
		fail_msg("%s", report.messages[0].text);
	loader_done(&loader);
	config_report_done(&report);
	return config;
}

/* ---- one row ---- */

struct trial {
	const struct rule *rule;
	struct config *config;
	const char *claims; /* "%s" is the value */
	int dropins;	    /* a folder, emptied after each row */
	size_t rows, made, refused, unread;
	/* Of this row. */
	const char *bytes;
	size_t size;
	cJSON *info;
	char *published; /* the account of the row before */
};

__attribute__((format(printf, 2, 3), noreturn)) static void
fail_row(const struct trial *trial, const char *format, ...)
{
	char what[256];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	print_error("username {%s}, claims %s, value of %zu bytes:\n",
	    trial->rule->username, trial->claims, trial->size);
	for (size_t i = 0; i < trial->size && i < 80; i++)
		print_error("%02x ", (unsigned char)trial->bytes[i]);
	print_error("\n");
	fail_msg("%s", what);
	abort();
}

/* ---- names ---- */

static char
folded(const struct rule *rule, char c)
{
	return (char)(rule->folds && c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* The value is what this name was made of, and would be nobody else's. */
static bool
is_made_of(const struct trial *trial, const char *name)
{
	const struct rule *rule = trial->rule;
	size_t added = strlen(rule->added), before = strlen(rule->before);
	size_t after = strlen(rule->after), size = strlen(name) - added;
	const char *value = trial->bytes;

	if (strncmp(name, rule->added, added) != 0 ||
	    trial->size != before + size + after ||
	    memcmp(value, rule->before, before) != 0 ||
	    memcmp(value + before + size, rule->after, after) != 0)
		return false;
	for (size_t i = 0; i < size; i++)
		if (folded(rule, value[before + i]) != name[added + i])
			return false;
	return true;
}

/* Names that a host keeps for itself, not all of those. */
static bool
means_something(const char *name)
{
	static const char *const names[] = {"root", "toor", "nobody", "daemon",
	    "www-data", "sshd", "sudo", "docker", "wheel", "adm", "lxd",
	    "shadow", "disk", "postgres", "authbox", "authbox-userdb", "users"};

	for (size_t i = 0; i < HOSTILE_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, "systemd-", 8) == 0;
}

static void
check_name(const struct trial *trial, const char *name)
{
	const char *first = "abcdefghijklmnopqrstuvwxyz_";
	char all[64];

	(void)snprintf(
	    all, sizeof(all), "%s0123456789-%s", first, trial->rule->also);
	if (!*name || !strchr(first, *name) ||
	    strspn(name, all) != strlen(name) ||
	    strlen(name) > trial->rule->max || strstr(name, ".."))
		fail_row(trial, "\"%s\" is outside of the grammar", name);
	if (means_something(name))
		fail_row(trial, "\"%s\" means something", name);
	if (strstr(trial->rule->username, "names:") &&
	    (strncmp(name, "emp-", 4) != 0 ||
		name[4 + strspn(name + 4, "0123456789")] || !name[4]))
		fail_row(trial, "\"%s\" is not among username.names", name);
}

static void
check_refusal(const struct trial *trial, const struct new_person_fault *fault)
{
	if (!fault->why || !audit_find_reason(fault->why))
		fail_row(trial, "refused with %s",
		    fault->why ? fault->why : "no reason");
	if (!*fault->detail || strlen(fault->detail) >= sizeof(fault->detail) ||
	    !hostile_is_one_line(fault->detail) ||
	    strstr(fault->detail, "from 192.0.2.66"))
		fail_row(trial, "the detail is \"%s\"", fault->detail);
}

/* ---- the store's record ---- */

static void
check_record(const struct trial *trial, const struct person *person)
{
	AUTO(secret) text = person_print(person);
	AUTO(secret) again = NULL;
	AUTO(person) read = NULL;

	assert_non_null(text);
	if (memchr(text->bytes, '\n', text->size) ||
	    person_parse(text, person->name, &read) != 0)
		fail_row(
		    trial, "the record of %s is not read back", person->name);
	again = person_print(read);
	if (again->size != text->size ||
	    memcmp(again->bytes, text->bytes, text->size) != 0)
		fail_row(trial, "the record of %s changes", person->name);
	for (char *const *group = read->groups; *group; group++)
		if (strcmp(*group, "box-users") != 0 &&
		    strcmp(*group, "sudo") != 0)
			fail_row(trial, "the group %s", *group);
}

/* ---- the files of nss-systemd ---- */

/* Exactly one JSON object, whose member `name` is `text`, and `id_name` the
 * id. */
static void
check_file(const struct trial *trial, const char *file, const char *member,
    const char *value, const char *id_name)
{
	AUTO_FD fd = openat(trial->dropins, file, O_RDONLY | O_CLOEXEC);
	char text[8192];
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));
	const char *found = "";
	AUTO_JSON tree = NULL;
	int64_t id = -1;

	if (size <= 0 || json_parse(text, (size_t)size, &tree, NULL) != 0)
		fail_row(trial, "%s is no record", file);
	if (!member)
		return;
	if (json_find_text(tree, member, &found) != 1 ||
	    strcmp(found, value) != 0 ||
	    json_find_int(tree, id_name, &id) != 1 || id != UID)
		fail_row(trial, "%s is of somebody else", file);
	if (json_find_text(tree, "realName", &found) == 1 &&
	    (strpbrk(found, ":,\n") || !hostile_is_one_line(found)))
		fail_row(trial, "%s has a real name that breaks a line", file);
}

static void
check_each_file(const struct trial *trial, const char *name)
{
	char user[300], group[300];
	const struct dirent *entry;
	DIR *folder = fdopendir(dup(trial->dropins));

	assert_non_null(folder);
	rewinddir(folder);
	(void)snprintf(user, sizeof(user), "%s.user", name);
	(void)snprintf(group, sizeof(group), "%s.group", name);
	while ((entry = readdir(folder))) {
		const char *file = entry->d_name, *colon = strchr(file, ':');

		if (streq(file, ".") || streq(file, ".."))
			continue;
		if (streq(file, user) || streq(file, "70007.user"))
			check_file(trial, file, "userName", name, "uid");
		else if (streq(file, group) || streq(file, "70007.group"))
			check_file(trial, file, "groupName", name, "gid");
		else if (colon &&
			 strncmp(file, name, (size_t)(colon - file)) == 0 &&
			 (streq(colon, ":box-users.membership") ||
			     streq(colon, ":sudo.membership")))
			check_file(trial, file, NULL, NULL, NULL);
		else
			fail_row(trial, "there is a file %s", file);
	}
	(void)closedir(folder);
}

static struct account *
account_of(const struct person *person)
{
	AUTO_JSON object = cJSON_CreateObject();
	const char *real_name = profile_get_real_name(person->profile), *wrong;
	struct account *account = NULL;
	cJSON *groups;

	(void)cJSON_AddStringToObject(object, "name", person->name);
	(void)cJSON_AddNumberToObject(object, "uid", UID);
	if (real_name)
		(void)cJSON_AddStringToObject(object, "realName", real_name);
	groups = cJSON_AddArrayToObject(object, "groups");
	for (char *const *group = person->groups; *group; group++)
		(void)cJSON_AddItemToArray(groups, cJSON_CreateString(*group));
	assert_int_equal(account_parse(object, &account, &wrong), 0);
	return account;
}

/* What the row before published need not be published again. */
static bool
is_news(struct trial *trial, const struct account *account)
{
	AUTO_JSON object = account_print(account);
	char *text = cJSON_PrintUnformatted(object);
	bool is_same = trial->published && strcmp(trial->published, text) == 0;

	free(trial->published);
	trial->published = text;
	return !is_same;
}

/* The other process, which believes nothing, agrees about who may be. */
static void
check_published(struct trial *trial, const struct person *person)
{
	AUTO(account) account = account_of(person);
	struct rule_refusal refusal = {0};
	char home[300];

	if (!is_news(trial, account))
		return;
	assert_int_equal(
	    rule_complete(trial->config->provisioning, NULL, account), 0);
	if (!rule_allows(trial->config->provisioning, NULL, account, &refusal))
		fail_row(trial, "authbox-userdb: %s", refusal.message);
	(void)snprintf(home, sizeof(home), "/home/%s", person->name);
	if (strcmp(account->home, home) != 0)
		fail_row(trial, "the home is %s", account->home);
	assert_int_equal(dropin_publish(trial->dropins, account, NULL), 0);
	check_each_file(trial, person->name);
	assert_int_equal(dropin_remove(trial->dropins, account, false), 0);
}

/* ---- all of it ---- */

/* The claims with a value in them. 0; -EBADMSG: they are not even JSON. */
static int
parse_claims(struct trial *trial, const char *value)
{
	const char *at = strstr(trial->claims, "%s");
	AUTO_TEXT text = NULL;

	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - trial->claims),
			trial->claims, value, at + 2) > 0);
	return json_parse(text, strlen(text), &trial->info, NULL);
}

static void
try_claims(struct trial *trial)
{
	const struct token_introspector *introspector =
	    &trial->config->introspectors[0];
	AUTO(person) person = NULL;
	struct new_person_fault fault = {0};
	int r = new_person_build(trial->config, introspector, ISSUER, "s1",
	    trial->info, &person, &fault);

	assert_true(r == 0 || r == 1);
	if (r == 0) {
		trial->refused++;
		check_refusal(trial, &fault);
		return;
	}
	trial->made++;
	check_name(trial, person->name);
	check_record(trial, person);
	check_published(trial, person);
	if (strstr(trial->claims, "\"login\":%s")) {
		if (!is_made_of(trial, person->name))
			fail_row(trial, "became \"%s\"", person->name);
	} else if (strcmp(person->name, "alice") != 0) {
		fail_row(trial, "another claim made \"%s\"", person->name);
	}
}

__attribute__((unused)) static void
use(void *context, const char *bytes, size_t size)
{
	struct trial *trial = context;

	trial->bytes = bytes;
	trial->size = size;
	for (int escaped = 0; escaped < 2; escaped++) {
		AUTO_TEXT value = hostile_print_json(bytes, size, escaped);
		int r = parse_claims(trial, value);

		trial->rows++;
		if ((r == 0) != text_is_utf8(bytes, size))
			fail_row(trial, "json_parse() says %d", r);
		if (r == 0)
			try_claims(trial);
		else
			trial->unread++;
		cJSON_Delete(TAKE(trial->info));
	}
}

/* A value that is no text, or none that may be. */
__attribute__((unused)) static void
use_kind(struct trial *trial, const char *value)
{
	trial->bytes = value;
	trial->size = strlen(value);
	trial->rows++;
	if (parse_claims(trial, value) < 0) {
		trial->unread++;
		return;
	}
	try_claims(trial);
	cJSON_Delete(TAKE(trial->info));
}

/* ---- trials ---- */

static char trial_folder[] = "/dev/shm/authbox-test-XXXXXX";

static int
trial_set_up(void **state)
{
	(void)state;
	return mkdtemp(trial_folder) ? 0 : -1;
}

static int
trial_tear_down(void **state)
{
	(void)state;
	return rmdir(trial_folder); /* each row has removed what it made */
}

static void
trial_init(struct trial *trial, const struct rule *rule, const char *claims)
{
	*trial = (struct trial){.rule = rule, .claims = claims};
	trial->config = load_config(rule);
	trial->dropins = open(trial_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(trial->dropins >= 0);
}

/* Returns how many rows there were. */
static size_t
trial_done(struct trial *trial)
{
	(void)close(trial->dropins);
	config_unref(trial->config);
	free(trial->published);
	print_message("%zu rows: %zu users, %zu refused, %zu no JSON: %s, %s\n",
	    trial->rows, trial->made, trial->refused, trial->unread,
	    trial->rule->username, trial->claims);
	return trial->rows;
}

__attribute__((unused)) static size_t
run_trial(const struct rule *rule, const char *claims)
{
	struct trial trial;

	trial_init(&trial, rule, claims);
	(void)hostile_each(use, &trial);
	assert_true(trial.made > 0 && trial.unread > 0);
	return trial_done(&trial);
}

static const char *const other_claims[] = {
#define ALICE "{\"sub\":\"s1\",\"login\":\"alice\","
    ALICE "\"name\":%s}",
    ALICE "\"email\":%s,\"email_verified\":true}",
    ALICE "\"phone_number\":%s}",
    ALICE "\"groups\":%s}",
    ALICE "\"groups\":[%s,\"x\"]}",
    ALICE "\"nick\":%s,\"dept\":\"x\"}",
    ALICE "\"dept\":%s}",
    ALICE "\"preferred_username\":%s,\"box_user\":\"root\"}",
    ALICE "\"deep\":{\"er\":[{\"still\":%s}]}}",
    ALICE "\"x\":%s,\"uid\":0,\"home\":\"/\",\"inactive\":false}",
};

#endif
