/*
 * Matcho, the pattern language of access policies: a pattern is compiled once,
 * when the configuration is loaded, and then asked whether a request is as it
 * says. authbox-policy(5) describes it for those who write patterns.
 *
 *   text, number, true, false   the same value
 *   null, nil?                  null or absent
 *   present?                    anything but that
 *   not-blank?                  a text with more than blanks in it
 *   "#REGEX"                    a text in which the expression is found
 *   ".a.b"                      the value at this path of the request
 *   {a: PATTERN, ...}           an object whose members are so; more may be
 *   [PATTERN, ...]              an array that begins so; more may follow
 *   {$enum: [VALUE, ...]}       one of these values, or, with a path in place
 *                               of the list, of those in that array
 *   {$one-of: [PATTERN, ...]}   as at least one of these says, likewise
 *   {$contains: PATTERN}        an array with an element that is so
 *   {$every: PATTERN}           an array all of whose elements are so
 *   {$present-all: [P, ...]}    an array with an element for each of these
 *   {$length: N}                an array of N elements
 *   {$not: PATTERN}             anything that is not so
 *   {$reference: PATTERN}       "TYPE/ID" or {reference: "TYPE/ID"}, seen as
 *                               {resourceType: TYPE, id: ID}
 *   {$within: SECONDS}          a Unix time that is no older than that by the
 *                               request's own time.unix (ours)
 *
 * A third answer keeps $not from turning "nobody can say" into "yes": a path
 * that leads nowhere, a text that is too long for an expression or is not
 * UTF-8, and a $within without a time are neither yes nor no, and what depends
 * on such an answer does not match.
 *
 * Pure: no I/O, no state. A pattern may be used by many threads at once.
 */
#ifndef MATCHO_MATCHO_H
#define MATCHO_MATCHO_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "base/regex.h"

#define MATCHO_DEPTH_MAX 24   /* of a pattern, and of values compared */
#define MATCHO_NODES_MAX 4096 /* values in a pattern */

/* One look at a value, member or element, or one step of an expression. Ample
 * for any pattern that is not at fault: some 20 ms. */
#define MATCHO_STEPS_MAX 200000

#define MATCHO_PATH_BYTES_MAX 256

struct matcho;

/* What is wrong with a pattern: where in it ("jwt.iss", "" for all of it), and
 * what, as the end of a sentence. */
struct matcho_error {
	char path[MATCHO_PATH_BYTES_MAX];
	char why[REGEX_WHY_BYTES_MAX + 64];
};

/* Compile a pattern, which must be an object with members. -EINVAL: *ret_error
 * says what is wrong with it; -ENOMEM. Nothing of `pattern` is kept. */
int matcho_compile(const cJSON *pattern, struct matcho **ret_matcho,
    struct matcho_error *ret_error);

/* Whether a request is as the pattern says: 1 or 0. With 0, `ret_path` gets
 * the place in the pattern that said no ("jwt.iss", "user.role.$contains").
 * `*steps` is what the search may take at most, and is lowered by what it
 * took. -E2BIG: it did not suffice; -ENOMEM. Neither means "no", and nobody
 * may be let in for the lack of a match. */
int matcho_match(const struct matcho *matcho, const cJSON *request,
    size_t *steps, char ret_path[MATCHO_PATH_BYTES_MAX]);

/* Whether an answer may depend on this member of the request; true in doubt.
 * What nobody asks for need not be put together. */
bool matcho_mentions(const struct matcho *matcho, const char *member);

void matcho_free(struct matcho *matcho);

CLEANUP_DEFINE(matcho)

#endif
