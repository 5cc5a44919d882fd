/* The words and ranges of one-time codes that configuration, records and
 * factors share. */
#ifndef BASE_OTP_H
#define BASE_OTP_H

enum otp_type {
	OTP_TOTP = 0, /* RFC 6238: the counter is a time step */
	OTP_HOTP = 1, /* RFC 4226 */
};

enum otp_algorithm {
	OTP_SHA1 = 0,
	OTP_SHA256 = 1,
	OTP_SHA512 = 2,
};

#define OTP_DIGITS_MIN	  6
#define OTP_DIGITS_MAX	  8
#define OTP_KEY_BYTES_MIN 10 /* imported keys; ours have OTP_KEY_BYTES_NEW */
#define OTP_KEY_BYTES_NEW 20
#define OTP_KEY_BYTES_MAX 128
#define OTP_WINDOW_MAX	  10 /* validPastTokensCount, validFutureTokensCount */

#endif
