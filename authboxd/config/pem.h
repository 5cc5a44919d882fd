/* PEM as it comes out of YAML. */
#ifndef CONFIG_PEM_H
#define CONFIG_PEM_H

#include <stdbool.h>

#include "base/secret.h"

/* A text over several lines in quotes has blanks in place of its line ends.
 * Undo that between the BEGIN and END of a PEM block. */
void pem_unfold(char *text);

/* One private key in PEM that needs no password. */
bool pem_is_private_key(const struct secret *pem);

#endif
