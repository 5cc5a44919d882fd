/* A compiled pattern: a tree with a node for each value of the pattern, and
 * one for each operator. For this folder only. */
#ifndef MATCHO_NODE_H
#define MATCHO_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/regex.h"
#include "matcho/matcho.h"

/* What a node demands, with the fields that it uses. */
enum node_kind {
	NODE_TEXT,	  /* text */
	NODE_NUMBER,	  /* number */
	NODE_TRUTH,	  /* truth */
	NODE_PRESENT,	  /* present?, or not where `truth` is false: nil? */
	NODE_NOT_BLANK,	  /* */
	NODE_REGEX,	  /* regex */
	NODE_PATH,	  /* keys: equal to what is there */
	NODE_AMONG,	  /* keys: equal to an element of what is there */
	NODE_OBJECT,	  /* children by key */
	NODE_LIST,	  /* children by position */
	NODE_ALL,	  /* children, each about the same value: operators */
	NODE_ANY,	  /* children: $enum, $one-of */
	NODE_CONTAINS,	  /* one child */
	NODE_EVERY,	  /* one child */
	NODE_NOT,	  /* one child */
	NODE_PRESENT_ALL, /* children */
	NODE_LENGTH,	  /* number */
	NODE_REFERENCE,	  /* one child */
	NODE_WITHIN,	  /* number */
	NODE_KIND_COUNT,
};

struct matcho_node {
	enum node_kind kind;
	const struct matcho_node *up; /* NULL at the top */
	char *key; /* in `up`; NULL at the top and for the one child of an
		    * operator */
	struct matcho_node *children;
	size_t child_count;
	char *text;
	double number;
	bool truth;
	struct regex *regex;
	char **keys;
	size_t key_count;
};

struct matcho {
	struct matcho_node top;
	size_t node_count;
};

/* Where a node stands in its pattern: keys with dots between. */
void node_put_path(
    const struct matcho_node *node, char ret_path[MATCHO_PATH_BYTES_MAX]);

/* Free what hangs from a node. */
void node_done(struct matcho_node *node);

#endif
