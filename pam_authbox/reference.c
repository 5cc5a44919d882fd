#include "pam_authbox/reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define NAME_BYTES 32

struct reference {
	char text[PAM_REFERENCE_BYTES + 1];
	char *user;
	char *service;
};

static void
reference_free(struct reference *reference)
{
	if (!reference)
		return;
	free(reference->user);
	free(reference->service);
	explicit_bzero(reference, sizeof(*reference));
	free(reference);
}
CLEANUP_DEFINE(reference)

/* libpam's: the handle ends or the reference is replaced. */
static void
cleanup(pam_handle_t *pamh, void *data, int error_status)
{
	(void)pamh;
	(void)error_status;
	reference_free(data);
}

static void
put_name(const struct options_factor *factor, char ret_name[NAME_BYTES])
{
	(void)snprintf(
	    ret_name, NAME_BYTES, "authbox_reference_%s", factor->name);
}

static const struct reference *
find(const struct request *request, const struct options_factor *factor)
{
	char name[NAME_BYTES];
	const void *data = NULL;

	put_name(factor, name);
	if (pam_get_data(request->pamh, name, &data) != PAM_SUCCESS)
		return NULL;
	return data;
}

static int
store(const struct request *request, struct reference *reference)
{
	char name[NAME_BYTES];

	put_name(request->factor, name);
	return pam_set_data(request->pamh, name, reference, cleanup) ==
		       PAM_SUCCESS
		   ? 0
		   : -ENOMEM;
}

int
reference_drop(const struct request *request)
{
	return find(request, request->factor) ? store(request, NULL) : 0;
}

int
reference_keep(const struct request *request, const char *reference)
{
	const char *service = request_get_item(request, PAM_SERVICE);
	AUTO(reference) kept = calloc(1, sizeof(*kept));
	int r;

	if (!kept)
		return -ENOMEM;
	kept->user = strdup(request->user);
	kept->service = strdup(service ? service : "");
	if (!kept->user || !kept->service)
		return -ENOMEM;
	(void)snprintf(kept->text, sizeof(kept->text), "%s", reference);

	r = store(request, kept);
	if (r == 0)
		(void)TAKE(kept); /* libpam's now */
	return r;
}

void
reference_find(struct request *request)
{
	const char *service = request_get_item(request, PAM_SERVICE);
	const struct options_factor *factor;
	const struct reference *found;

	for (unsigned n = 0; (factor = options_factor_at(n)); n++) {
		if (options_name_factor(request->options) &&
		    factor != options_factor(request->options))
			continue;
		/* The host may have changed either since: what was allowed to
		 * one is not for another. */
		found = find(request, factor);
		if (!found || !streq(found->user, request->user) ||
		    !streq_null(found->service, service))
			continue;
		request->factor = factor;
		request->reference = found->text;
		return;
	}
}
