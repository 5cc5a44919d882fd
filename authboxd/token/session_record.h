/* A session as it lies in the store. */
#ifndef TOKEN_SESSION_RECORD_H
#define TOKEN_SESSION_RECORD_H

#include "token/session.h"

/* 0 or -ENOMEM. */
int
session_record_print(const struct session *session, struct secret **ret_record);

/* 0: *ret_session, for session_done(). -EBADMSG: it is damaged; -ENOMEM. */
int
session_record_parse(const struct secret *record, struct session *ret_session);

#endif
