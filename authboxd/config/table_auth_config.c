/* How one-time codes and device logins are asked for: AuthConfig. */
#include "config/check.h"
#include "config/tables.h"
#include "net/http.h"

static const struct field exempt_fields[] = {
    {
	.path = "group",
	.type = FIELD_TEXT,
	.shape = &shape_group,
	AT(exempt, group),
	.help = "Members of this Unix group.",
    },
    {
	.path = "network",
	.type = FIELD_TEXT,
	.shape = &shape_network,
	AT(exempt, network),
	.help = "Logins from this address or network.",
    },
    {
	.path = "service",
	.type = FIELD_TEXT,
	.shape = &shape_service,
	AT(exempt, service),
	.help = "Logins by this PAM service.",
    },
    {
	.path = "until",
	.type = FIELD_TIME,
	AT(exempt, until_unix_s),
	.fallback_note = "for ever",
	.help = "The entry ends at this time.",
    },
};

static const struct table exempt_table = {
    FIELDS(exempt_fields),
    .size = sizeof(struct exempt),
    .check = check_exempt,
};

static const struct field_word period_words[] = {
    {"30", 30}, {"60", 60}, {NULL, 0}};

static const struct field_word algorithm_words[] = {{"SHA1", OTP_SHA1},
    {"SHA256", OTP_SHA256}, {"SHA512", OTP_SHA512}, {NULL, 0}};

static const struct field_word enrolment_words[] = {{"off", ENROLMENT_OFF},
    {"offer", ENROLMENT_OFFER}, {"require", ENROLMENT_REQUIRE}, {NULL, 0}};

static const struct field_word qr_words[] = {{"utf8", DEVICE_QR_UTF8},
    {"utf8-inverted", DEVICE_QR_UTF8_INVERTED}, {"ascii", DEVICE_QR_ASCII},
    {"none", DEVICE_QR_NONE}, {NULL, 0}};

static const struct field auth_config_fields[] = {
    TABLES_COMMON,
    {
	.path = "id",
	.type = FIELD_TEXT,
	.shape = &shape_id,
	.required = true,
	AT(auth_config, id),
	.help = "The name that config=ID in a PAM line gives.",
    },
    {
	.path = "twoFactor.issuerName",
	.type = FIELD_TEXT,
	.shape = &shape_issuer,
	AT(auth_config, two_factor.issuer_name),
	.fallback_note = "the host name",
	.help = "Shown in the authenticator app beside the user.",
    },
    {
	.path = "twoFactor.validPastTokensCount",
	.type = FIELD_NUMBER,
	.max = OTP_WINDOW_MAX,
	AT(auth_config, two_factor.past_codes),
	.fallback = "1",
	.help = "So many codes before the current one are good too.",
    },
    {
	.path = "twoFactor.validFutureTokensCount",
	.type = FIELD_NUMBER,
	.max = OTP_WINDOW_MAX,
	AT(auth_config, two_factor.future_codes),
	.fallback = "1",
	.help = "So many codes after it: for phones whose clock is fast.",
    },
    {
	.path = "twoFactor.digits",
	.type = FIELD_NUMBER,
	.min = OTP_DIGITS_MIN,
	.max = OTP_DIGITS_MAX,
	AT(auth_config, two_factor.digits),
	.fallback = "6",
	.help = "Digits of a code, for new enrolments.",
    },
    {
	.path = "twoFactor.period",
	.type = FIELD_CHOICE,
	.words = period_words,
	AT(auth_config, two_factor.period_s),
	.fallback = "30",
	.help = "Seconds that a code stands, for new enrolments.",
    },
    {
	.path = "twoFactor.algorithm",
	.type = FIELD_CHOICE,
	.words = algorithm_words,
	AT(auth_config, two_factor.algorithm),
	.fallback = "SHA1",
	.help = "For new enrolments; many apps know SHA1 alone.",
    },
    {
	.path = "twoFactor.enrolment",
	.type = FIELD_CHOICE,
	.words = enrolment_words,
	AT(auth_config, two_factor.enrolment),
	.fallback = "off",
	.help = "Whether a login offers enrolment, or asks for it.",
    },
    {
	.path = "twoFactor.graceUntil",
	.type = FIELD_TIME,
	AT(auth_config, two_factor.grace_until_unix_s),
	.fallback_note = "none",
	.help = "Until then \"enrolment: require\" only offers.",
    },
    {
	.path = "twoFactor.remember",
	.type = FIELD_DURATION,
	.max = 365 * 86400,
	AT(auth_config, two_factor.remember_s),
	.fallback = "0",
	.help = "Ask no code again from an address that gave one.",
    },
    {
	.path = "twoFactor.exempt",
	.type = FIELD_OBJECTS,
	.table = &exempt_table,
	.max = 64,
	AT(auth_config, two_factor.exempts),
	COUNT(auth_config, two_factor.exempt_count),
	.help = "Who is not asked: all fields of an entry must fit.",
    },
    {
	.path = "twoFactor.webhook.endpoint",
	.type = FIELD_URL,
	AT(auth_config, two_factor.webhook.endpoint),
	.fallback_note = "no webhook",
	.help = "Codes are POSTed here for users with a transport.",
    },
    {
	.path = "twoFactor.webhook.timeout",
	.type = FIELD_NUMBER,
	.min = 100,
	.max = HTTP_TIMEOUT_MS_MAX,
	AT(auth_config, two_factor.webhook.timeout_ms),
	.fallback = "5000",
	.help = "Milliseconds until a delivery has failed.",
    },
    {
	.path = "twoFactor.webhook.headers",
	.type = FIELD_HEADERS,
	.max = HTTP_HEADERS_MAX,
	AT(auth_config, two_factor.webhook.headers),
	COUNT(auth_config, two_factor.webhook.header_count),
	.help = "Headers to send, such as Authorization.",
    },
    {
	.path = "deviceLogin.enabled",
	.type = FIELD_BOOLEAN,
	AT(auth_config, device.enabled),
	.fallback = "false",
	.help = "Allow \"pam_authbox.so device\".",
    },
    {
	.path = "deviceLogin.qr",
	.type = FIELD_CHOICE,
	.words = qr_words,
	AT(auth_config, device.qr),
	.fallback = "utf8",
	.help = "A picture of the link, for terminals that show it.",
    },
    {
	.path = "deviceLogin.completeUri",
	.type = FIELD_BOOLEAN,
	AT(auth_config, device.complete_uri),
	.fallback = "false",
	.help = "The picture holds the code, so nobody compares it.",
    },
    {
	.path = "theme.title",
	.type = FIELD_TEXT,
	.shape = &shape_line,
	AT(auth_config, theme_title),
	.help = "First line of the dialogue.",
    },
    {
	.path = "theme.brand",
	.type = FIELD_IGNORED,
	.help = "Of web pages; a terminal has none.",
    },
    {
	.path = "theme.styleUrl",
	.type = FIELD_IGNORED,
	.help = "Of web pages; a terminal has none.",
    },
    {
	.path = "insecure",
	.type = FIELD_BOOLEAN,
	AT(auth_config, insecure),
	.fallback = "false",
	.help = "Allow http:// URLs to other hosts in this resource.",
    },
};

const struct table table_auth_config = {
    FIELDS(auth_config_fields),
    .size = sizeof(struct auth_config),
    .check = check_auth_config,
};
