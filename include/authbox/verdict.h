/*
 * The outcome of one PAM stage, as authboxd sends it in a DONE frame.
 *
 * The numbers are part of the protocol. Zero is a refusal, so that whatever
 * was zeroed and never decided refuses. A number that the reader does not
 * know counts as VERDICT_CONFIG.
 */
#ifndef AUTHBOX_VERDICT_H
#define AUTHBOX_VERDICT_H

enum verdict {
	VERDICT_DENY = 0,	 /* wrong, late, used, malformed; unknown */
	VERDICT_ALLOW = 1,	 /* this user, this service, this request */
	VERDICT_FORBIDDEN = 2,	 /* policy, inactive, somebody else's login */
	VERDICT_TRIES_USED = 3,	 /* no further try in this dialogue or now */
	VERDICT_UNAVAILABLE = 4, /* store, issuer or clock cannot answer */
	VERDICT_CONFIG = 5,	 /* wrong configuration or protocol */
	VERDICT_NO_MEMORY = 6,
	VERDICT_UNMANAGED = 7, /* not enrolled, and unmanaged=ignore was set */
	VERDICT_EXEMPT = 8,    /* AuthConfig.twoFactor.exempt or .remember */
	VERDICT_CANCELLED = 9, /* the person gave no answer */
};

#define VERDICT_COUNT 10

#endif
