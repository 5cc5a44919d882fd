/*
 * An authbox-userdb without a process: its folders in a temporary one, and
 * calls to io.authbox.Userdb over a socketpair, as authboxd makes them. To be
 * included after <cmocka.h>.
 */
#ifndef TESTS_HARNESS_USERDB_BOX_H
#define TESTS_HARNESS_USERDB_BOX_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "userdb/userdb_service.h"
#include "wire/stream.h"
#include "wire/varlink_client.h"

#define USERDB_BOX_CONFIG                                                      \
	"resourceType: Provisioning\n"                                         \
	"uidRange: {min: 70000, max: 70199}\n"                                 \
	"groups:\n  map:\n"                                                    \
	"    - {value: a, group: box-users}\n"                                 \
	"    - {value: b, group: sudo, powerful: true}\n"

struct userdb_box {
	char root[64], config[96], state[96], dropins[96];
	struct userdb userdb;
	struct userdb_paths paths;
};

static inline void
userdb_box_configure(const struct userdb_box *box, const char *yaml)
{
	FILE *file = fopen(box->config, "w");

	assert_non_null(file);
	assert_true(fputs(yaml, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void
userdb_box_open(struct userdb_box *box)
{
	assert_int_equal(userdb_init(&box->userdb, &box->paths), 0);
}

static inline void
userdb_box_reopen(struct userdb_box *box)
{
	userdb_done(&box->userdb);
	userdb_box_open(box);
}

static inline void
userdb_box_init(struct userdb_box *box)
{
	*box = (struct userdb_box){.root = "/tmp/authbox-test-XXXXXX"};
	assert_non_null(mkdtemp(box->root));
	(void)snprintf(
	    box->config, sizeof(box->config), "%s/userdb.yaml", box->root);
	(void)snprintf(box->state, sizeof(box->state), "%s/state", box->root);
	(void)snprintf(
	    box->dropins, sizeof(box->dropins), "%s/dropins", box->root);
	assert_int_equal(mkdir(box->dropins, 0755), 0);
	box->paths = (struct userdb_paths){
	    .config = box->config,
	    .state = box->state,
	    .dropins = box->dropins,
	};
	userdb_box_configure(box, USERDB_BOX_CONFIG);
	userdb_box_open(box);
}

static inline void
userdb_box_done(struct userdb_box *box)
{
	char command[128];

	userdb_done(&box->userdb);
	(void)snprintf(command, sizeof(command), "rm -rf %s", box->root);
	assert_int_equal(system(command), 0);
}

/* ---- calls ---- */

static inline void *
userdb_box_serve(void *context)
{
	const struct connection *connection = context;

	userdb_service_serve(connection);
	(void)close(connection->fd); /* as the listener does */
	return NULL;
}

/* Call as `uid`. The reply is the caller's; 0, or < 0: nobody answered. */
static inline int
userdb_box_call_as(struct userdb_box *box, uid_t uid, const char *method,
    const cJSON *parameters, struct varlink_reply *ret_reply)
{
	struct userdb_service service = {&box->userdb, 12345};
	struct connection connection = {.uid = uid, .context = &service};
	struct varlink_client client = {0};
	int fds[2], r;
	pthread_t thread;

	*ret_reply = (struct varlink_reply){0};
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	connection.fd = fds[0];
	assert_int_equal(
	    pthread_create(&thread, NULL, userdb_box_serve, &connection), 0);
	client.fd = fds[1];
	r = varlink_client_call(&client, method, parameters,
	    streq(method, "io.authbox.Userdb.List"), stream_now_ms() + 20000,
	    ret_reply);
	varlink_client_done(&client);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return r;
}

/* What authboxd is answered: "" is yes, else the reason or the error. `text` is
 * the parameters' JSON with ' for ". Lent until the next call. */
static inline const char *
userdb_box_ask(struct userdb_box *box, const char *method, const char *text,
    struct varlink_reply *ret_reply)
{
	static char reason[128];
	struct varlink_reply reply = {0};
	char name[64], json[8192];
	const char *found = NULL;
	AUTO_JSON parameters = NULL;

	(void)snprintf(json, sizeof(json), "%s", text);
	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	parameters = cJSON_Parse(json);
	if (!parameters)
		fail_msg("no JSON: %s", json);
	(void)snprintf(name, sizeof(name), "io.authbox.Userdb.%s", method);
	assert_int_equal(
	    userdb_box_call_as(box, 12345, name, parameters, &reply), 0);
	reason[0] = '\0';
	if (reply.error) {
		(void)json_find_text(reply.parameters, "reason", &found);
		(void)snprintf(
		    reason, sizeof(reason), "%s", found ? found : reply.error);
	}
	if (ret_reply)
		*ret_reply = reply;
	else
		varlink_reply_done(&reply);
	return reason;
}

static inline const char *
userdb_box_publish(
    struct userdb_box *box, const char *name, unsigned uid, const char *members)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
	    "{'user': {'name': '%s', 'uid': %u%s%s}}", name, uid,
	    members[0] ? ", " : "", members);
	return userdb_box_ask(box, "Publish", text, NULL);
}

/* ---- files ---- */

static inline bool
userdb_box_has(const struct userdb_box *box, const char *file)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", box->dropins, file);
	return lstat(path, &st) == 0;
}

/* A drop-in's text, malloc()ed; NULL: there is none. */
static inline char *
userdb_box_read(const struct userdb_box *box, const char *file)
{
	char path[512], *text = calloc(1, 4096);
	FILE *in;

	assert_non_null(text);
	(void)snprintf(path, sizeof(path), "%s/%s", box->dropins, file);
	in = fopen(path, "re");
	if (!in) {
		free(text);
		return NULL;
	}
	(void)!fread(text, 1, 4095, in);
	(void)fclose(in);
	return text;
}

#endif
