#include "users/creation_rate.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define VERSION	 1
#define MINUTE_S 60
#define DAY_S	 86400

/* A clock that was set back makes no window longer, and gives nothing. */
static void
turn(struct creation_window *window, int64_t length_s, int64_t now_unix_s)
{
	if (now_unix_s < window->began_unix_s)
		window->began_unix_s = now_unix_s;
	else if (now_unix_s - window->began_unix_s >= length_s)
		*window = (struct creation_window){now_unix_s, 0};
}

bool
creation_rate_admit(struct creation_rate *rate,
    const struct creation_limits *limits, int64_t now_unix_s)
{
	turn(&rate->minute, MINUTE_S, now_unix_s);
	turn(&rate->day, DAY_S, now_unix_s);
	if (rate->minute.count >= limits->per_minute ||
	    rate->day.count >= limits->per_day)
		return false;
	rate->minute.count++;
	rate->day.count++;
	return true;
}

bool
creation_rate_is_ahead(const struct creation_rate *rate, int64_t now_unix_s)
{
	return rate->minute.began_unix_s > now_unix_s ||
	       rate->day.began_unix_s > now_unix_s;
}

int
creation_rate_key(const char *issuer, char ret_key[CREATION_RATE_KEY_BYTES])
{
	return subject_digest(
	    issuer, "", stpcpy(ret_key, CREATION_RATE_PREFIX));
}

static bool
put_window(cJSON *tree, const char *name, const struct creation_window *window)
{
	cJSON *object = cJSON_AddObjectToObject(tree, name);

	return cJSON_AddNumberToObject(
		   object, "began", (double)window->began_unix_s) &&
	       cJSON_AddNumberToObject(object, "count", (double)window->count);
}

struct secret *
creation_rate_print(const struct creation_rate *rate, const char *issuer)
{
	AUTO_JSON tree = cJSON_CreateObject();

	return cJSON_AddNumberToObject(tree, "v", VERSION) &&
		       cJSON_AddStringToObject(tree, "iss", issuer) &&
		       put_window(tree, "minute", &rate->minute) &&
		       put_window(tree, "day", &rate->day)
		   ? json_print(tree)
		   : NULL;
}

static bool
read_window(
    const cJSON *tree, const char *name, struct creation_window *ret_window)
{
	static const char *const names[] = {"began", "count", NULL};
	const cJSON *object = json_find(tree, name);
	const char *unknown;

	return cJSON_IsObject(object) &&
	       json_has_only(object, names, &unknown) &&
	       json_find_int(object, "began", &ret_window->began_unix_s) > 0 &&
	       json_find_int(object, "count", &ret_window->count) > 0 &&
	       ret_window->count >= 0;
}

int
creation_rate_parse(const struct secret *value, const char *issuer,
    struct creation_rate *ret_rate)
{
	static const char *const names[] = {"v", "iss", "minute", "day", NULL};
	struct creation_rate rate = {0};
	AUTO_JSON tree = NULL;
	const char *unknown, *whose;
	int64_t version = 0;
	int r;

	r = json_parse(value->bytes, value->size, &tree, NULL);
	if (r < 0)
		return r;
	if (!cJSON_IsObject(tree) || !json_has_only(tree, names, &unknown) ||
	    json_find_int(tree, "v", &version) <= 0 || version != VERSION ||
	    json_find_text(tree, "iss", &whose) <= 0 || !streq(whose, issuer) ||
	    !read_window(tree, "minute", &rate.minute) ||
	    !read_window(tree, "day", &rate.day))
		return -EBADMSG;
	*ret_rate = rate;
	return 0;
}
