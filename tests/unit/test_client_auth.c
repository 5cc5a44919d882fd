/* Proofs of who we are: forms, headers, and assertions that are verified here
 * with the public half of their key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <openssl/pem.h>

#include "base/base64url.h"
#include "base/json.h"
#include "jose/jwks.h"
#include "jose/jws.h"
#include "token/client_auth.h"

#define NOW INT64_C(1767225600)

static char client_id[] = "me:too";
static const struct form_field question[] = {
    {"token", "a/b+c d"},
    {"hint", NULL},
    {"token_type_hint", "access_token"},
};
static const struct client_auth_facts facts = {
    .audience = "https://a.example",
    .jti = "0123456789abcdef0123456789abcdef",
    .now_unix_s = NOW,
};

static const char *
authorization(const struct client_request *request)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (streq(request->headers[i].name, "Authorization"))
			return request->headers[i].value->bytes;
	return "";
}

static void
a_secret_goes_into_the_header_or_the_form(void **state)
{
	AUTO(secret) secret = secret_copy("p w+&=\xc3\xa9", 8);
	struct client_auth auth = {.id = client_id, .secret = secret};
	static const struct {
		enum client_auth_method method;
		bool in_form;
		const char *header, *form;
	} cases[] = {
	    {CLIENT_AUTH_NONE, false, "", "&client_id=me%3Atoo"},
	    /* base64 of "me%3Atoo:p+w%2B%26%3D%C3%A9" */
	    {CLIENT_AUTH_BASIC, false,
		"Basic bWUlM0F0b286cCt3JTJCJTI2JTNEJUMzJUE5", ""},
	    {CLIENT_AUTH_BASIC, true,
		"Basic bWUlM0F0b286cCt3JTJCJTI2JTNEJUMzJUE5", ""},
	    {CLIENT_AUTH_SECRET, false,
		"Basic bWUlM0F0b286cCt3JTJCJTI2JTNEJUMzJUE5", ""},
	    {CLIENT_AUTH_SECRET, true, "",
		"&client_id=me%3Atoo&client_secret=p+w%2B%26%3D%C3%A9"},
	    {CLIENT_AUTH_POST, false, "",
		"&client_id=me%3Atoo&client_secret=p+w%2B%26%3D%C3%A9"},
	};
	char body[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client_auth_facts known = facts;
		struct client_request request = {0};

		auth.method = cases[i].method;
		known.secret_in_form = cases[i].in_form;
		assert_int_equal(
		    client_request_print(&auth, &known, question, 3, &request),
		    0);
		(void)snprintf(body, sizeof(body),
		    "token=a%%2Fb%%2Bc+d&token_type_hint=access_token%s",
		    cases[i].form);
		assert_string_equal(request.body->bytes, body);
		assert_string_equal(authorization(&request), cases[i].header);
		assert_null(request.certificate);
		client_request_done(&request);
	}
}

static void
a_configured_header_is_all_that_is_sent(void **state)
{
	AUTO(secret) bearer = secret_copy("Bearer xyz", 10);
	struct client_request request = {0};

	(void)state;
	assert_int_equal(
	    client_request_print_authorized(bearer, question, 3, &request), 0);
	assert_string_equal(request.body->bytes,
	    "token=a%2Fb%2Bc+d&token_type_hint=access_token");
	assert_string_equal(authorization(&request), "Bearer xyz");
	client_request_done(&request);
}

static void
without_a_name_nothing_is_added(void **state)
{
	struct client_auth nobody = {0};
	struct client_request request = {0};

	(void)state;
	assert_int_equal(
	    client_request_print(NULL, &facts, question, 1, &request), 0);
	assert_string_equal(request.body->bytes, "token=a%2Fb%2Bc+d");
	client_request_done(&request);
	assert_int_equal(
	    client_request_print(&nobody, &facts, question, 1, &request), 0);
	assert_string_equal(request.body->bytes, "token=a%2Fb%2Bc+d");
	assert_string_equal(authorization(&request), "");
	client_request_done(&request);
}

/* ---- assertions ---- */

static struct secret *
pem_of(EVP_PKEY *key, bool is_private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct secret *pem;
	char *text;
	long size;

	if (is_private)
		assert_int_equal(PEM_write_bio_PrivateKey(
				     bio, key, NULL, NULL, 0, NULL, NULL),
		    1);
	else
		assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	size = BIO_get_mem_data(bio, &text);
	pem = secret_copy(text, (size_t)size);
	BIO_free(bio);
	return pem;
}

/* The assertion out of a body, whose characters need no encoding. */
static const char *
assertion_of(const struct client_request *request)
{
	static const char name[] = "&client_assertion=";
	const char *at = strstr(request->body->bytes, name);

	assert_non_null(at);
	assert_non_null(strstr(request->body->bytes,
	    "&client_id=me%3Atoo&client_assertion_type=urn%3Aietf%3Aparams%3A"
	    "oauth%3Aclient-assertion-type%3Ajwt-bearer&"));
	return at + strlen(name);
}

/* The claims of an assertion that verifies with this key alone. */
static cJSON *
verified_claims(EVP_PKEY *key, const char *token, const char *alg)
{
	AUTO(secret) pem = pem_of(key, false);
	struct jwk_given given = {.pub = pem->bytes, .alg = alg};
	struct jwk *jwk = NULL;
	struct jwks *set = NULL;
	struct jws *jws = NULL;
	const struct jwks *sets[] = {set, NULL};
	const uint8_t *payload;
	const char *why = "";
	cJSON *claims = NULL;
	size_t size;

	assert_int_equal(jwk_parse_given(&given, &jwk, &why), 0);
	assert_int_equal(jwks_new(&jwk, 1, &set), 0);
	sets[0] = set;
	assert_int_equal(jws_parse(token, strlen(token), &jws, &why), 1);
	assert_string_equal(jws_get_alg(jws)->name, alg);
	if (jws_match(jws, sets, UINT32_MAX, &why) != 1)
		fail_msg("%s: %s", alg, why);
	payload = jws_get_unverified_payload(jws, &size);
	assert_int_equal(
	    json_parse((const char *)payload, size, &claims, NULL), 0);
	jws_free(jws);
	jwks_unref(set);
	jwk_free(jwk);
	return claims;
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = "";

	assert_int_equal(json_find_text(object, name, &text), 1);
	return text;
}

static void
check_assertion(EVP_PKEY *key, uint32_t algs, const char *alg)
{
	AUTO(secret) pem = pem_of(key, true);
	struct client_auth auth = {
	    .method = CLIENT_AUTH_PRIVATE_KEY_JWT,
	    .id = client_id,
	    .private_key_pem = pem,
	};
	struct client_auth_facts known = facts;
	struct client_request request = {0};
	AUTO_JSON claims = NULL;
	int64_t time = 0;

	known.algs = algs;
	assert_int_equal(
	    client_request_print(&auth, &known, question, 3, &request), 0);
	assert_string_equal(authorization(&request), "");
	claims = verified_claims(key, assertion_of(&request), alg);
	assert_string_equal(text_of(claims, "iss"), client_id);
	assert_string_equal(text_of(claims, "sub"), client_id);
	assert_string_equal(text_of(claims, "aud"), "https://a.example");
	assert_string_equal(text_of(claims, "jti"), facts.jti);
	assert_int_equal(json_find_int(claims, "iat", &time), 1);
	assert_true(time == NOW);
	assert_int_equal(json_find_int(claims, "exp", &time), 1);
	assert_true(time == NOW + CLIENT_AUTH_ASSERTION_S);
	client_request_done(&request);
}

static void
the_key_chooses_the_algorithm_of_an_assertion(void **state)
{
	static const struct {
		const char *type, *group, *alg;
	} keys[] = {
	    {"EC", "P-256", "ES256"},
	    {"EC", "P-384", "ES384"},
	    {"EC", "P-521", "ES512"},
	    {"ED25519", NULL, "EdDSA"},
	    {"ED448", NULL, "EdDSA"},
	};
	EVP_PKEY *key;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		key =
		    EVP_PKEY_Q_keygen(NULL, NULL, keys[i].type, keys[i].group);
		assert_non_null(key);
		/* Leading zeroes of r and s come in some. */
		for (int j = 0; j < 20; j++)
			check_assertion(key, 0, keys[i].alg);
		EVP_PKEY_free(key);
	}
	key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	check_assertion(key, 0, "RS256");
	check_assertion(key, alg_bit(alg_find("PS256")), "PS256");
	check_assertion(key, alg_bit(alg_find("RS512")), "RS512");
	check_assertion(key, alg_bit(alg_find("ES256")), "RS256");
	EVP_PKEY_free(key);
}

static void
keys_that_cannot_sign_are_refused(void **state)
{
	EVP_PKEY *weak = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
	EVP_PKEY *agreement = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY *keys[] = {weak, other, agreement};
	struct client_auth auth = {
	    .method = CLIENT_AUTH_PRIVATE_KEY_JWT, .id = client_id};
	struct client_request request = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		AUTO(secret) pem = pem_of(keys[i], true);

		auth.private_key_pem = pem;
		assert_int_equal(
		    client_request_print(&auth, &facts, question, 3, &request),
		    -EINVAL);
		EVP_PKEY_free(keys[i]);
	}
	assert_null(request.body);
}

/* Made with openssl req -x509; thumbprints by openssl x509 -fingerprint. */
static const char certificate_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARugAwIBAgIUFnBzjcIVVXBwxLJmoIbQXT5EC3IwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEbXRsczAgFw0yNjExMjgxNTIxNTRaGA8yMTI2MTEwNDE1MjE1\n"
    "NFowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOB8\n"
    "WVaaJz9tEWZqHb7YDKPZrJuabSOhb0u8zHJqfnVDsn5vSolZFOBiY5j9YQrMhHog\n"
    "Dnyk/ge37YK7FsLvV2OjUzBRMB0GA1UdDgQWBBROkp25jSRfWGccJPTYuYMYpTlu\n"
    "TjAfBgNVHSMEGDAWgBROkp25jSRfWGccJPTYuYMYpTluTjAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0gAMEUCIGHt5+qC/ucsAmtHVMqrHWUlMJLVUSGLgWn6\n"
    "E20vqcVFAiEA42wZMzqjlBHDf4umwYbOLy+1NE5rSoYAfrIfO8cTqu8=\n"
    "-----END CERTIFICATE-----\n";
static const char certificate_key_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghbwYJzmJYbdOJwGM\n"
    "IENz1FjlKQn9ndtP12b7P/0Y/VahRANCAATgfFlWmic/bRFmah2+2Ayj2aybmm0j\n"
    "oW9LvMxyan51Q7J+b0qJWRTgYmOY/WEKzIR6IA58pP4Ht+2CuxbC71dj\n"
    "-----END PRIVATE KEY-----\n";

static void
header_of(const char *token, char ret_header[512])
{
	size_t size = strcspn(token, ".");
	ssize_t got = base64url_decode(token, size, (uint8_t *)ret_header);

	assert_true(got > 0 && got < 512);
	ret_header[got] = '\0';
}

static void
a_certificate_names_the_key(void **state)
{
	AUTO(secret)
	certificate = secret_copy(certificate_pem, strlen(certificate_pem));
	AUTO(secret)
	key = secret_copy(certificate_key_pem, strlen(certificate_key_pem));
	static char kid[] = "k1";
	struct client_auth auth = {
	    .method = CLIENT_AUTH_PRIVATE_KEY_JWT,
	    .id = client_id,
	    .private_key_pem = key,
	    .certificate = certificate,
	    .kid = kid,
	};
	struct client_request request = {0};
	char header[512];

	(void)state;
	assert_int_equal(
	    client_request_print(&auth, &facts, question, 3, &request), 0);
	header_of(assertion_of(&request), header);
	assert_string_equal(header,
	    "{\"typ\":\"JWT\",\"kid\":\"k1\",\"x5t\":"
	    "\"3wXy9ybBXWLnowz1jvT2WRodAg8\","
	    "\"x5t#S256\":\"fchqtP3msr6YZ2VIaoRxLMKurxKPawk1q0IOPHnDurQ\","
	    "\"alg\":\"ES256\"}");
	client_request_done(&request);
}

static void
mtls_lends_key_and_certificate_and_tells_the_name(void **state)
{
	AUTO(secret)
	certificate = secret_copy(certificate_pem, strlen(certificate_pem));
	AUTO(secret)
	key = secret_copy(certificate_key_pem, strlen(certificate_key_pem));
	struct client_auth auth = {
	    .method = CLIENT_AUTH_MTLS,
	    .id = client_id,
	    .private_key_pem = key,
	    .certificate = certificate,
	};
	struct client_request request = {0};

	(void)state;
	assert_int_equal(
	    client_request_print(&auth, &facts, question, 1, &request), 0);
	assert_string_equal(
	    request.body->bytes, "token=a%2Fb%2Bc+d&client_id=me%3Atoo");
	assert_ptr_equal(request.certificate, certificate);
	assert_ptr_equal(request.private_key, key);
	assert_null(strstr(request.body->bytes, "BEGIN"));
	client_request_done(&request);
}

static void
an_assertion_is_for_the_issuer_where_that_is_known(void **state)
{
	static char said[] = "https://said";
	struct client_auth auth = {.id = client_id};

	(void)state;
	assert_string_equal(
	    client_auth_get_audience(&auth, "i", "t", "a"), "i");
	assert_string_equal(
	    client_auth_get_audience(&auth, NULL, "t", "a"), "t");
	assert_string_equal(
	    client_auth_get_audience(&auth, NULL, NULL, "a"), "a");
	auth.audience = said;
	assert_string_equal(
	    client_auth_get_audience(&auth, "i", "t", "a"), said);
}

static void
too_many_fields_are_refused(void **state)
{
	struct form_field many[CLIENT_AUTH_FIELDS_MAX + 1];
	struct client_request request = {0};

	(void)state;
	for (size_t i = 0; i <= CLIENT_AUTH_FIELDS_MAX; i++)
		many[i] = (struct form_field){"a", "b"};
	assert_int_equal(client_request_print(NULL, &facts, many,
			     CLIENT_AUTH_FIELDS_MAX, &request),
	    0);
	client_request_done(&request);
	assert_int_equal(client_request_print(NULL, &facts, many,
			     CLIENT_AUTH_FIELDS_MAX + 1, &request),
	    -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_secret_goes_into_the_header_or_the_form),
	    cmocka_unit_test(a_configured_header_is_all_that_is_sent),
	    cmocka_unit_test(without_a_name_nothing_is_added),
	    cmocka_unit_test(the_key_chooses_the_algorithm_of_an_assertion),
	    cmocka_unit_test(keys_that_cannot_sign_are_refused),
	    cmocka_unit_test(a_certificate_names_the_key),
	    cmocka_unit_test(mtls_lends_key_and_certificate_and_tells_the_name),
	    cmocka_unit_test(
		an_assertion_is_for_the_issuer_where_that_is_known),
	    cmocka_unit_test(too_many_fields_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
