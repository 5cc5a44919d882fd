/*
 * May this user, with these claims, use this service from there?
 *
 * The access policies that concern the question are asked in the order of the
 * configuration; the first that is true lets the user in, and when there is
 * none, nobody is. Pure: what is known of the login is an argument.
 * authbox-policy(5) describes it all for those who write policies.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "matcho/matcho.h"

/* What all policies of one question may take together; MATCHO_STEPS_MAX for
 * each. Some 100 ms, and some 50 us for policies that are not at fault. */
#define POLICY_STEPS_MAX 1000000

/* Paths of nested policies stand before that of the pattern. */
#define POLICY_PATH_BYTES_MAX (MATCHO_PATH_BYTES_MAX + 64)

/* What is asked, and which policies (by their `stage`) it concerns. */
enum policy_question {
	/* A login by token or device, in auth: those without a stage, and
	 * `login`. */
	POLICY_TOKEN_LOGIN = 0,
	/* The same login, in account: those without a stage, and `account`. */
	POLICY_TOKEN_ACCOUNT,
	/* Any other login (key, password, code), in account: `account`. While
	 * the configuration has no such policy at all, everybody passes. */
	POLICY_OTHER_ACCOUNT,
};

/* All that is known of a login. Texts may be NULL or "": not known, and then
 * absent for policies. All is lent. */
struct policy_request {
	const struct config *config; /* never NULL */
	enum policy_question question;
	const char *user;    /* PAM_USER, or the user that is asked about */
	const char *user_id; /* the declared User he is; NULL: `user` */
	int64_t uid;	     /* < 0: there is no Unix account */
	/* What is stored of a created user (users/profile.h); NULL: nothing.
	 * What is declared of him is stronger, member by member. */
	const cJSON *profile;
	char *const *groups;	   /* his Unix groups, ended by NULL; or NULL */
	const char *client_id;	   /* the Client that asks */
	const char *service, *tty; /* of PAM */
	const char *remote_addr;   /* numeric, only where it can be believed */
	const char *host;	   /* the name of this host */
	const char *ruser, *ssh_auth;
	const cJSON *jwt;	/* verified claims; NULL: none */
	const cJSON *token;	/* the answer of an introspection; NULL: none */
	const char *session_by; /* "token", "code": what the local session was
				 * made from; NULL: there is none */
	int64_t session_created_unix_s;
	int64_t now_unix_s;
};

/* The request object that patterns are about. It lends from `request`, which
 * must outlive it. NULL: no memory. */
cJSON *policy_request_build(const struct policy_request *request);

struct policy_verdict {
	bool is_allowed;
	/* The policy that decided; "" when none was true. */
	char policy_id[ID_BYTES_MAX + 1];
	/* Static: "policy-allowed"; "policy-not-asked" (allowed, since no
	 * policy is about such logins); "no-policy" (none concerns this user
	 * and question); "policy-denied" (none is true); "policy-gave-up"
	 * (likewise, and one was too much work to say). */
	const char *why;
	/* How many said no, and the first of them, with where; 0, "": none. */
	size_t denied_count;
	char denied_id[ID_BYTES_MAX + 1];
	char denied_path[POLICY_PATH_BYTES_MAX];
};

/* -ENOMEM; *ret_verdict is then untouched. */
int policy_decide(
    const struct policy_request *request, struct policy_verdict *ret_verdict);

/* Whether an answer may depend on this member of the request object; true in
 * doubt. What nobody asks for need not be found out. */
bool policy_mentions(const struct policy_request *request, const char *member);

/* What a policy has to do with a question. */
enum policy_answer {
	POLICY_TRUE = 0,
	POLICY_FALSE,	    /* `path` says where */
	POLICY_GAVE_UP,	    /* too much work; counts as false */
	POLICY_OTHER_STAGE, /* not asked: its stage is another */
	POLICY_OTHER_LINK,  /* not asked: linked to others */
	POLICY_OTHER_ROLE,  /* not asked: the user has not this role */
};

struct policy_finding {
	const struct access_policy *policy;
	enum policy_answer answer;
	char path[POLICY_PATH_BYTES_MAX]; /* "" but with POLICY_FALSE */
};

/* Tell each policy's part in a question, in their order, those behind the
 * first that is true as well. `each` returns 0, or an error (< 0) that ends it
 * and is returned. The verdict is that of policy_decide(). */
int policy_explain(const struct policy_request *request,
    int (*each)(void *context, const struct policy_finding *finding),
    void *context, struct policy_verdict *ret_verdict);

/* The least that mends "no-policy" for this user and service, as YAML, for
 * people to copy; in one line for logs. malloc()ed; NULL: no memory. */
char *policy_sample(const struct policy_request *request, bool in_one_line);

#endif
