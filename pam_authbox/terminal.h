/*
 * What the terminal can show that the asking program runs at: for a picture's
 * sake, and nothing else, for whoever starts a set-user-id program chooses its
 * environment and its descriptors.
 */
#ifndef PAM_AUTHBOX_TERMINAL_H
#define PAM_AUTHBOX_TERMINAL_H

#include <stdint.h>

/* PAM_BEGIN_COLUMNS() and PAM_BEGIN_NOT_UTF8 of standard input, output or
 * error, whichever is a terminal; 0: none is, so nothing is known. */
uint32_t terminal_flags(void);

#endif
