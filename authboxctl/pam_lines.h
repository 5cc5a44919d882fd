/* The lines of a PAM stack, as pam.conf(5) has them in /etc/pam.d. */
#ifndef AUTHBOXCTL_PAM_LINES_H
#define AUTHBOXCTL_PAM_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define PAM_LINES_MAX	    128
#define PAM_LINE_BYTES	    512
#define PAM_LINES_DEPTH_MAX 8 /* of files that include others */

enum pam_kind {
	PAM_KIND_OTHER = 0, /* session, password */
	PAM_KIND_AUTH,
	PAM_KIND_ACCOUNT,
};

struct pam_line {
	enum pam_kind kind;
	/* NULs divide the three; they lie in `text`, so a line is not copied.
	 * `module` is without its folder and arguments. */
	const char *control, *module, *arguments;
	char text[PAM_LINE_BYTES];
};

struct pam_lines {
	struct pam_line lines[PAM_LINES_MAX];
	size_t count;
};

/* The auth and account lines of a service, those of included files in their
 * place. 1; 0: there is no such service; what is too long or too deep is left
 * out. */
int pam_lines_read(
    const char *folder, const char *service, struct pam_lines *ret_lines);

bool pam_line_is_ours(const struct pam_line *line);

/* A whole word of the arguments. */
bool pam_line_has(const struct pam_line *line, const char *word);

#endif
