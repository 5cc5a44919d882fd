/*
 * YAML 1.1 (and JSON, which is YAML in flow style) as trees that remember
 * where each value stood. One tree for each document of a text.
 *
 * What makes YAML a risk is refused here: aliases and anchors, tags, doubled
 * keys, keys that are no text, NUL bytes, deep or wide nesting.
 */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

#define TREE_DEPTH_MAX	   16
#define TREE_KEYS_MAX	   256	/* in one map */
#define TREE_ITEMS_MAX	   4096 /* in one list */
#define TREE_KEY_BYTES_MAX 128

enum tree_type {
	TREE_TEXT = 0,
	TREE_MAP,
	TREE_LIST,
};

struct tree {
	enum tree_type type;
	unsigned line; /* from 1; of the key, in a map */
	char *key;     /* in a map, else NULL */
	char *text;    /* of a TREE_TEXT */
	bool plain;    /* the text stood without quotes */
	struct tree *first, *next;
};

/* Wipes the texts. NULL is fine. */
void tree_free(struct tree *tree);
CLEANUP_DEFINE(tree)

/* The member of a map, NULL: none, or no map. Lent. */
const struct tree *tree_find(const struct tree *map, const char *key);

/* Nothing was written: `key:`, `~`, `null`. */
bool tree_is_empty(const struct tree *tree);

/* What is wrong with a text, and where. */
struct tree_fault {
	unsigned line;
	char why[192];
};

struct tree_reader;

/* `bytes` are kept by reference. -ENOMEM. */
int tree_reader_new(
    const char *bytes, size_t size, struct tree_reader **ret_reader);
void tree_reader_free(struct tree_reader *reader);
CLEANUP_DEFINE(tree_reader)

/* 1: the next document; 0: there is no other; -EBADMSG: *ret_fault tells why,
 * and there is no way on; -ENOMEM. */
int tree_reader_next(struct tree_reader *reader, struct tree **ret_document,
    struct tree_fault *ret_fault);

#endif
