/*
 * What the other sources of users and groups on this host have: files, LDAP,
 * other services. Each call may take as long as the slowest of them, so none is
 * made where somebody waits for our own answer. Records of ours are seen too.
 */
#ifndef USERDB_OTHERS_H
#define USERDB_OTHERS_H

#include <stdint.h>

/* Our own socket is not asked: it would wait for itself. Once, before any
 * thread. */
int others_init(void);

/* 1: a user or a group has it; 0: nobody; < 0: a source could not tell. */
int others_have_name(const char *name);
int others_have_id(uint32_t id);

/* 1: the group is there and its id is 0. */
int others_have_root_group(const char *group);

#endif
