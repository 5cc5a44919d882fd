/* Whatever a provider answers: it is refused, or it becomes a user whose record
 * is read back as the same, whose name is fit, and whose line keeps its shape.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/unix_name.h"
#include "token/userinfo.h"
#include "users/new_person.h"
#include "users/profile.h"

#define ISSUER "https://idp.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool truth)
{
	if (!truth)
		abort();
}

static void
check_person(const struct person *person)
{
	AUTO(secret) first = person_print(person);
	AUTO(secret) second = NULL;
	AUTO(person) again = NULL;
	const char *real_name = profile_get_real_name(person->profile);

	demand(!unix_name_find_fault(person->name, UNIX_NAME_PLAIN));
	demand(!real_name || !strpbrk(real_name, ":,\n"));
	demand(first && person_parse(first, person->name, &again) == 0);
	second = person_print(again);
	demand(second && streq(first->bytes, second->bytes));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char claim[] = "preferred_username", groups[] = "groups";
	static char value[] = "dev", group[] = "dev", shell[] = "/bin/sh";
	struct group_rule rule = {.value = value, .group = group};
	struct provisioning provisioning = {.username_claim = claim,
	    .username_letters = USERNAME_CASE_LOWER,
	    .shell = shell,
	    .groups_claim = groups,
	    .groups = &rule,
	    .group_count = 1};
	struct config config = {.provisioning = &provisioning};
	struct identity_provider provider = {.active = true};
	struct token_introspector introspector = {
	    .identity_provider = &provider};
	AUTO(secret) text = secret_copy(data, size);
	struct new_person_fault fault;
	AUTO(person) person = NULL;
	AUTO_JSON info = NULL;
	const char *why = NULL;
	int r;

	demand(text != NULL);
	r = userinfo_parse(text->bytes, text->size, "1", &info, &why);
	demand(r >= 0 && (r > 0) == (info != NULL) && (r > 0 || why));
	if (r == 0)
		return 0;
	r = new_person_build(
	    &config, &introspector, ISSUER, "1", info, &person, &fault);
	demand(r == 0 || r == 1);
	demand(r > 0 || fault.why);
	if (r > 0)
		check_person(person);
	return 0;
}
