#include "notify/webhook_person.h"

struct webhook_person
webhook_person_get(
    const struct config *config, const char *user, const char *transport)
{
	const struct declared_user *declared = config_find_user(config, user);
	struct webhook_person person = {.id = user};

	if (declared) {
		person.email = declared->email;
		person.phone_number = declared->phone_number;
		person.display_name = declared->display_name;
		person.transport = declared->two_factor_transport;
	}
	if (transport && *transport)
		person.transport = transport;
	return person;
}
