/*
 * Texts that authboxd wants shown.
 */
#ifndef PAM_AUTHBOX_TEXTS_H
#define PAM_AUTHBOX_TEXTS_H

#include "pam_authbox/request.h"

/* Copy a text item, control characters made harmless; the caller's, for
 * AUTO_TYPED. -EBADMSG: it holds a NUL; -ENOMEM. */
int texts_copy(const struct pam_frame_item *item, char **ret_text);

/* Show the INFO and ERROR texts of a frame, in order, unless PAM_SILENT asks
 * for quiet. 0; -ECANCELED: the host cannot show them; -EBADMSG; -ENOMEM. */
int texts_tell(const struct request *request, const struct pam_frame *frame);

#endif
