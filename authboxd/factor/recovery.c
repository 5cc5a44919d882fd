/*
 * A code is kept as HMAC-SHA-256 over kind, name, uid and code, under a key
 * derived from the store's: a stolen record gives nothing to grind on, and one
 * user's hash means nothing in another's record. All slots are compared
 * whatever matches.
 */
#include "factor/recovery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base32.h"
#include "base/random.h"
#include "factor/otp.h"

#define CODE_DIGITS    16 /* base32 digits of 80 bits */
#define GROUP_DIGITS   4
#define SCRATCH_DIGITS 8
#define CONTEXT_BYTES  (USER_NAME_BYTES_MAX + 32)

enum kind { KIND_RECOVERY = 'R', KIND_SCRATCH = 'S' };

/* The canonical form: CODE_DIGITS upper-case base32 digits. */
static bool
code_canonical(const char *answer, char ret_code[CODE_DIGITS + 1])
{
	size_t size = 0;

	for (; *answer; answer++) {
		char c = *answer;

		if (c == ' ' || c == '-' || c == '\t')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (size == CODE_DIGITS ||
		    !((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')))
			return false;
		ret_code[size++] = c;
	}
	ret_code[size] = '\0';
	return size == CODE_DIGITS;
}

static bool
scratch_canonical(const char *answer, char ret_code[OTP_DIGITS_MAX + 1])
{
	return otp_canonical(answer, ret_code) &&
	       strlen(ret_code) == SCRATCH_DIGITS;
}

static int
code_hash(const struct user_record *record, const struct secret *key,
    enum kind kind, const char *code, uint8_t ret_hash[RECORD_HASH_BYTES])
{
	char text[CONTEXT_BYTES + CODE_DIGITS];
	unsigned size = RECORD_HASH_BYTES;
	int length;

	/* No part can hold the NUL that ends it. */
	length = snprintf(text, sizeof(text), "%c%s%c%lu%c%s", (char)kind,
	    record->name, '\0', (unsigned long)record->uid, '\0', code);
	if (!HMAC(EVP_sha256(), key->bytes, (int)key->size,
		(const unsigned char *)text, (size_t)length, ret_hash, &size))
		length = -EIO;
	secret_wipe(text, sizeof(text));
	return length < 0 ? -EIO : 0;
}

/* Index of the hash, -1: not there. */
static int
hash_index(const struct recovery_code codes[], size_t count, size_t slots,
    const uint8_t hash[RECORD_HASH_BYTES])
{
	int found = -1;

	for (size_t i = 0; i < slots; i++) {
		bool equal =
		    secret_equal(codes[i].hash, hash, RECORD_HASH_BYTES);

		/* An empty slot is compared like a full one. */
		if (equal & (i < count))
			found = (int)i;
	}
	return found;
}

static void
code_remove(struct recovery_code codes[], size_t *count, size_t i)
{
	codes[i] = codes[--*count];
	secret_wipe(&codes[*count], sizeof(codes[*count]));
}

int
recovery_make(struct user_record *record, const struct secret *key,
    struct secret **ret_codes)
{
	AUTO(secret) codes = secret_new(RECOVERY_CODES * RECOVERY_TEXT_BYTES);
	struct recovery_code made[RECOVERY_CODES];
	int r = codes ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < RECOVERY_CODES; i++) {
		char *text = codes->bytes + i * RECOVERY_TEXT_BYTES;
		uint8_t bytes[RECOVERY_CODE_BYTES];
		AUTO(secret) digits = NULL;

		r = random_fill(bytes, sizeof(bytes));
		if (r < 0)
			return r;
		digits = base32_encode(bytes, sizeof(bytes));
		secret_wipe(bytes, sizeof(bytes));
		if (!digits)
			return -ENOMEM;

		r = code_hash(
		    record, key, KIND_RECOVERY, digits->bytes, made[i].hash);
		for (size_t at = 0; at < CODE_DIGITS; at++) {
			if (at > 0 && at % GROUP_DIGITS == 0)
				*text++ = '-';
			*text++ = digits->bytes[at];
		}
	}
	if (r < 0)
		return r;

	memcpy(record->recovery, made, sizeof(made));
	record->recovery_count = RECOVERY_CODES;
	*ret_codes = TAKE(codes);
	return 0;
}

bool
recovery_is_shaped(const char *answer)
{
	char code[CODE_DIGITS + 1];
	bool shaped = code_canonical(answer, code);

	secret_wipe(code, sizeof(code));
	return shaped;
}

int
recovery_spend(
    struct user_record *record, const struct secret *key, const char *answer)
{
	char code[CODE_DIGITS + 1];
	uint8_t hash[RECORD_HASH_BYTES];
	int r = 0, i;

	if (code_canonical(answer, code)) {
		r = code_hash(record, key, KIND_RECOVERY, code, hash);
		i = r < 0 ? -1
			  : hash_index(record->recovery, record->recovery_count,
				RECORD_RECOVERY_CODES_MAX, hash);
		if (i >= 0)
			code_remove(record->recovery, &record->recovery_count,
			    (size_t)i);
		r = r < 0 ? r : i >= 0;
	}
	secret_wipe(code, sizeof(code));
	return r;
}

int
recovery_spend_scratch(
    struct user_record *record, const struct secret *key, const char *answer)
{
	char code[OTP_DIGITS_MAX + 1];
	uint8_t hash[RECORD_HASH_BYTES];
	int r = 0, i;

	if (record->scratch_count > 0 && scratch_canonical(answer, code)) {
		r = code_hash(record, key, KIND_SCRATCH, code, hash);
		i = r < 0 ? -1
			  : hash_index(record->scratch, record->scratch_count,
				RECORD_SCRATCH_CODES_MAX, hash);
		if (i >= 0)
			code_remove(
			    record->scratch, &record->scratch_count, (size_t)i);
		r = r < 0 ? r : i >= 0;
		secret_wipe(code, sizeof(code));
	}
	return r;
}

int
recovery_add_scratch(
    struct user_record *record, const struct secret *key, const char *code)
{
	char digits[OTP_DIGITS_MAX + 1];
	int r;

	if (!scratch_canonical(code, digits))
		return -EINVAL;
	if (record->scratch_count == RECORD_SCRATCH_CODES_MAX)
		return -ENOSPC;
	r = code_hash(record, key, KIND_SCRATCH, digits,
	    record->scratch[record->scratch_count].hash);
	secret_wipe(digits, sizeof(digits));
	if (r < 0)
		return r;

	record->scratch_count++;
	return 0;
}

void
recovery_forget(struct user_record *record)
{
	record->recovery_count = record->scratch_count = 0;
	secret_wipe(record->recovery, sizeof(record->recovery));
	secret_wipe(record->scratch, sizeof(record->scratch));
}
