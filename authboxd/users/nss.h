/*
 * The one file that asks NSS. Look-ups are bounded in number (a slow NSS
 * source holds NSS_PARALLEL_MAX threads, not all) and cached for NSS_CACHE_S.
 */
#ifndef USERS_NSS_H
#define USERS_NSS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/text.h"

#define NSS_PARALLEL_MAX 16
#define NSS_CACHE_S	 5
#define NSS_WAIT_MS	 3000 /* for one of the places */
#define NSS_GROUPS_MAX	 1024 /* whose names are asked for */

struct nss;

struct nss *nss_new(void); /* NULL: no memory */
void nss_free(struct nss *nss);
CLEANUP_DEFINE(nss)

struct nss_user {
	char name[USER_NAME_BYTES_MAX + 1]; /* as NSS spells it */
	uid_t uid;
	gid_t gid;
};

/* 1: found; 0: no such user (an invalid name is never looked up); -EAGAIN: no
 * place became free; < 0: NSS could not tell. */
int nss_find_user(struct nss *nss, const char *name, struct nss_user *ret);
int nss_find_uid(struct nss *nss, uid_t uid, struct nss_user *ret);

/* Forget what is cached about a name and a uid: they have just changed. */
void nss_forget(struct nss *nss, const char *name, uid_t uid);

/* 1: the user is in the group (by name, primary or supplementary); 0: not, or
 * no such group; < 0. Not cached. */
int
nss_is_member(struct nss *nss, const struct nss_user *user, const char *group);

/* The names of all groups of the user, ended by NULL, for
 * nss_group_names_free(); groups without a name are left out. -E2BIG: more than
 * NSS_GROUPS_MAX. Not cached. */
int nss_copy_group_names(
    struct nss *nss, const struct nss_user *user, char ***ret_names);
void nss_group_names_free(char **names); /* NULL is fine */

/* The same without his primary group. */
int nss_copy_more_group_names(
    struct nss *nss, const struct nss_user *user, char ***ret_names);

#endif
