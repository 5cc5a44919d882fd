/*
 * What each step of a login decided, in the log, for an admin who switched on
 * log.debug because the one audit record does not tell enough.
 *
 * Never of what a person typed, not even its length; and of a name that nobody
 * has not the name: people type passwords there.
 */
#ifndef LOGIN_TRACE_H
#define LOGIN_TRACE_H

struct login;

/* One line, with the login's reference before it. */
void trace_step(const struct login *login, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Who asks, about whom, from where. After login_prepare(). */
void trace_prepared(const struct login *login);

#endif
