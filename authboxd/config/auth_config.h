/* AuthConfig: how people log in by codes and by other devices. */
#ifndef CONFIG_AUTH_CONFIG_H
#define CONFIG_AUTH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/otp.h"
#include "net/header.h"

enum enrolment_mode {
	ENROLMENT_OFF = 0,
	ENROLMENT_OFFER = 1,   /* may enrol in the dialogue, Enter declines */
	ENROLMENT_REQUIRE = 2, /* from grace_until_unix_s on: no way round */
};

/* All given members must match; `until_unix_s` 0: for ever. */
struct exempt {
	char *group;
	char *network; /* "10.0.0.0/8", "2001:db8::/32", one address */
	char *service;
	int64_t until_unix_s;
};

struct webhook {
	char *endpoint; /* NULL: no webhook */
	unsigned timeout_ms;
	struct header *headers;
	size_t header_count;
};

struct two_factor {
	char *issuer_name; /* never NULL; default: the host name */
	unsigned past_codes;
	unsigned future_codes;
	unsigned digits;
	unsigned period_s;
	enum otp_algorithm algorithm;
	enum enrolment_mode enrolment;
	int64_t grace_until_unix_s; /* 0: none */
	unsigned remember_s;	    /* 0: never */
	struct exempt *exempts;
	size_t exempt_count;
	struct webhook webhook;
};

/* How the code of a device login is shown beside its text. */
enum device_qr {
	DEVICE_QR_NONE = 0,
	DEVICE_QR_UTF8,
	DEVICE_QR_UTF8_INVERTED,
	DEVICE_QR_ASCII,
};

/* A login by another device's browser (RFC 8628). */
struct device_rules {
	bool enabled;
	enum device_qr qr;
	bool complete_uri; /* the QR code holds the user code too */
};

struct auth_config {
	char *id;
	struct two_factor two_factor;
	struct device_rules device;
	char *theme_title; /* first line of the dialogue; may be NULL */
	bool insecure;	   /* http:// to other hosts than loopback is allowed */
};

#endif
