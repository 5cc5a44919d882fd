/* One run of authboxctl: what it was told, where it prints, whom it asks. */
#ifndef AUTHBOXCTL_CTL_H
#define AUTHBOXCTL_CTL_H

#include <stdbool.h>
#include <stdio.h>

#include "authbox/client.h"
#include "authboxctl/arguments.h"
#include "base/json.h"

enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1, /* the daemon said no, or something failed here */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3, /* no authboxd, or no answer from it */
};

#define CTL_LONG_MS	  600000 /* for what reads or writes the whole store */
#define CTL_MESSAGE_BYTES 1024

struct ctl {
	struct arguments arguments;
	int in_fd;
	FILE *out, *err;
	bool json;
	struct authbox *authbox; /* NULL: not connected */
	char *error;		 /* name of the last refusal; NULL: none */
	cJSON *refusal;		 /* its parameters */
};

/* Run a command line (argv without the program's name); an enum ctl_exit. */
int ctl_run(int argc, char *const argv[], int in_fd, FILE *out, FILE *err);

/* ---- asking the daemon ---- */

/* An object with the options given that are parameters of the daemon's, and the
 * operand as "user" where it is one. NULL: no memory. */
cJSON *ctl_parameters(const struct ctl *ctl);

/* Call a method; connects when necessary. `parameters` is lent, NULL: none;
 * `timeout_ms` 0: the usual. CTL_DONE: *ret_reply is the caller's; CTL_REFUSED:
 * ctl->error and ctl->refusal say why, nothing was printed; else it was. */
int ctl_try(struct ctl *ctl, const char *method, const cJSON *parameters,
    int timeout_ms, cJSON **ret_reply);

/* The same, and a refusal is printed too. */
int ctl_ask(struct ctl *ctl, const char *method, const cJSON *parameters,
    int timeout_ms, cJSON **ret_reply);

/* As ctl_ask() for a method of several replies: each gets them one after the
 * other, and ends with CTL_DONE or what is then returned. */
int ctl_ask_more(struct ctl *ctl, const char *method, int timeout_ms,
    int (*each)(void *context, const cJSON *reply), void *context);

/* The last refusal is this error: "TwoFactor.WrongToken". */
bool ctl_was_refused(const struct ctl *ctl, const char *error);

/* Close the connection before a person is asked: authboxd does not wait. */
void ctl_hang_up(struct ctl *ctl);

/* ---- printing ---- */

/* The last refusal, as a sentence or as JSON. Returns CTL_REFUSED. */
int ctl_print_refusal(struct ctl *ctl);

/* The last refusal as a sentence, and its word: lent. */
void
ctl_describe_refusal(const struct ctl *ctl, char ret_text[CTL_MESSAGE_BYTES]);
const char *ctl_refusal_word(const struct ctl *ctl);

/* {"error": word, "message": …} or the sentence alone; with a newline. Returns
 * `status`. */
int ctl_fail(struct ctl *ctl, int status, const char *word, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* No memory, in words. Returns CTL_REFUSED. */
int ctl_fail_memory(struct ctl *ctl);

/* One line of JSON on ctl->out. Returns CTL_DONE or CTL_REFUSED. */
int ctl_print_json(struct ctl *ctl, const cJSON *tree);

/* Members that may be left out: "" and `otherwise`. */
const char *ctl_text(const cJSON *object, const char *name);
int64_t ctl_int(const cJSON *object, const char *name, int64_t otherwise);
bool ctl_bool(const cJSON *object, const char *name);

#endif
