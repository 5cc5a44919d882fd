/*
 * What a person is shown in a device login: pure. All of it is ASCII but a QR
 * code in half blocks; what came from elsewhere has lost its other characters,
 * because ssh shows them as numbers and sudo obeys them.
 */
#ifndef LOGIN_DEVICE_TEXT_H
#define LOGIN_DEVICE_TEXT_H

#include "config/config.h"
#include "login/dialogue.h"

#define DEVICE_TEXT_LINES_MAX	      64
#define DEVICE_TEXT_BYTES_MAX	      8192
/* A code that is wider is not shown. */
#define DEVICE_TEXT_COLUMNS_MAX	      41
#define DEVICE_TEXT_COLUMNS_ASCII_MAX 74 /* with DEVICE_QR_ASCII */

/* All is lent; NULL where the note says so. */
struct device_text_facts {
	const char *title; /* NULL: none */
	const char *user, *host, *service;
	const char *from; /* where the login comes from; "": from the host */
	const char *uri, *user_code;
	const char *qr_uri; /* what the picture holds */
	enum device_qr qr;
	unsigned columns; /* of the terminal; 0: not known */
	bool is_not_utf8; /* the terminal is known to show no half blocks */
};

struct device_text {
	struct dialogue_text lines[DEVICE_TEXT_LINES_MAX];
	size_t count;
	char bytes[DEVICE_TEXT_BYTES_MAX]; /* of the lines */
	size_t used;
};

/* The first time: who logs in to what from where, picture, link, code and a
 * warning. What has no place is left out, link and code never. 0 or -ENOMEM. */
int device_text_print(
    const struct device_text_facts *facts, struct device_text *ret_text);

/* Each time after that: link and code under a note. */
void device_text_print_again(const struct device_text_facts *facts,
    const char *note, struct device_text *ret_text);

/* All lines and the prompt behind them in one text, for programs that show
 * nothing but prompts (PAM_SILENT, which sudo sets). Lent; the lines are gone.
 */
const char *device_text_join(struct device_text *text, const char *prompt);

#endif
