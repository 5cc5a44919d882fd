/* PEM as it comes out of YAML. */
#ifndef CONFIG_PEM_H
#define CONFIG_PEM_H

/* A text over several lines in quotes has blanks in place of its line ends.
 * Undo that between the BEGIN and END of each PEM block, and before it. */
void pem_unfold(char *text);

#endif
