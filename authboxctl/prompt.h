/* Asking the person at the terminal. */
#ifndef AUTHBOXCTL_PROMPT_H
#define AUTHBOXCTL_PROMPT_H

#include <stdio.h>

#include "base/secret.h"

#define PROMPT_BYTES_MAX 256

/* Read one line from `in_fd`, without its end and blanks around it. `question`
 * goes to `file` before it when `in_fd` is a terminal. 1; 0: the input ended,
 * or Ctrl-C; -EMSGSIZE: too long for a code; -ENOMEM, -EIO … */
int prompt_ask(
    int in_fd, FILE *file, const char *question, struct secret **ret_line);

#endif
