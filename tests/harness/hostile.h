/*
 * Hostile texts by the hundred: fragments of each class, alone and before, in
 * and behind names that mean something, and values that are hostile as they
 * are. And what a text must be to be harmless, said by other means than the
 * program's. A program includes it once.
 */
#ifndef TESTS_HARNESS_HOSTILE_H
#define TESTS_HARNESS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE_BYTES_MAX 70000
#define HOSTILE_COUNT(a)  (sizeof(a) / sizeof((a)[0]))

/* Lent bytes, with or without NUL among them. */
struct hostile {
	const char *bytes;
	size_t size;
};
#define HOSTILE(text)                                                          \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

/* clang-format off */
static const struct hostile hostile_fragments[] = {
    /* Paths. */
    HOSTILE("/"), HOSTILE("../"), HOSTILE("/../root"), HOSTILE("\\..\\"),
    HOSTILE("."), HOSTILE(".."), HOSTILE("~"), HOSTILE("/dev/null"),
    HOSTILE("%2e%2e%2f"), HOSTILE(".ssh/authorized_keys"), HOSTILE(".user"),
    HOSTILE(".membership"), HOSTILE(":sudo.membership"),
    /* Records of lines: passwd(5), group(5), logs, headers. */
    HOSTILE(":"), HOSTILE(":0:0:"), HOSTILE(":x:0:0::/root:/bin/sh\n"),
    HOSTILE(","), HOSTILE("\n"), HOSTILE("\r"), HOSTILE("\r\n"),
    HOSTILE("\nroot::0:0:::"), HOSTILE("\t"), HOSTILE(" "), HOSTILE("  "),
    HOSTILE("\v"), HOSTILE("\f"), HOSTILE("="), HOSTILE("\""), HOSTILE("'"),
    HOSTILE(" authbox_reason=code-accepted"),
    HOSTILE("\" authbox_verdict=allow x=\""),
    HOSTILE(" from 192.0.2.66: wrong code (reference 00000000)"), HOSTILE(")"),
    HOSTILE("("), HOSTILE("\nMESSAGE=x\nPRIORITY=0"),
    /* Controls and what a terminal obeys. */
    HOSTILE("\0"), HOSTILE("\0root"), HOSTILE("\x01"), HOSTILE("\b\b\b\b\b"),
    HOSTILE("\x1b[2J"), HOSTILE("\x1b]0;x\a"), HOSTILE("\x1bP"),
    HOSTILE("\x7f"), HOSTILE("\xc2\x80"), HOSTILE("\xc2\x9b[31m"),
    HOSTILE("\xc2\x85"), HOSTILE("\x18"), HOSTILE("\x1a"),
    /* What Unicode turns round, ends, hides or makes look alike. */
    HOSTILE("\u202e"), HOSTILE("\u202dadmin\u202c"), HOSTILE("\u2066"),
    HOSTILE("\u2069"), HOSTILE("\u200f"), HOSTILE("\u061c"), HOSTILE("\u200b"),
    HOSTILE("\u200d"), HOSTILE("\ufeff"), HOSTILE("\u2028"), HOSTILE("\u2029"),
    HOSTILE("\u00a0"), HOSTILE("\u3000"), HOSTILE("\u00ad"), HOSTILE("\u0430"),
    HOSTILE("\u03bf"), HOSTILE("\uff41"), HOSTILE("\uff0f"), HOSTILE("\u2215"),
    HOSTILE("\ua789"), HOSTILE("\u0130"), HOSTILE("\u0131"), HOSTILE("\u212a"),
    HOSTILE("\u017f"), HOSTILE("\u00df"), HOSTILE("\u00e9"), HOSTILE("e\u0301"),
    HOSTILE("\u1e9b\u0323"), HOSTILE("\ufb01"), HOSTILE("\U0001d41a"),
    HOSTILE("\U000e0041"), HOSTILE("\U0001f468\u200d\U0001f4bb"),
    /* No UTF-8. */
    HOSTILE("\xff"), HOSTILE("\xc0\xaf"), HOSTILE("\xc0\x80"),
    HOSTILE("\xe0\x80\xaf"), HOSTILE("\xed\xa0\x80"), HOSTILE("\xc3"),
    HOSTILE("\xf5\x80\x80\x80"), HOSTILE("\x80"), HOSTILE("\xe9"),
    /* Other languages: shell, format, LDAP, SQL, patterns, JSON, YAML. */
    HOSTILE("%n"), HOSTILE("%s%s%s%s"), HOSTILE("%u"), HOSTILE("%"),
    HOSTILE("$(id)"), HOSTILE("`id`"), HOSTILE(";id"), HOSTILE("|id"),
    HOSTILE("&"), HOSTILE("$HOME"), HOSTILE("$"), HOSTILE("*"), HOSTILE("?"),
    HOSTILE("!"), HOSTILE("#"), HOSTILE("<"), HOSTILE("\\"), HOSTILE("\\1"),
    HOSTILE("*)(uid=*"), HOSTILE("' OR '1'='1"), HOSTILE("{}"), HOSTILE("[]"),
    HOSTILE("\",\"uid\":0,\"x\":\""), HOSTILE("\\u0000"), HOSTILE("<<"),
    HOSTILE("@"), HOSTILE("@@"), HOSTILE("@example.org"),
    HOSTILE("@example.org\n"), HOSTILE("+"), HOSTILE("-"), HOSTILE("--"),
    HOSTILE("_"), HOSTILE("0"),
};

/* Hostile as they are. */
static const struct hostile hostile_wholes[] = {
    HOSTILE(""), HOSTILE("root"), HOSTILE("ROOT"), HOSTILE("Root"),
    HOSTILE("toor"), HOSTILE("0"), HOSTILE("00"), HOSTILE("1000"),
    HOSTILE("65536"), HOSTILE("70000"), HOSTILE("4294967295"),
    HOSTILE("4294967296"), HOSTILE("-1"), HOSTILE("+1"), HOSTILE("0x0"),
    HOSTILE("1e3"), HOSTILE("#0"), HOSTILE("%0"), HOSTILE("nobody"),
    HOSTILE("daemon"), HOSTILE("www-data"), HOSTILE("sshd"), HOSTILE("sudo"),
    HOSTILE("docker"), HOSTILE("wheel"), HOSTILE("adm"), HOSTILE("lxd"),
    HOSTILE("shadow"), HOSTILE("disk"), HOSTILE("postgres"), HOSTILE("authbox"),
    HOSTILE("authbox-userdb"), HOSTILE("systemd-network"), HOSTILE("systemd-"),
    HOSTILE("users"), HOSTILE("box-users"), HOSTILE("DOCKER"),
    HOSTILE("Systemd-Resolve"), HOSTILE("alice"), HOSTILE("Alice"),
    HOSTILE("ALICE"), HOSTILE("aLiCe"), HOSTILE("alice$"), HOSTILE("-alice"),
    HOSTILE(".alice"), HOSTILE("alice."), HOSTILE("a.b"), HOSTILE("a..b"),
    HOSTILE("a.@b"), HOSTILE("a@b"), HOSTILE("a@b@c"), HOSTILE("_"),
    HOSTILE("__"), HOSTILE("-"), HOSTILE("--"), HOSTILE("."), HOSTILE(".."),
    HOSTILE("..."), HOSTILE("null"), HOSTILE("true"),
    HOSTILE("[object Object]"), HOSTILE("alice@example.org"),
    HOSTILE("ALICE@EXAMPLE.ORG"), HOSTILE("root@example.org"),
    HOSTILE("Root@example.org"), HOSTILE("0@example.org"),
    HOSTILE("@example.org"), HOSTILE("alice@exampleXorg"),
    HOSTILE("alice@example.org.evil"), HOSTILE("alice@evil@example.org"),
    HOSTILE("evil@x\nalice@example.org"), HOSTILE("alice@example.org\nx"),
    HOSTILE("alice@example.org\n"), HOSTILE("\nalice@example.org"),
    HOSTILE("alice@\u0435xample.org"), HOSTILE("alice\\1@example.org"),
    HOSTILE("..@example.org"), HOSTILE("../../root@example.org"),
    HOSTILE("emp-7"), HOSTILE("EMP-7"), HOSTILE("emp-0x7"), HOSTILE("emp-"),
    HOSTILE("xemp-7"), HOSTILE("emp-7 "), HOSTILE("emp-\u0667"),
    HOSTILE("emp-7\n"), HOSTILE("d"), HOSTILE("D"), HOSTILE("d "),
    HOSTILE(" d"), HOSTILE("d\n"), HOSTILE("a"), HOSTILE("sudo,box-users"),
};

/* clang-format on */

static const char *const hostile_bases[] = {"alice", "root", "emp-7"};

/* So long, of one letter each. */
static const size_t hostile_lengths[] = {30, 31, 32, 33, 63, 64, 65, 127, 128,
    254, 255, 256, 257, 511, 1023, 1024, 4095, 4096, 4097, 20479, 65536};

/* Call `use` for each; `buffer` of HOSTILE_BYTES_MAX + 1 is where it lies,
 * ended by a NUL that does not count. Returns how many there were. */
static inline size_t
hostile_each(
    void (*use)(void *context, const char *bytes, size_t size), void *context)
{
	char *buffer = malloc(HOSTILE_BYTES_MAX + 1);
	size_t count = 0;

	if (!buffer)
		abort();
	for (size_t i = 0; i < HOSTILE_COUNT(hostile_wholes); i++, count++)
		use(context, hostile_wholes[i].bytes, hostile_wholes[i].size);
	for (size_t i = 0; i < HOSTILE_COUNT(hostile_lengths); i++, count++) {
		memset(buffer, 'a', hostile_lengths[i]);
		buffer[hostile_lengths[i]] = '\0';
		use(context, buffer, hostile_lengths[i]);
	}
	for (size_t i = 0; i < HOSTILE_COUNT(hostile_fragments); i++, count++)
		use(context, hostile_fragments[i].bytes,
		    hostile_fragments[i].size);
	for (size_t i = 0; i < HOSTILE_COUNT(hostile_fragments); i++)
		for (size_t j = 0; j < HOSTILE_COUNT(hostile_bases) * 3; j++) {
			const struct hostile *fragment = &hostile_fragments[i];
			const char *base = hostile_bases[j / 3];
			size_t size = strlen(base);
			size_t at = j % 3 == 0 ? 0 : j % 3 == 1 ? 2 : size;

			memcpy(buffer, base, at);
			memcpy(buffer + at, fragment->bytes, fragment->size);
			memcpy(buffer + at + fragment->size, base + at,
			    size - at + 1);
			use(context, buffer, size + fragment->size);
			count++;
		}
	free(buffer);
	return count;
}

/* ---- harmless ---- */

/* No byte that a terminal or a reader of lines obeys, in UTF-8 or not: C0, DEL,
 * C1, U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
static inline bool
hostile_is_one_line(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c == 0x7f)
			return false;
		if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			return false;
		if (c[0] == 0xd8 && c[1] == 0x9c)
			return false;
		if (c[0] == 0xe2 && c[1] == 0x80 &&
		    (c[2] == 0x8e || c[2] == 0x8f ||
			(c[2] >= 0xa8 && c[2] <= 0xae)))
			return false;
		if (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 &&
		    c[2] <= 0xa9)
			return false;
	}
	return true;
}

static inline bool
hostile_is_visible_ascii(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* How often `word` stands in the line outside of quotes. */
static inline size_t
hostile_count_unquoted(const char *line, const char *word)
{
	size_t count = 0;
	bool quoted = false;

	for (; *line; line++) {
		quoted ^= *line == '"';
		count += !quoted && strncmp(line, word, strlen(word)) == 0;
	}
	return count;
}

/* As a JSON string, in which control characters are always escapes, and with
 * `escaped` all of ASCII is. malloc()ed. */
static inline char *
hostile_print_json(const char *bytes, size_t size, bool escaped)
{
	char *text = malloc(size * 6 + 3), *at = text;

	if (!text)
		abort();
	*at++ = '"';
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = (char)c;
		} else if (c < 0x20 || (escaped && c < 0x80)) {
			at += sprintf(at, "\\u%04x", c);
		} else {
			*at++ = (char)c;
		}
	}
	*at++ = '"';
	*at = '\0';
	return text;
}

#endif
