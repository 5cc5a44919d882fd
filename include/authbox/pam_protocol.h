/*
 * The protocol between pam_authbox.so and authboxd on pam.sock.
 *
 * A stream of frames: a header of PAM_HEADER_BYTES (u32 body length, u8 frame
 * type, u8 PAM_PROTOCOL_VERSION, two zero bytes), then the body: fields, each
 * a u8 tag, a u16 length and that many bytes. Numbers are big-endian. A field
 * stands once, except PAM_FIELD_INFO and PAM_FIELD_ERROR. An unknown, doubled,
 * cut or oversized field ends the connection. One connection carries one PAM
 * stage:
 *
 *   module              authboxd
 *   BEGIN          ->
 *                  <-   WORKING    again every 2 s while it is busy
 *                  <-   ASK        any number of times, at most
 *   ANSWER         ->              PAM_ASKS_MAX
 *                  <-   DONE       and both sides close
 *
 * See authbox-protocol(7).
 */
#ifndef AUTHBOX_PAM_PROTOCOL_H
#define AUTHBOX_PAM_PROTOCOL_H

#define PAM_PROTOCOL_VERSION 1
#define PAM_HEADER_BYTES     8
#define PAM_FRAME_BYTES_MAX  20480 /* header included */
#define PAM_ASKS_MAX	     64	   /* per stage, token parts included */
#define PAM_REFERENCE_BYTES  32	   /* lower-case hexadecimal digits */

#define PAM_CONNECT_MS	  200	/* module: to be accepted */
#define PAM_SILENCE_MS	  5000	/* module: without any frame */
#define PAM_WORKING_MS	  2000	/* daemon: between two WORKING frames */
#define PAM_TOTP_CAP_MS	  10000 /* module: all waiting of one stage */
#define PAM_TOKEN_CAP_MS  20000
#define PAM_DEVICE_CAP_MS 110000
#define PAM_PROMPT_CAP_MS 300000 /* daemon: one prompt's answer */

enum pam_frame_type {
	PAM_FRAME_BEGIN = 1,
	PAM_FRAME_ASK = 2,
	PAM_FRAME_ANSWER = 3,
	PAM_FRAME_WORKING = 4,
	PAM_FRAME_DONE = 5,
};

/* Which fields stand in which frame; all others are refused there. */
enum pam_field {
	/* BEGIN. Texts are UTF-8 without NUL. */
	PAM_FIELD_STAGE = 1,	  /* u8 enum pam_stage */
	PAM_FIELD_FACTOR = 2,	  /* text: "totp", "token", "device" */
	PAM_FIELD_SERVICE = 3,	  /* text: PAM_SERVICE */
	PAM_FIELD_USER = 4,	  /* text: PAM_USER; DONE repeats it */
	PAM_FIELD_CONFIG = 5,	  /* text: AuthConfig id */
	PAM_FIELD_RHOST = 6,	  /* text: PAM_RHOST */
	PAM_FIELD_TTY = 7,	  /* text: PAM_TTY */
	PAM_FIELD_RUSER = 8,	  /* text: PAM_RUSER */
	PAM_FIELD_SSH_AUTH = 9,	  /* text: SSH_AUTH_INFO_0 */
	PAM_FIELD_FLAGS = 10,	  /* u32 of enum pam_begin_flag */
	PAM_FIELD_TRIES = 11,	  /* u8: tries in this dialogue, 1 to 10 */
	PAM_FIELD_PROMPT = 12,	  /* text: BEGIN: prompt=; ASK: what to ask */
	PAM_FIELD_REFERENCE = 13, /* text: BEGIN of account: the one that
				   * DONE of auth gave; else in DONE */
	PAM_FIELD_INTROSPECTOR = 14, /* text: introspector= */
	PAM_FIELD_CLIENT = 15,	     /* text: client= */

	/* ASK. */
	PAM_FIELD_INFO = 20,  /* text to show before the prompt, repeated */
	PAM_FIELD_ERROR = 21, /* the same, as PAM_ERROR_MSG; order is kept */
	PAM_FIELD_ECHO = 22,  /* u8: 1 shows what is typed */
	PAM_FIELD_SPLIT_DIGITS = 23, /* u8: combined: last digits to send */

	/* ANSWER. */
	PAM_FIELD_ANSWER = 30,	     /* text, as typed; may be empty */
	PAM_FIELD_ANSWER_FLAGS = 31, /* u32 of enum pam_answer_flag */

	/* DONE. INFO and ERROR may stand here too. */
	PAM_FIELD_VERDICT = 40, /* u8 enum verdict */
};

enum pam_stage {
	PAM_STAGE_AUTH = 1,
	PAM_STAGE_ACCOUNT = 2,
};

enum pam_begin_flag {
	PAM_BEGIN_SILENT = 1 << 0,	     /* PAM_SILENT */
	PAM_BEGIN_UNMANAGED_IGNORE = 1 << 1, /* unmanaged=ignore */
	PAM_BEGIN_ENROL = 1 << 2,	     /* enrol */
	PAM_BEGIN_COMBINED = 1 << 3,	     /* combined */
	PAM_BEGIN_FIRST_PASS = 1 << 4,	     /* the first answer is a stored
					      * password, nobody was asked */
	PAM_BEGIN_ECHO = 1 << 5,	     /* echo */
	PAM_BEGIN_NOT_UTF8 = 1 << 6, /* at a terminal whose locale is another */
};

/* The upper half of the flags: columns of the terminal that the program runs
 * at; 0: not known. */
#define PAM_BEGIN_COLUMNS(columns)  ((uint32_t)(columns) << 16)
#define PAM_BEGIN_COLUMNS_OF(flags) ((uint32_t)(flags) >> 16)

enum pam_answer_flag {
	PAM_ANSWER_DECOY = 1 << 0,  /* sshd's junk for an unknown user, or
				     * a first pass that is not a code; the
				     * answer field is then empty */
	PAM_ANSWER_CANCEL = 1 << 1, /* the conversation failed */
	PAM_ANSWER_CUT = 1 << 2,    /* exactly 1023 bytes: ssh cut it */
};

#endif
