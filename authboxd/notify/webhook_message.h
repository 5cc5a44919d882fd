/* What a webhook's receiver is told, as JSON. */
#ifndef NOTIFY_WEBHOOK_MESSAGE_H
#define NOTIFY_WEBHOOK_MESSAGE_H

#include "base/json.h"
#include "notify/webhook_person.h"

/* {"user": {…}}, the caller's, who adds what it is about. NULL: no memory. */
cJSON *webhook_message_new(const struct webhook_person *person);

#endif
