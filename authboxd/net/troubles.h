/*
 * Whom we asked and got no good answer from, one sentence each, for
 * `authboxctl status`: forgotten as soon as he answers, or when nobody has
 * asked him for TROUBLES_KEPT_S. Any number of threads.
 */
#ifndef NET_TROUBLES_H
#define NET_TROUBLES_H

#include <stdint.h>

#include "base/cleanup.h"

#define TROUBLES_MAX	   32 /* the one not asked for longest gives way */
#define TROUBLES_KEPT_S	   3600
#define TROUBLE_TEXT_BYTES 512

struct troubles;

struct troubles *troubles_new(void); /* NULL: no memory */
void troubles_free(struct troubles *troubles);
CLEANUP_DEFINE(troubles)

/* What `key` stands for, such as the text_hash() of an address, gave no good
 * answer; `text` says who and why, without secrets. Both are fine with NULL
 * for `troubles`: nobody wants to know. */
void troubles_note(struct troubles *troubles, uint64_t key, int64_t now_unix_s,
    const char *text);
void troubles_forget(struct troubles *troubles, uint64_t key);

/* One of them, as troubles_list() found it. */
struct trouble {
	int64_t since_unix_s, last_unix_s;
	char text[TROUBLE_TEXT_BYTES];
};

/* Copies them. NULL: there are none. Returns their number. */
size_t troubles_list(struct troubles *troubles, int64_t now_unix_s,
    struct trouble ret_list[TROUBLES_MAX]);

#endif
