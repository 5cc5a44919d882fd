/*
 * RFC 4226 5.3 and RFC 6238 4.2 on OpenSSL's HMAC.
 *
 * The MAC is fetched and keyed once for all counters of a window, since
 * fetching costs more than a code does. A window is always computed to its
 * end, and matches are gathered with masks, so that the time taken tells
 * nothing about which counter was right.
 */
#include "factor/otp.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/text.h"

#define COUNTERS_MAX 64

/* The names that links, records and OpenSSL share. */
static const char *const algorithm_names[] = {
    [OTP_SHA1] = "SHA1",
    [OTP_SHA256] = "SHA256",
    [OTP_SHA512] = "SHA512",
};

static const uint32_t powers_of_ten[OTP_DIGITS_MAX + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

static void
mac_cleanup(EVP_MAC_CTX **mac)
{
	EVP_MAC_CTX_free(*mac);
}
#define AUTO_MAC __attribute__((cleanup(mac_cleanup))) EVP_MAC_CTX *

static int
mac_new(const struct secret *key, enum otp_algorithm algorithm,
    EVP_MAC_CTX **ret_mac)
{
	char digest[] = "SHA512";
	OSSL_PARAM parameters[2] = {OSSL_PARAM_END, OSSL_PARAM_END};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	AUTO_MAC mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac); /* the context keeps a reference */
	if (!mac)
		return -EIO;

	(void)stpcpy(digest, algorithm_names[algorithm]); /* the longest fits */
	parameters[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	if (!EVP_MAC_init(
		mac, (const unsigned char *)key->bytes, key->size, parameters))
		return -EIO;

	*ret_mac = TAKE(mac);
	return 0;
}

/* Dynamic truncation (RFC 4226 5.3) of the MAC of one counter. */
static int
mac_code(
    EVP_MAC_CTX *mac, unsigned digits, uint64_t counter, uint32_t *ret_value)
{
	unsigned char text[8], hash[EVP_MAX_MD_SIZE];
	const unsigned char *at;
	size_t size;
	int r = -EIO;

	for (int i = 0; i < 8; i++)
		text[i] = (unsigned char)(counter >> (56 - 8 * i));
	/* Without a key the context starts again with the one it has. */
	if (EVP_MAC_init(mac, NULL, 0, NULL) &&
	    EVP_MAC_update(mac, text, sizeof(text)) &&
	    EVP_MAC_final(mac, hash, &size, sizeof(hash)) && size >= 20) {
		at = hash + (hash[size - 1] & 15);
		*ret_value =
		    ((uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 |
			(uint32_t)at[2] << 8 | at[3]) %
		    powers_of_ten[digits];
		r = 0;
	}
	secret_wipe(hash, sizeof(hash));
	return r;
}

int
otp_code(const struct secret *key, enum otp_algorithm algorithm,
    unsigned digits, uint64_t counter, char ret_code[OTP_DIGITS_MAX + 1])
{
	AUTO_MAC mac = NULL;
	uint32_t value;
	int r;

	if (digits < OTP_DIGITS_MIN || digits > OTP_DIGITS_MAX)
		return -EINVAL;
	r = mac_new(key, algorithm, &mac);
	if (r == 0)
		r = mac_code(mac, digits, counter, &value);
	if (r < 0)
		return r;

	ret_code[digits] = '\0';
	for (unsigned i = digits; i-- > 0; value /= 10)
		ret_code[i] = (char)('0' + value % 10);
	return 0;
}

uint64_t
otp_step(int64_t now_unix_s, unsigned period_s)
{
	return now_unix_s < 0 ? 0 : (uint64_t)now_unix_s / period_s;
}

static uint32_t
code_value(const char *code)
{
	uint32_t value = 0;

	for (; *code; code++)
		value = value * 10 + (uint32_t)(*code - '0');
	return value;
}

int
otp_match(const struct secret *key, enum otp_algorithm algorithm,
    unsigned digits, uint64_t first, uint64_t last, const char *code,
    uint64_t *ret_counter)
{
	uint64_t hit = 0, counter = 0;
	uint32_t given;
	AUTO_MAC mac = NULL;
	int r;

	if (digits < OTP_DIGITS_MIN || digits > OTP_DIGITS_MAX ||
	    strlen(code) != digits || last - first >= COUNTERS_MAX)
		return -EINVAL;
	given = code_value(code);
	r = mac_new(key, algorithm, &mac);

	for (uint64_t i = 0; r == 0 && i <= last - first; i++) {
		uint32_t value = 0, differs;
		uint64_t equal;

		r = mac_code(mac, digits, first + i, &value);
		differs = value ^ given;
		/* All ones when equal, without a branch: the sign bit of
		 * x | -x is set for every x but 0. */
		equal = ((uint64_t)((differs | -differs) >> 31)) - 1;
		hit |= equal;
		counter = (counter & ~equal) | ((first + i) & equal);
	}
	if (r < 0)
		return r;
	if (hit == 0)
		return 0;

	*ret_counter = counter;
	return 1;
}

bool
otp_canonical(const char *typed, char ret_code[OTP_DIGITS_MAX + 1])
{
	char code[OTP_DIGITS_MAX + 1];
	size_t size = 0;

	for (; *typed; typed++) {
		if (*typed == ' ' || *typed == '\t')
			continue;
		if (*typed < '0' || *typed > '9' || size == OTP_DIGITS_MAX) {
			secret_wipe(code, sizeof(code));
			return false;
		}
		code[size++] = *typed;
	}
	if (size >= OTP_DIGITS_MIN) {
		memcpy(ret_code, code, size);
		ret_code[size] = '\0';
	}
	secret_wipe(code, sizeof(code));
	return size >= OTP_DIGITS_MIN;
}

const char *
otp_algorithm_name(enum otp_algorithm algorithm)
{
	return algorithm_names[algorithm];
}

int
otp_algorithm_parse(const char *name, enum otp_algorithm *ret)
{
	static const char *const dashed[] = {"SHA-1", "SHA-256", "SHA-512"};

	for (int i = OTP_SHA1; i <= OTP_SHA512; i++)
		if (strcasecmp(name, algorithm_names[i]) == 0 ||
		    strcasecmp(name, dashed[i]) == 0) {
			*ret = (enum otp_algorithm)i;
			return 0;
		}
	return -EINVAL;
}
