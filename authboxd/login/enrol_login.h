/* A login of somebody who is not enrolled: enrolment inside the dialogue. */
#ifndef LOGIN_ENROL_LOGIN_H
#define LOGIN_ENROL_LOGIN_H

struct login;

/* For a user without a device. 0: a verdict is reached (enrolled and to become
 * real in account; or not managed); 1: neither, so he is asked for a code like
 * everybody; < 0. Users whom nobody knows see the same: their enrolment never
 * becomes real. Nobody but root's program, and the user's own, may enrol. */
int enrol_login(struct login *login);

#endif
