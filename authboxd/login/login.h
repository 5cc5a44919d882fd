/*
 * One PAM stage, from BEGIN to DONE: who asks, about whom, by which rules, and
 * what came out. The straight-line functions totp_login(), enrol_login() and
 * account_login() work on it.
 */
#ifndef LOGIN_LOGIN_H
#define LOGIN_LOGIN_H

#include "authbox/verdict.h"
#include "daemon.h"
#include "login/arrival.h"
#include "login/dialogue.h"
#include "login/login_request.h"
#include "login/origin.h"
#include "users/nss.h"
#include "wire/busy.h"

struct attempt;
struct connection;
struct person;
struct pending_login;
struct user_record;

#define LOGIN_KEY_BYTES 301 /* a store key with its NUL */

struct login_result {
	enum verdict verdict;
	const char *reason; /* a code of audit_reasons[] */
	char detail[512];   /* for the admin, "" */
	char text[160];	    /* for the person, "": the verdict's own words */
	char device[ID_BYTES_MAX + 1];
	char policy[ID_BYTES_MAX + 1]; /* that allowed it last, "": none */
};

struct login {
	struct daemon *daemon;
	const struct login_request *request;
	uid_t peer_uid;
	struct busy_work *work;
	struct dialogue dialogue;
	char reference[PAM_REFERENCE_BYTES + 1];
	const char *host; /* for policies; NULL: the name of this one */

	/* By login_prepare(). */
	struct config *config; /* a reference */
	const struct auth_config *auth_config;
	const struct client *client; /* see asker_check(); may be NULL */
	struct origin origin;
	struct nss_user user;
	bool user_is_known; /* to NSS */
	bool user_is_inactive;
	/* The created user that this is about, as he is stored, or as he shall
	 * be; NULL: none. See login/arrival.h. */
	struct person *person;

	/* By the factor. */
	bool user_is_proven; /* a token names the very user, known to NSS or
			      * not: the name is no mistyped password */
	enum arrival arrival;
	/* What the provider may be asked with about the user; lent while a
	 * token is judged, else NULL. */
	const struct secret *access_token;
	struct login_result result;
	struct pending_login *pending; /* handed over when allowed */
};

/* Reach a verdict. `reason` is static; the verdict's detail and text stay. */
void
login_decide(struct login *login, enum verdict verdict, const char *reason);

/* NSS could not tell: a verdict of its own, so that nobody looks for the fault
 * in the store. 0: it is reached; -ENOMEM: passed up. */
int login_fail_look_up(struct login *login, int error);

/* The record that this login reads and changes: the user's own when he is
 * enrolled, else the bucket that guesses at his name are counted in. 1: he is
 * enrolled; 0: not; < 0. `ret_key` has LOGIN_KEY_BYTES. */
int login_load_record(
    struct login *login, char *ret_key, struct user_record **ret_record);

/* Name and uid that belong to the key of login_load_record(). */
const char *login_record_name(const struct login *login, bool is_enrolled);
uid_t login_record_uid(const struct login *login, bool is_enrolled);

/* Tell whoever watches over the user: see webhooks_send_notice(). */
void login_send_notice(const struct login *login, const char *event);

/* The asking program runs as the very user that it asks about. */
bool login_is_about_peer(const struct login *login);

/* What an attempt needs to know of this login: time, window and origin. */
void
login_describe_attempt(const struct login *login, struct attempt *ret_attempt);

/* The part of that about the user and where he comes from; login->config is
 * there. Returns as login_prepare(). */
int login_find_user(struct login *login);

/* The same, but for where he comes from, for one who was nobody then and whom
 * another login may have made meanwhile with this uid. */
int login_find_user_again(struct login *login, uid_t uid);

/* Find out all that the members above say. 1: go on; 0: a verdict is reached
 * (result is set); < 0: could not find out. */
int login_prepare(struct login *login);

/* The whole stage: prepare, lead the dialogue, decide, write the audit record.
 * `login` has daemon, request, peer_uid, work (entered) and dialogue; what it
 * holds afterwards is login_done()'s to free. */
void login_run(struct login *login);
void login_done(struct login *login);

/* Serve one connection of pam.sock; connection->context is the daemon. */
void login_serve(const struct connection *connection);

#endif
