/* authboxctl user: users who were created here, and whose tokens lead to whom.
 */
#include "authboxctl/command.h"

#include <stdlib.h>
#include <string.h>

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"
#include "base/text.h"

#define INTERFACE "io.authbox.User."
#define PAIR	  (OPTION_BIT(OPTION_ISSUER) | OPTION_BIT(OPTION_SUBJECT))

/* ---- showing ---- */

static void
print_user(FILE *out, const cJSON *user)
{
	int64_t uid = ctl_int(user, "uid", -1);

	screen_put(out, ctl_text(user, "name"));
	if (uid >= 0)
		(void)fprintf(out, "  uid %lld", (long long)uid);
	else
		(void)fputs("  no Unix account", out);
	if (ctl_bool(user, "inactive"))
		(void)fputs("  inactive", out);
	if (*ctl_text(user, "subject")) {
		(void)fputs("  ", out);
		screen_put(out, ctl_text(user, "subject"));
		(void)fputs(" of ", out);
		screen_put(out, ctl_text(user, "issuer"));
	}
	(void)putc('\n', out);
}

static void
print_link(FILE *out, const cJSON *link)
{
	screen_put(out, ctl_text(link, "subject"));
	(void)fputs(" of ", out);
	screen_put(out, ctl_text(link, "issuer"));
	(void)fputs(" is ", out);
	screen_put(out, ctl_text(link, "user"));
	(void)putc('\n', out);
}

struct listing {
	struct ctl *ctl;
	cJSON *users, *links; /* of all replies, with --json */
	size_t count;
};

static bool
keep(cJSON *array, const cJSON *items)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, items) {
		cJSON *copy = json_tree_copy(item);

		if (!cJSON_AddItemToArray(array, copy)) {
			cJSON_Delete(copy);
			return false;
		}
	}
	return true;
}

static int
list_part(void *context, const cJSON *reply)
{
	struct listing *listing = context;
	const cJSON *user, *users = json_find(reply, "users");

	if (listing->ctl->json)
		return keep(listing->users, users) &&
			       keep(listing->links, json_find(reply, "links"))
			   ? CTL_DONE
			   : ctl_fail_memory(listing->ctl);
	cJSON_ArrayForEach (user, users) {
		print_user(listing->ctl->out, user);
		listing->count++;
	}
	return CTL_DONE;
}

static int
run_list(struct ctl *ctl)
{
	AUTO_JSON all = cJSON_CreateObject();
	struct listing listing = {.ctl = ctl};
	int r;

	listing.users = cJSON_AddArrayToObject(all, "users");
	listing.links = cJSON_AddArrayToObject(all, "links");
	if (!listing.users || !listing.links)
		return ctl_fail_memory(ctl);
	r = ctl_ask_more(
	    ctl, INTERFACE "List", CTL_LONG_MS, list_part, &listing);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, all);
	if (listing.count == 0)
		(void)fputs("No user was created here.\n", ctl->out);
	return CTL_DONE;
}

static void
print_details(FILE *out, const cJSON *user)
{
	const cJSON *group, *profile = json_find(user, "profile");
	char when[SCREEN_TIME_BYTES];

	print_user(out, user);
	screen_time(ctl_int(user, "created", 0), when);
	(void)fprintf(out, "created %s\n", when);
	if (ctl_int(user, "refreshed", 0) > 0) {
		screen_time(ctl_int(user, "refreshed", 0), when);
		(void)fprintf(out, "heard from the provider %s\n", when);
	}
	if (*ctl_text(profile, "displayName")) {
		(void)fputs("name ", out);
		screen_put(out, ctl_text(profile, "displayName"));
		(void)putc('\n', out);
	}
	cJSON_ArrayForEach (group, json_find(user, "groups"))
		if (cJSON_IsString(group)) {
			(void)fputs("group ", out);
			screen_put(out, group->valuestring);
			(void)putc('\n', out);
		}
}

static int
run_show(struct ctl *ctl)
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	const cJSON *link, *user;
	int r;

	if (!parameters)
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, INTERFACE "Show", parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	user = json_find(reply, "user");
	if (user)
		print_details(ctl->out, user);
	cJSON_ArrayForEach (link, json_find(reply, "links"))
		print_link(ctl->out, link);
	return CTL_DONE;
}

/* ---- changing ---- */

/* One call; what it came to is said by `print`. */
static int
run_change(struct ctl *ctl, const char *method,
    void (*print)(struct ctl *ctl, const cJSON *reply))
{
	AUTO_JSON parameters = ctl_parameters(ctl);
	AUTO_JSON reply = NULL;
	bool no_account = ctl->arguments.values[OPTION_NO_ACCOUNT];
	int r;

	if (!parameters ||
	    (no_account && !cJSON_AddFalseToObject(parameters, "account")))
		return ctl_fail_memory(ctl);
	r = ctl_ask(ctl, method, parameters, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);
	print(ctl, reply);
	return CTL_DONE;
}

static void
print_added(struct ctl *ctl, const cJSON *reply)
{
	int64_t uid = ctl_int(reply, "uid", -1);

	if (uid >= 0)
		(void)fprintf(ctl->out,
		    "The user is there, with uid %lld. His home comes with his "
		    "first login.\n",
		    (long long)uid);
	else
		(void)fputs("The user is there.\n", ctl->out);
}

static void
print_done(struct ctl *ctl, const cJSON *reply)
{
	(void)reply;
	(void)fputs("Done.\n", ctl->out);
}

static void
print_removed(struct ctl *ctl, const cJSON *reply)
{
	int64_t uid = ctl_int(reply, "uid", -1);

	(void)fprintf(ctl->out,
	    "The user is forgotten: %lld sessions and %lld links are gone.\n",
	    (long long)ctl_int(reply, "sessions", 0),
	    (long long)ctl_int(reply, "links", 0));
	if (uid >= 0)
		(void)fprintf(ctl->out,
		    "What stays: his home, and every file of uid %lld; find "
		    "them with: find / -xdev -uid %lld\nThe uid stays "
		    "reserved: nobody else gets it.\n",
		    (long long)uid, (long long)uid);
	(void)fputs(
	    "A provider that still knows him brings him back at his "
	    "next login; to shut him\nout: authboxctl user deactivate.\n",
	    ctl->out);
}

/* --issuer and --subject belong together; `is_required` false: or neither. */
static bool
has_pair(struct ctl *ctl, bool is_required)
{
	bool issuer = ctl->arguments.values[OPTION_ISSUER];
	bool subject = ctl->arguments.values[OPTION_SUBJECT];

	if (issuer == subject && (issuer || !is_required))
		return true;
	/* The caller returns the same. */
	(void)ctl_fail(ctl, CTL_USAGE, "usage", "%s missing; see --help.",
	    issuer    ? "--subject is"
	    : subject ? "--issuer is"
		      : "--issuer and --subject are");
	return false;
}

static int
run_add(struct ctl *ctl)
{
	return has_pair(ctl, false)
		   ? run_change(ctl, INTERFACE "Add", print_added)
		   : CTL_USAGE;
}

static int
run_link(struct ctl *ctl)
{
	return has_pair(ctl, true)
		   ? run_change(ctl, INTERFACE "Link", print_done)
		   : CTL_USAGE;
}

static int
run_unlink(struct ctl *ctl)
{
	return has_pair(ctl, true)
		   ? run_change(ctl, INTERFACE "Unlink", print_done)
		   : CTL_USAGE;
}

static int
run_deactivate(struct ctl *ctl)
{
	return run_change(ctl, INTERFACE "Deactivate", print_done);
}

static int
run_activate(struct ctl *ctl)
{
	return run_change(ctl, INTERFACE "Activate", print_done);
}

static int
run_remove(struct ctl *ctl)
{
	return run_change(ctl, INTERFACE "Remove", print_removed);
}

/* ---- to another host ---- */

static int
export_part(void *context, const cJSON *reply)
{
	return ctl_print_json(context, reply);
}

static int
run_export(struct ctl *ctl)
{
	return ctl_ask_more(
	    ctl, INTERFACE "List", CTL_LONG_MS, export_part, ctl);
}

static bool
copy_member(cJSON *to, const char *name, const cJSON *from, const char *is)
{
	const cJSON *value = json_find(from, is);
	cJSON *copy = value ? json_tree_copy(value) : NULL;

	if (!value || (copy && cJSON_AddItemToObject(to, name, copy)))
		return true;
	cJSON_Delete(copy);
	return false;
}

struct import {
	struct ctl *ctl;
	size_t line, users;
};

/* Nobody finds one of some hundred without being told which it is. */
static int
ask_for(const struct import *import, const char *method,
    const cJSON *parameters, const char *user)
{
	struct ctl *ctl = import->ctl;
	char why[CTL_MESSAGE_BYTES];
	AUTO_JSON reply = NULL;
	int r = ctl_try(ctl, method, parameters, 0, &reply);

	if (r != CTL_REFUSED)
		return r;
	ctl_describe_refusal(ctl, why);
	return ctl_fail(ctl, CTL_REFUSED, ctl_refusal_word(ctl),
	    "Line %zu, user %.64s: %s\nWhat came before is done. Mend it, and "
	    "import all of it again.",
	    import->line, user, why);
}

static int
import_user(const struct import *import, const cJSON *user)
{
	const char *name = ctl_text(user, "name");
	AUTO_JSON parameters = cJSON_CreateObject();
	AUTO_JSON who = cJSON_CreateObject();
	int r;

	if (!copy_member(parameters, "user", user, "name") ||
	    !copy_member(who, "user", user, "name") ||
	    !copy_member(parameters, "uid", user, "uid") ||
	    !copy_member(parameters, "issuer", user, "issuer") ||
	    !copy_member(parameters, "subject", user, "subject") ||
	    (!json_find(user, "uid") &&
		!cJSON_AddFalseToObject(parameters, "account")))
		return ctl_fail_memory(import->ctl);
	r = ask_for(import, INTERFACE "Add", parameters, name);
	if (r == CTL_DONE && ctl_bool(user, "inactive"))
		r = ask_for(import, INTERFACE "Deactivate", who, name);
	return r;
}

static int
import_link(const struct import *import, const cJSON *link)
{
	AUTO_JSON parameters = cJSON_CreateObject();

	if (!copy_member(parameters, "user", link, "user") ||
	    !copy_member(parameters, "issuer", link, "issuer") ||
	    !copy_member(parameters, "subject", link, "subject"))
		return ctl_fail_memory(import->ctl);
	return ask_for(
	    import, INTERFACE "Link", parameters, ctl_text(link, "user"));
}

/* The first that is refused ends it: what came before is done, and may be done
 * again. */
static int
import_line(struct import *import, const char *line)
{
	AUTO_JSON part = NULL;
	const cJSON *item;
	int r = CTL_DONE;

	if (json_parse(line, strlen(line), &part, NULL) < 0)
		return ctl_fail(import->ctl, CTL_REFUSED, "malformed",
		    "Line %zu is not what authboxctl user export prints.",
		    import->line);
	cJSON_ArrayForEach (item, json_find(part, "users")) {
		r = import_user(import, item);
		if (r != CTL_DONE)
			return r;
		import->users++;
	}
	cJSON_ArrayForEach (item, json_find(part, "links")) {
		r = import_link(import, item);
		if (r != CTL_DONE)
			return r;
	}
	return r;
}

static int
run_import(struct ctl *ctl)
{
	FILE *in = fdopen(dup(ctl->in_fd), "r");
	struct import import = {.ctl = ctl};
	AUTO_JSON done = NULL;
	AUTO_TEXT line = NULL;
	size_t room = 0;
	int r = CTL_DONE;

	if (!in)
		return ctl_fail_memory(ctl);
	while (r == CTL_DONE && getline(&line, &room, in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		import.line++;
		r = import_line(&import, line);
	}
	(void)fclose(in); /* only read */
	if (r != CTL_DONE)
		return r;
	if (!ctl->json) {
		(void)fprintf(ctl->out, "%zu users are there.\n", import.users);
		return r;
	}
	done = cJSON_CreateObject();
	return cJSON_AddNumberToObject(done, "users", (double)import.users)
		   ? ctl_print_json(ctl, done)
		   : ctl_fail_memory(ctl);
}

const struct command user_commands[] = {
    {"list", NULL, false, 0, "list users who were created here (root)", NULL,
	run_list},
    {"show", "USER", false, 0, "tell what is known of a user, or of yourself",
	NULL, run_show},
    {"add", "USER", true, PAIR | OPTION_BIT(OPTION_NO_ACCOUNT),
	"create a user before his first login (root)",
	"With --issuer and --subject his tokens are linked at once.\n",
	run_add},
    {"link", "USER", true, PAIR, "link a subject's tokens to a user (root)",
	"Whoever has this sub of this issuer is this user from now on.\n",
	run_link},
    {"unlink", NULL, false, PAIR, "take such a link away (root)", NULL,
	run_unlink},
    {"deactivate", "USER", true, 0, "refuse every login of a user (root)",
	"His sessions end, what is his stays.\n", run_deactivate},
    {"activate", "USER", true, 0, "let him in again (root)", NULL,
	run_activate},
    {"remove", "USER", true, 0, "forget a user (root)",
	"Sessions, second factor, links and Unix account go; files stay, and "
	"the uid\nstays reserved.\n",
	run_remove},
    {"export", NULL, false, 0, "print all of them for another host (root)",
	NULL, run_export},
    {"import", NULL, false, 0, "read that from standard input (root)",
	"Names, ids, links and whether he is active; the rest comes from the "
	"provider at\nthe next login.\n",
	run_import},
    {0},
};
