/* authboxctl reload, status, stats. */
#include "authboxctl/command.h"

#include "authboxctl/ctl.h"
#include "authboxctl/screen.h"

#define INTERFACE "io.authbox.Daemon."

static int
run_reload(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	const cJSON *note;
	int r;

	r = ctl_ask(ctl, INTERFACE "Reload", NULL, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);

	cJSON_ArrayForEach (note, json_find(reply, "notes")) {
		screen_put(ctl->out, "note: ");
		screen_put(
		    ctl->out, cJSON_IsString(note) ? note->valuestring : "");
		(void)putc('\n', ctl->out);
	}
	(void)fputs("The configuration is in force.\n", ctl->out);
	return CTL_DONE;
}

/* Whom the status is about, and the reply's member that says what is wrong. The
 * last two are known to root alone, and only where something is. */
static const struct part {
	const char *title, *name;
	bool is_silent_when_well;
} parts[] = {
    {"Store:", "store", false},
    {"Configuration:", "config", false},
    {"Clock:", "clock", false},
    {"authbox-fetch:", "fetch", true},
    {"authbox-userdb:", "userdb", true},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static bool
is_well(const cJSON *reply)
{
	for (size_t i = 0; i < PARTS; i++)
		if (*ctl_text(reply, parts[i].name))
			return false;
	return cJSON_GetArraySize(json_find(reply, "troubles")) == 0;
}

static void
print_part(struct ctl *ctl, const struct part *part, const cJSON *reply)
{
	const char *fault = ctl_text(reply, part->name);

	if (!*fault && part->is_silent_when_well)
		return;
	(void)fprintf(ctl->out, "%-15s ", part->title);
	if (*fault)
		screen_put_red(ctl->out, fault);
	else
		(void)fputs("well", ctl->out);
	(void)putc('\n', ctl->out);
}

static void
print_trouble(struct ctl *ctl, const cJSON *trouble)
{
	char since[SCREEN_TIME_BYTES], last[SCREEN_TIME_BYTES];

	screen_time(ctl_int(trouble, "since", 0), since);
	screen_time(ctl_int(trouble, "last", 0), last);
	screen_put_red(ctl->out, ctl_text(trouble, "text"));
	(void)fprintf(
	    ctl->out, "\n    since %s, asked last at %s\n", since, last);
}

static int
run_status(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	const cJSON *trouble;
	char since[SCREEN_TIME_BYTES];
	int r;

	r = ctl_ask(ctl, INTERFACE "Status", NULL, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json) {
		r = ctl_print_json(ctl, reply);
		return r != CTL_DONE || is_well(reply) ? r : CTL_REFUSED;
	}
	screen_time(ctl_int(reply, "started", 0), since);
	(void)fprintf(ctl->out, "authboxd %s, running since %s\n",
	    ctl_text(reply, "version"), since);
	for (size_t i = 0; i < PARTS; i++)
		print_part(ctl, &parts[i], reply);
	cJSON_ArrayForEach (trouble, json_find(reply, "troubles"))
		print_trouble(ctl, trouble);
	return is_well(reply) ? CTL_DONE : CTL_REFUSED;
}

static int
run_stats(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	const cJSON *counters, *counter;
	int r;

	r = ctl_ask(ctl, INTERFACE "Stats", NULL, 0, &reply);
	if (r != CTL_DONE)
		return r;
	counters = json_find(reply, "counters");
	if (ctl->json)
		return ctl_print_json(ctl, counters ? counters : reply);

	cJSON_ArrayForEach (counter, counters) {
		(void)fprintf(ctl->out, "%14.0f  ", counter->valuedouble);
		screen_put(ctl->out, counter->string);
		(void)putc('\n', ctl->out);
	}
	return CTL_DONE;
}

const struct command daemon_reload_commands[] = {
    {NULL, NULL, false, 0, "read the configuration again (root)",
	"When it is wrong, the one in force stays, and every error is printed "
	"with its\nfile and line.\n",
	run_reload},
    {0},
};

const struct command daemon_status_commands[] = {
    {NULL, NULL, false, 0, "say whether authboxd is well",
	"Root sees all that is wrong: store, configuration, clock, helpers, "
	"issuers\nand webhooks. The exit status is 1 where something is.\n",
	run_status},
    {0},
};

const struct command daemon_stats_commands[] = {
    {NULL, NULL, false, 0, "show counters since the start (root)", NULL,
	run_stats},
    {0},
};
