#include "users/new_person.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/unix_name.h"
#include "users/profile.h"

#define USUAL_CLAIM "sub" /* where nothing is said */
#define SHOWN_BYTES 64

static int
refuse(struct new_person_fault *fault, const char *why, const char *text,
    const char *value)
{
	char shown[SHOWN_BYTES] = "";

	if (value)
		text_copy_word_for_log(value, shown, sizeof(shown));
	fault->why = why;
	(void)snprintf(fault->detail, sizeof(fault->detail), "%s%s%s", shown,
	    value ? " " : "", text);
	return 0;
}

/* ---- the name ---- */

/* 1: *ret_value, lent; 0. An address that nobody verified is what its owner
 * wrote. */
static int
find_claim(const cJSON *info, const char *claim, const char **ret_value,
    struct new_person_fault *fault)
{
	const char *value;

	if (json_find_text(info, claim, &value) <= 0 || !*value)
		return refuse(fault, "name-refused",
		    "is no text in what the provider says", claim);
	if (streq(claim, "email") &&
	    !cJSON_IsTrue(json_find(info, "email_verified")))
		return refuse(fault, "name-refused",
		    "is not verified by the provider", claim);
	*ret_value = value;
	return 1;
}

/* By Provisioning, where there is one. Without it there are no Unix accounts,
 * and the introspector's own rule says how Clients call their users. */
static int
find_name(const struct config *config,
    const struct token_introspector *introspector, const cJSON *info,
    char *ret_name, struct new_person_fault *fault)
{
	const struct provisioning *provisioning = config->provisioning;
	const struct username_rule *rule = &introspector->username;
	const char *claim = provisioning  ? provisioning->username_claim
			    : rule->claim ? rule->claim
					  : USUAL_CLAIM;
	char name[USER_NAME_BYTES_MAX + 1];
	const char *value, *wrong = NULL;
	int r = find_claim(info, claim, &value, fault);

	if (r <= 0)
		return r;
	if (provisioning)
		wrong = config_provisioning_name(provisioning, value, name);
	else if (!config_username_match(rule, value, name))
		wrong = "does not match username.pattern";
	if (!wrong && !provisioning)
		wrong = unix_name_find_fault(name, UNIX_NAME_MAIL);
	if (wrong)
		return refuse(fault, "name-refused", wrong, value);
	(void)stpcpy(ret_name, name); /* good ones fit */
	return 1;
}

/* ---- the groups ---- */

static int
add_groups_of(struct person *person, const struct provisioning *provisioning,
    const cJSON *value)
{
	int r = 0;

	if (!cJSON_IsString(value))
		return 0;
	for (size_t i = 0; i < provisioning->group_count && r == 0; i++)
		if (streq(provisioning->groups[i].value, value->valuestring))
			r = person_add_group(
			    person, provisioning->groups[i].group);
	return r;
}

/* -ENOSPC: more than there may be. */
static int
add_groups(struct person *person, const struct provisioning *provisioning,
    const cJSON *info)
{
	const cJSON *claim, *value;
	int r = 0;

	if (!provisioning || !provisioning->groups_claim)
		return 0;
	claim = json_find(info, provisioning->groups_claim);
	if (!cJSON_IsArray(claim))
		return add_groups_of(person, provisioning, claim);
	cJSON_ArrayForEach (value, claim) {
		r = add_groups_of(person, provisioning, value);
		if (r < 0)
			break;
	}
	return r;
}

/* ---- all of it ---- */

static int
fill(struct person *person, const struct config *config,
    const struct token_introspector *introspector, const char *issuer,
    const char *subject, const cJSON *info, struct new_person_fault *fault)
{
	const struct identity_provider *provider =
	    introspector->identity_provider;
	int r;

	r = profile_build(provider->to_scim, info,
	    provider->system ? provider->system : issuer, subject,
	    &person->profile);
	if (r == 0 && introspector->provisioning == PROVISION_UNIX)
		r = add_groups(person, config->provisioning, info);
	switch (r) {
	case 0:
		return 1;
	case -E2BIG:
	case -EBADMSG:
		return refuse(fault, "userinfo-malformed",
		    "what the provider says is too much, or too deep", NULL);
	case -ENOSPC:
		return refuse(fault, "userinfo-malformed",
		    "the claim leads to too many groups", NULL);
	default:
		return r;
	}
}

int
new_person_build(const struct config *config,
    const struct token_introspector *introspector, const char *issuer,
    const char *subject, const cJSON *info, struct person **ret_person,
    struct new_person_fault *ret_fault)
{
	char name[UNIX_NAME_BYTES_MAX + 1];
	AUTO(person) person = NULL;
	int r;

	*ret_fault = (struct new_person_fault){0};
	if (introspector->provisioning == PROVISION_UNIX &&
	    !config->provisioning)
		return refuse(ret_fault, "not-provisioned",
		    "there is no Provisioning", NULL);
	r = find_name(config, introspector, info, name, ret_fault);
	if (r <= 0)
		return r;
	person = person_new(name, PERSON_NO_UID, issuer, subject);
	if (!person)
		return -ENOMEM;
	r = fill(
	    person, config, introspector, issuer, subject, info, ret_fault);
	if (r > 0)
		*ret_person = TAKE(person);
	return r;
}

int
new_person_refresh(const struct config *config,
    const struct token_introspector *introspector, const struct person *person,
    const char *issuer, const char *subject, const cJSON *info,
    struct person **ret_person, struct new_person_fault *ret_fault)
{
	AUTO(person)
	fresh = person_new(
	    person->name, person->uid, person->issuer, person->subject);
	int r;

	*ret_fault = (struct new_person_fault){0};
	if (!fresh)
		return -ENOMEM;
	fresh->inactive = person->inactive;
	fresh->created_unix_s = person->created_unix_s;
	r = fill(fresh, config, introspector, issuer, subject, info, ret_fault);
	if (r > 0)
		*ret_person = TAKE(fresh);
	return r;
}
