/*
 * Why a token was refused: the codes that jose/ gives in *ret_why, which go to
 * the audit record as they are. Static texts; compare with streq().
 */
#ifndef JOSE_REASON_H
#define JOSE_REASON_H

/* The form, seen without a key. */
#define REASON_TOO_LONG	 "token-too-long"  /* over JWS_BYTES_MAX */
#define REASON_MALFORMED "token-malformed" /* not three parts of base64url */
#define REASON_ENCRYPTED "token-encrypted" /* a JWE */
#define REASON_UNSIGNED	 "token-unsigned"  /* its last part is empty */
#define REASON_HEADER                                                          \
	"token-header"			   /* no strict JSON object, or a      \
					      wrong type in it */
#define REASON_EXTENSION "token-extension" /* crit, b64 or zip */
#define REASON_ALG	 "token-alg"	   /* none that exists or is allowed */
#define REASON_PAYLOAD	 "token-payload"   /* no strict JSON object */

/* The signature. */
#define REASON_UNKNOWN_KEY   "token-unknown-key"   /* a newer set may help */
#define REASON_ALG_MISMATCH  "token-alg-mismatch"  /* the key has another alg */
#define REASON_AMBIGUOUS_KEY "token-ambiguous-key" /* too many keys fit */
#define REASON_SIGNATURE     "token-signature"

/* What kind of token it says it is. */
#define REASON_TYPE	     "token-type" /* header "typ" */
#define REASON_ID_TOKEN	     "token-is-id-token"
#define REASON_LOGOUT_TOKEN  "token-is-logout-token"
#define REASON_REFRESH_TOKEN "token-is-refresh-token"
#define REASON_BOUND	     "token-is-bound" /* good with a proof only */

/* The claims. */
#define REASON_CLAIMS	     "token-claims" /* a wrong type or range */
#define REASON_CLAIM_MISSING "token-claim-missing"
#define REASON_ISSUER	     "token-issuer"
#define REASON_AUDIENCE	     "token-audience"
#define REASON_NO_EXPIRY     "token-without-expiry"
#define REASON_EXPIRED	     "token-expired"
#define REASON_NOT_YET	     "token-not-yet-valid"	  /* nbf */
#define REASON_FUTURE	     "token-issued-in-the-future" /* iat */
#define REASON_TOO_OLD	     "token-too-old"		  /* max_age */

#endif
