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

static void
print_part(struct ctl *ctl, const char *name, const char *fault)
{
	(void)fprintf(ctl->out, "%s ", name);
	if (*fault)
		screen_put_red(ctl->out, fault);
	else
		(void)fputs("well", ctl->out);
	(void)putc('\n', ctl->out);
}

static int
run_status(struct ctl *ctl)
{
	AUTO_JSON reply = NULL;
	char since[SCREEN_TIME_BYTES];
	int r;

	r = ctl_ask(ctl, INTERFACE "Status", NULL, 0, &reply);
	if (r != CTL_DONE)
		return r;
	if (ctl->json)
		return ctl_print_json(ctl, reply);

	screen_time(ctl_int(reply, "started", 0), since);
	(void)fprintf(ctl->out, "authboxd %s, running since %s\n",
	    ctl_text(reply, "version"), since);
	print_part(ctl, "Store:        ", ctl_text(reply, "store"));
	print_part(ctl, "Configuration:", ctl_text(reply, "config"));
	return CTL_DONE;
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
	"Root sees what is wrong with store or configuration in full.\n",
	run_status},
    {0},
};

const struct command daemon_stats_commands[] = {
    {NULL, NULL, false, 0, "show counters since the start (root)", NULL,
	run_stats},
    {0},
};
