/* What a provider says about its users: where it is sent to, and what becomes
 * of it. */
#include "config/check.h"

#include "base/text.h"
#include "config/shape.h"

#define DEPTH_MAX 4

/* Attributes of a User that a claim may become. The first ones are objects,
 * whose members have any name. */
static const char *const attributes[] = {"data", "name", "costCenter",
    "department", "displayName", "division", "email", "employeeNumber",
    "gender", "locale", "organization", "phoneNumber", "photo",
    "preferredLanguage", "profileUrl", "timezone", "title", "userName",
    "userType"};
#define OBJECTS 2

/* NULL: the path is good; else what is wrong with it. */
static const char *
find_path_fault(const cJSON *path)
{
	int depth = cJSON_IsArray(path) ? cJSON_GetArraySize(path) : 0;
	const cJSON *name;
	size_t i = 0;

	if (depth < 1 || depth > DEPTH_MAX)
		return "must be a list of 1 to 4 names: the path of an "
		       "attribute of User";
	cJSON_ArrayForEach (name, path)
		if (!cJSON_IsString(name) ||
		    !shape_line.match(name->valuestring))
			return "must be a list of names alone";
	while (i < sizeof(attributes) / sizeof(attributes[0]) &&
	       !streq(attributes[i], path->child->valuestring))
		i++;
	if (i == sizeof(attributes) / sizeof(attributes[0]))
		return "leads to no attribute of User that a claim may become; "
		       "displayName, email, phoneNumber, name and data are the "
		       "usual ones";
	if (i < OBJECTS && depth == 1)
		return "leads to an object; name a member of it too";
	if (i >= OBJECTS && depth > 1)
		return "leads into an attribute that has no members";
	return NULL;
}

static bool
begins_with(const cJSON *path, const cJSON *start)
{
	const cJSON *a = path->child, *b = start->child;

	while (a && b && streq(a->valuestring, b->valuestring)) {
		a = a->next;
		b = b->next;
	}
	return !b && a;
}

/* One path must not lead through what another one fills. */
static bool
crosses_another(const cJSON *rules, const cJSON *path)
{
	const cJSON *other;

	cJSON_ArrayForEach (other, rules)
		if (!find_path_fault(other) && begins_with(path, other))
			return true;
	return false;
}

static void
check_header(struct report *report, unsigned line, const char *header)
{
	const char *colon = strchr(header, ':');
	char name[64] = "";

	if (colon && (size_t)(colon - header) < sizeof(name))
		memcpy(name, header, (size_t)(colon - header));
	if (!shape_is_header_name(colon ? name : header) ||
	    (colon && (colon[1] != ' ' || !shape_is_header_name(colon + 2))))
		report_error(report, line, "userinfo_header",
		    "must be the name of a header, or a name, \": \" and a "
		    "scheme, as in \"Authorization: Bearer\"");
}

void
check_to_scim(struct report *report, unsigned line,
    const struct identity_provider *provider)
{
	const cJSON *path;

	if (provider->userinfo_header)
		check_header(report, line, provider->userinfo_header);
	cJSON_ArrayForEach (path, provider->to_scim) {
		const char *fault = find_path_fault(path);

		if (!fault && crosses_another(provider->to_scim, path))
			fault = "leads through what another claim becomes";
		if (fault)
			report_error(report, line, "toScim", "%s: the path %s",
			    path->string, fault);
	}
}
