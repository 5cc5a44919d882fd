/*
 * The own copy of all accounts: a file for each id, in the state folder. A file
 * that is there reserves its id, whatever stands in it.
 */
#ifndef USERDB_OWN_COPY_H
#define USERDB_OWN_COPY_H

#include "userdb/account.h"
#include "userdb/roll.h"

/* The folder, made where it is missing. < 0: it cannot be used. */
int own_copy_open(const char *path, int *ret_dir_fd);

/* Put an account on the disk, durably: it is there whole, or as it was. */
int own_copy_write(int dir_fd, const struct account *account);

/* Read all accounts. One that cannot be read stays reserved under no name, and
 * the log says so. */
int own_copy_read(int dir_fd, struct roll *roll);

#endif
