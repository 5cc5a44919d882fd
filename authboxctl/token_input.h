/* An access token from standard input: never from the command line, which
 * other users of the machine can see. */
#ifndef AUTHBOXCTL_TOKEN_INPUT_H
#define AUTHBOXCTL_TOKEN_INPUT_H

#include "authboxctl/ctl.h"

/* The parameters of the command, with the token read as "token". CTL_DONE:
 * *ret_parameters is the caller's; else what is wrong was printed. */
int token_input_read(struct ctl *ctl, cJSON **ret_parameters);

#endif
