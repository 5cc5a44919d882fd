/* A configuration out of text, and a login to put to its policies. */
#ifndef TESTS_POLICY_HOST_H
#define TESTS_POLICY_HOST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "policy/policy.h"

#define HOST_NOW 1790000000 /* Monday, 2026-09-21, 14:13:20 UTC */

static inline struct config *
host_load(const char *yaml)
{
	char folder[] = "/tmp/policy-XXXXXX", path[64];
	struct config_report report = {0};
	struct config *config = NULL;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/a.yaml", folder);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(yaml, file) >= 0);
	assert_int_equal(fclose(file), 0);
	if (config_load(folder, &config, &report) != 0)
		fail_msg("%s", report.count > 0 ? report.messages[0].text
						: "cannot be loaded");
	config_report_done(&report);
	(void)unlink(path);
	(void)rmdir(folder);
	return config;
}

/* Of a text with ' for "; NULL of NULL. */
static inline cJSON *
host_json(const char *text)
{
	AUTO_TEXT copy = text ? strdup(text) : NULL;
	cJSON *tree = NULL;

	for (char *at = copy; at && *at; at++)
		*at = *at == '\'' ? '"' : *at;
	if (text)
		assert_int_equal(
		    json_parse(copy, strlen(copy), &tree, NULL), 0);
	return tree;
}

/* alice, over ssh, by token. */
static inline struct policy_request
host_request(const struct config *config, const cJSON *jwt)
{
	return (struct policy_request){
	    .config = config,
	    .question = POLICY_TOKEN_LOGIN,
	    .user = "alice",
	    .uid = 1000,
	    .service = "sshd",
	    .remote_addr = "192.0.2.7",
	    .host = "h1",
	    .jwt = jwt,
	    .now_unix_s = HOST_NOW,
	};
}

#endif
