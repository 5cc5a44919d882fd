/*
 * A user for tests: a record with one enabled TOTP device, and an attempt with
 * one past and one future code, local, at ALICE_NOW (the begin of a step).
 */
#ifndef TESTS_UNIT_ALICE_H
#define TESTS_UNIT_ALICE_H

#include <assert.h>
#include <stdio.h>

#include "factor/attempt.h"
#include "factor/otp.h"

#define ALICE_NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

struct alice {
	struct user_record *record;
	struct attempt attempt;
	struct secret *recovery_key;
};

static inline void
alice_free(struct alice *alice)
{
	if (!alice)
		return;
	user_record_free(alice->record);
	secret_free(alice->recovery_key);
	free(alice);
}
CLEANUP_DEFINE(alice)

/* Its key is "12345678901234567890" with the device's number as first byte. */
static inline struct device *
alice_add_device(struct alice *alice, const char *name)
{
	struct device *device =
	    &alice->record->devices[alice->record->device_count++];

	*device = (struct device){.digits = 6, .period_s = 30, .enabled = true};
	(void)snprintf(device->name, sizeof(device->name), "%s", name);
	device->key = secret_copy("12345678901234567890", 20);
	device->key->bytes[0] = (char)alice->record->device_count;
	return device;
}

static inline struct alice *
alice_new(void)
{
	struct alice *alice = calloc(1, sizeof(*alice));

	assert(alice);
	alice->record = user_record_new("alice", 1000);
	alice->recovery_key =
	    secret_copy("recovery key of the tests ......", 32);
	alice->attempt.now_unix_s = ALICE_NOW;
	alice->attempt.past_codes = alice->attempt.future_codes = 1;
	alice->attempt.address_is_trusted = true;
	alice->attempt.recovery_key = alice->recovery_key;
	(void)alice_add_device(alice, "default");
	return alice;
}

static inline enum attempt_result
alice_types(struct alice *alice, const char *answer)
{
	int r;

	alice->attempt.answer = answer;
	r = attempt_check(alice->record, &alice->attempt);
	assert(r == 0);
	alice->attempt.answer = NULL;
	return alice->attempt.result;
}

static inline void
alice_code_of(const struct device *device, uint64_t counter,
    char ret_code[OTP_DIGITS_MAX + 1])
{
	int r = otp_code(
	    device->key, device->algorithm, device->digits, counter, ret_code);

	assert(r == 0);
}

static inline enum attempt_result
alice_types_code_of(
    struct alice *alice, const struct device *device, uint64_t counter)
{
	char code[OTP_DIGITS_MAX + 1];

	alice_code_of(device, counter, code);
	return alice_types(alice, code);
}

static inline enum attempt_result
alice_types_counter(struct alice *alice, uint64_t counter)
{
	return alice_types_code_of(alice, alice->record->devices, counter);
}

/* The first device's code of the current step plus `step`. */
static inline void
alice_code(
    const struct alice *alice, int step, char ret_code[OTP_DIGITS_MAX + 1])
{
	const struct device *device = alice->record->devices;
	uint64_t now = otp_step(alice->attempt.now_unix_s, device->period_s);

	alice_code_of(device, now + (uint64_t)(int64_t)step, ret_code);
}

static inline enum attempt_result
alice_types_step(struct alice *alice, int step)
{
	char code[OTP_DIGITS_MAX + 1];

	alice_code(alice, step, code);
	return alice_types(alice, code);
}

/* A code of a step far away, which for these keys is wrong. */
static inline enum attempt_result
alice_types_wrong(struct alice *alice)
{
	return alice_types_step(alice, 1000);
}

#endif
