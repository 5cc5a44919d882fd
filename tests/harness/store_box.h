/*
 * A store in a temporary folder, and updates written as scripts. To be included
 * after <cmocka.h>.
 */
#ifndef TESTS_HARNESS_STORE_BOX_H
#define TESTS_HARNESS_STORE_BOX_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/store.h"

struct box {
	char root[64], state[96], keys[96];
	struct store_paths paths;
	struct store *store;
};

static inline void
box_open(struct box *box)
{
	assert_int_equal(store_open(&box->paths, &box->store), 0);
}

static inline void
box_close(struct box *box)
{
	store_free(box->store);
	box->store = NULL;
}

static inline void
box_reopen(struct box *box)
{
	box_close(box);
	box_open(box);
}

/* Run a shell command in the box's folder. */
static inline void
box_run(const struct box *box, const char *command)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "cd %s && %s", box->root, command);
	assert_int_equal(system(line), 0);
}

/* Run SQL on the closed store's file. */
static inline void
box_sql(const struct box *box, const char *sql)
{
	char path[128];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/authbox.db", box->state);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A box in `folder`, its store not yet there. */
static inline struct box *
box_new(const char *folder)
{
	struct box *box = calloc(1, sizeof(*box));

	(void)snprintf(
	    box->root, sizeof(box->root), "%s/store_box.XXXXXX", folder);
	assert_non_null(mkdtemp(box->root));
	(void)snprintf(box->state, sizeof(box->state), "%s/state", box->root);
	(void)snprintf(box->keys, sizeof(box->keys), "%s/keys", box->root);
	box->paths.state_dir = box->state;
	box->paths.key_dir = box->keys;
	return box;
}

static inline int
box_setup(void **state)
{
	struct box *box = box_new("/tmp");

	box_open(box);
	assert_null(store_fault(box->store));
	*state = box;
	return 0;
}

static inline int
box_teardown(void **state)
{
	struct box *box = *state;

	box_close(box);
	box_run(box, "rm -rf $PWD");
	free(box);
	return 0;
}

/* What one update shall do to each of its items. */
struct box_script {
	const char *expected[STORE_UPDATE_KEYS_MAX]; /* NULL: absent */
	enum store_write write[STORE_UPDATE_KEYS_MAX];
	const char *text[STORE_UPDATE_KEYS_MAX];
	int result;
	int calls;
};

static inline int
box_play(void *context, struct store_item items[], size_t count)
{
	struct box_script *script = context;

	script->calls++;
	for (size_t i = 0; i < count; i++) {
		if (script->expected[i])
			assert_string_equal(
			    items[i].value->bytes, script->expected[i]);
		else
			assert_null(items[i].value);
		items[i].write = script->write[i];
		if (script->text[i])
			items[i].new_value = secret_copy(
			    script->text[i], strlen(script->text[i]));
	}
	return script->result;
}

static inline int
box_put(
    struct store *store, const char *key, const char *before, const char *text)
{
	struct box_script script = {.expected = {before},
	    .write = {text ? STORE_PUT : STORE_DELETE},
	    .text = {text}};

	return store_update(store, &key, 1, box_play, &script);
}

static inline void
box_assert_value(struct store *store, const char *key, const char *expected)
{
	AUTO(secret) value = NULL;

	assert_int_equal(store_get(store, key, &value), expected ? 1 : 0);
	if (expected)
		assert_string_equal(value->bytes, expected);
}

#endif
