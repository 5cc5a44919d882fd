/*
 * The words that tables are written in: a table describes the fields of one
 * kind of resource, or of one object in it. Reading, checking, freeing,
 * `config explain` and the check of the man page all walk these tables.
 */
#ifndef CONFIG_FIELD_H
#define CONFIG_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/report.h"
#include "config/shape.h"

#define FIELD_PATH_BYTES_MAX 256 /* as shown in messages */

enum field_type {
	FIELD_TEXT = 0,	 /* char *, of a shape */
	FIELD_URL,	 /* char * */
	FIELD_SECRET,	 /* struct secret * */
	FIELD_NUMBER,	 /* unsigned, from min to max */
	FIELD_BOOLEAN,	 /* bool */
	FIELD_CHOICE,	 /* unsigned or enum, one of the words */
	FIELD_TIME,	 /* int64_t, seconds since 1970 */
	FIELD_DURATION,	 /* unsigned, seconds, at most max */
	FIELD_TEXTS,	 /* char **, ended by NULL, of a shape, at most max; one
			  * text alone is a list too, where may_be_one */
	FIELD_HEADERS,	 /* struct header *, with a count, at most max */
	FIELD_OBJECTS,	 /* array of the table's struct, with a count: a list;
			  * or, when the path ends in ".*", a map whose names go
			  * to a char * that the struct begins with */
	FIELD_REFERENCE, /* char *, an id; the one word is its kind */
	FIELD_REFERENCES, /* struct policy_link *, with a count, at most max;
			   * the words are the kinds */
	FIELD_JSON,	  /* cJSON *, an object */
	FIELD_REGEX,	  /* char *, and what it was compiled to, a regex_t *,
			   * in place of a count */
	FIELD_PATTERN,	  /* struct matcho * */
	FIELD_KIND,	  /* resourceType itself */
	FIELD_IGNORED,	  /* known, means nothing here: noted */
	FIELD_ANY,	  /* any value, not kept */
	FIELD_REFUSED,	  /* known, must not stand here: `help` says why */
};

struct field_word {
	const char *text;
	unsigned value;
};

struct table;

struct field {
	const char *path; /* dotted, from the object's start */
	enum field_type type;
	size_t at, count_at; /* offsets in the object's struct */
	unsigned min, max;
	const struct shape *shape;
	const struct field_word *words; /* ended by a NULL text */
	/* Words that are known and refused, ended by NULL, and why. */
	const char *const *refused_words;
	const char *refused_why;
	const struct table *table;
	bool required;
	bool later;	  /* read and kept, but has no effect in this version */
	bool may_be_http; /* a URL that needs no TLS of its own */
	bool may_be_one;  /* a text in place of a list of texts */
	bool is_public;	  /* a secret that is none: the file may be readable */
	const char *fallback;	   /* what stands for a missing field */
	const char *fallback_note; /* the same in words, if it is computed */
	const char *help;	   /* one line */
};

struct table {
	const struct field *fields;
	size_t field_count;
	size_t size; /* of the struct that it fills */
	/* What no single field can tell; may be NULL. Called only when all
	 * fields were good. `shown` is the object's path, "" for a resource. */
	void (*check)(struct report *report, unsigned line, const char *shown,
	    void *object);
	/* Free what was made of the fields; may be NULL. The fields and the
	 * struct itself are not its work. */
	void (*done)(void *object);
};

/* The field at a path, NULL: none. `*ret_below`: others are below the path. */
const struct field *
field_find(const struct table *table, const char *path, bool *ret_below);

/* The field "PARENT.*" for the members of `parent`; NULL: none. */
const struct field *
field_find_named(const struct table *table, const char *parent);

/* The known path that an unknown one most likely means, "" when none is near.
 * `ret_near` has FIELD_PATH_BYTES_MAX bytes. */
void
field_find_near(const struct table *table, const char *path, char *ret_near);

/* The type in words for people: "0 to 10", "off|offer|require", "list of PAM
 * services". `ret_text` has FIELD_PATH_BYTES_MAX bytes. */
void field_print_type(const struct field *field, char *ret_text);

/* Its value never appears in messages. */
bool field_is_secret(const struct field *field);

#endif
