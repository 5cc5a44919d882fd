/* Printing for people: what came from elsewhere cannot steer the terminal. */
#ifndef AUTHBOXCTL_SCREEN_H
#define AUTHBOXCTL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SCREEN_TIME_BYTES 32

bool screen_is_terminal(FILE *file);

/* Text with control characters (but line ends and tabs) replaced by '?'. */
void screen_put(FILE *file, const char *text);

/* The same after `used` columns, broken between words where a terminal's line
 * ends; elsewhere one line stays one line. */
void screen_put_wrapped(FILE *file, const char *text, size_t used);

/* The same as screen_put() in bold, and in red, where there are colours. */
void screen_put_bold(FILE *file, const char *text);
void screen_put_red(FILE *file, const char *text);

/* "2026-01-31 14:03:00 CET", local time. */
void screen_time(int64_t unix_s, char ret_text[SCREEN_TIME_BYTES]);

/* Text in groups of four: "ABCD EFGH IJ". */
void screen_put_grouped(FILE *file, const char *text);

/* The locale's characters are UTF-8. */
bool screen_is_utf8(void);

#endif
