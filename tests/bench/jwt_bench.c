/*
 * What it costs to verify an access token in the process, beside OpenSSL's own
 * verification of the same signature and beside other libraries:
 *
 *	jwt_bench [-r ROUNDS] [-m MILLISECONDS] [ALG...]
 *
 * All take turns, a slice of so many milliseconds in each round; rates are over
 * CPU time, so that neighbours hardly count, and a ratio is the median of the
 * rounds' ratios. Each parses its key once. The token has 17 claims; everybody
 * checks signature, alg, iss, aud, exp and nbf, and was seen to refuse the
 * token with one bit changed in the signature and in the payload.
 *
 * The limit is the best direct call of OpenSSL, see evp_limit.h.
 *
 * One line for each: "ALG NAME RATE RATIO-TO-LIMIT". A library that does not
 * know the algorithm has none.
 */
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

#include <cjose/cjose.h>
#include <jansson.h>
#include <rhonabwy.h>

#include "jose/jwt.h"
#include "tests/bench/evp_limit.h"

#define ISS	   "https://auth.example.com"
#define AUD	   "https://ssh.example.com"
#define KID	   "2026-11-key-0001"
#define NOW_UNIX_S 1800000000
#define ROUNDS_MAX 101
#define BATCH	   16 /* verifications between two looks at the clock */

static const char payload[] =
    "{\"iss\":\"" ISS "\",\"sub\":\"8d7f3c0a-52b1-4b6e-9a3e-1f0f5a7c2d11\","
    "\"aud\":[\"" AUD "\",\"account\"],\"exp\":4102444800,\"nbf\":1799999000,"
    "\"iat\":1799999000,\"jti\":\"0b3f6a1e-7f2b-4e0e-8f57-6c1f4de5a901\","
    "\"client_id\":\"web\",\"azp\":\"web\",\"scope\":\"openid profile email\","
    "\"acr\":\"1\",\"auth_time\":1799998990,\"email_verified\":true,"
    "\"preferred_username\":\"alice\",\"name\":\"Alice Example\","
    "\"email\":\"alice@example.com\","
    "\"groups\":[\"cardiology\",\"wheel\",\"staff\",\"ssh-users\"]}";

/* What all are given. */
static struct {
	const struct alg *alg;
	struct forge forge;
	char *token;
	size_t token_size;
	char *jwk, *pem; /* pem NULL: a secret */
	size_t input_size;
} given;

/* 1: the token is good. */
struct verifier_of {
	const char *name;
	bool (*start)(void); /* false: not this algorithm */
	int (*verify)(const char *token);
	void (*end)(void);
	bool knows_tokens;
};

/* ---- the limit ---- */

static struct evp_limit limit;

static bool
limit_start(void)
{
	evp_limit_init(&limit, given.alg, &given.forge, given.token);
	return true;
}

static int
limit_verify(const char *token)
{
	(void)token;
	return evp_limit_verify(&limit);
}

static void
limit_end(void)
{
	evp_limit_done(&limit);
}

/* ---- authbox ---- */

static struct jwks *own_keys;

static bool
own_start(void)
{
	struct jwk *key = forge_key(&given.forge, given.alg->name, KID);

	FORGE_DEMAND(jwks_new(&key, 1, &own_keys) == 0);
	return true;
}

static int
own_verify(const char *token)
{
	static const char *const auds[] = {AUD, NULL};
	const struct jwt_rules rules = {.claims = {.iss = ISS,
					    .auds = auds,
					    .now_unix_s = NOW_UNIX_S,
					    .leeway_s = 10},
	    .keys = {own_keys, NULL}};
	AUTO(jwt_unverified) unverified = NULL;
	AUTO(jwt) jwt = NULL;
	const char *why;
	int r;

	r = jwt_unverified_parse(token, given.token_size, &unverified, &why);
	if (r == 1)
		r = jwt_verify(unverified, &rules, &jwt, &why);
	return r == 1 && json_find(jwt_get_claims(jwt), "sub");
}

static void
own_end(void)
{
	jwks_unref(own_keys);
}

/* ---- libraries ---- */

static cjose_jwk_t *cjose_key;

static bool
cjose_start(void)
{
	if (given.alg->family == ALG_EDDSA)
		return false;
	cjose_key = cjose_jwk_import(given.jwk, strlen(given.jwk), NULL);
	return cjose_key != NULL;
}

static bool
has_audience(json_t *aud)
{
	json_t *one;
	size_t i;

	json_array_foreach(aud, i,
	    one) if (streq_null(json_string_value(one), AUD)) return true;
	return streq_null(json_string_value(aud), AUD);
}

static bool
claims_are_good(json_t *claims)
{
	return streq_null(
		   json_string_value(json_object_get(claims, "iss")), ISS) &&
	       has_audience(json_object_get(claims, "aud")) &&
	       json_number_value(json_object_get(claims, "exp")) > NOW_UNIX_S &&
	       json_number_value(json_object_get(claims, "nbf")) <=
		   NOW_UNIX_S &&
	       json_string_value(json_object_get(claims, "sub"));
}

static int
cjose_verify(const char *token)
{
	cjose_jws_t *jws = cjose_jws_import(token, given.token_size, NULL);
	json_t *claims = NULL;
	uint8_t *text;
	size_t size;
	int good;

	good = jws &&
	       streq_null(
		   cjose_header_get(cjose_jws_get_protected(jws), "alg", NULL),
		   given.alg->name) &&
	       cjose_jws_verify(jws, cjose_key, NULL) &&
	       cjose_jws_get_plaintext(jws, &text, &size, NULL);
	if (good)
		claims = json_loadb((const char *)text, size, 0, NULL);
	good = claims && claims_are_good(claims);
	json_decref(claims);
	cjose_jws_release(jws);
	return good;
}

static void
cjose_end(void)
{
	cjose_jwk_release(cjose_key);
}

static jwk_t *rhonabwy_key;

static bool
rhonabwy_start(void)
{
	return r_jwk_init(&rhonabwy_key) == RHN_OK &&
	       r_jwk_import_from_json_str(rhonabwy_key, given.jwk) == RHN_OK;
}

static int
rhonabwy_verify(const char *token)
{
	jwt_t *jwt = NULL;
	json_t *claims = NULL;
	int good;

	good = r_jwt_init(&jwt) == RHN_OK &&
	       r_jwt_parsen(jwt, token, given.token_size, 0) == RHN_OK &&
	       r_jwt_get_sign_alg(jwt) == r_str_to_jwa_alg(given.alg->name) &&
	       r_jwt_verify_signature(jwt, rhonabwy_key, 0) == RHN_OK;
	if (good)
		claims = r_jwt_get_full_claims_json_t(jwt);
	good = claims && claims_are_good(claims);
	json_decref(claims);
	r_jwt_free(jwt);
	return good;
}

static void
rhonabwy_end(void)
{
	r_jwk_free(rhonabwy_key);
}

/* libjwt has functions of the same names as ours, so it is kept to itself. */
struct libjwt_token;
static struct {
	int (*decode)(struct libjwt_token **ret, const char *token,
	    const unsigned char *key, int key_size);
	const char *(*get)(struct libjwt_token *jwt, const char *name);
	long (*get_int)(struct libjwt_token *jwt, const char *name);
	char *(*get_json)(struct libjwt_token *jwt, const char *name);
	int (*get_alg)(struct libjwt_token *jwt);
	void (*free)(struct libjwt_token *jwt);
} libjwt;

static void *
libjwt_find(void *library, const char *name)
{
	void *found = library ? dlsym(library, name) : NULL;

	forge_demand(found != NULL, name);
	return found;
}

static bool
libjwt_start(void)
{
	void *library = dlopen("libjwt.so", RTLD_NOW | RTLD_LOCAL);

	*(void **)&libjwt.decode = libjwt_find(library, "jwt_decode");
	*(void **)&libjwt.get = libjwt_find(library, "jwt_get_grant");
	*(void **)&libjwt.get_int = libjwt_find(library, "jwt_get_grant_int");
	*(void **)&libjwt.get_json =
	    libjwt_find(library, "jwt_get_grants_json");
	*(void **)&libjwt.get_alg = libjwt_find(library, "jwt_get_alg");
	*(void **)&libjwt.free = libjwt_find(library, "jwt_free");
	return given.alg->family != ALG_EDDSA && given.alg->family != ALG_PSS;
}

static int
libjwt_verify(const char *token)
{
	const char *key = given.pem ? given.pem : given.forge.secret, *iss;
	struct libjwt_token *jwt = NULL;
	char *aud;
	int good;

	if (libjwt.decode(
		&jwt, token, (const unsigned char *)key, (int)strlen(key)) != 0)
		return 0;
	iss = libjwt.get(jwt, "iss");
	aud = libjwt.get_json(jwt, "aud");
	good = libjwt.get_alg(jwt) != 0 && streq_null(iss, ISS) && aud &&
	       strstr(aud, "\"" AUD "\"") &&
	       libjwt.get_int(jwt, "exp") > NOW_UNIX_S &&
	       libjwt.get_int(jwt, "nbf") <= NOW_UNIX_S &&
	       libjwt.get(jwt, "sub");
	free(aud);
	libjwt.free(jwt);
	return good;
}

static void
nothing(void)
{
}

static const struct verifier_of verifiers[] = {
    {"limit", limit_start, limit_verify, limit_end, false},
    {"authbox", own_start, own_verify, own_end, true},
    {"cjose", cjose_start, cjose_verify, cjose_end, true},
    {"rhonabwy", rhonabwy_start, rhonabwy_verify, rhonabwy_end, true},
    {"libjwt", libjwt_start, libjwt_verify, nothing, true},
};
#define VERIFIERS (sizeof(verifiers) / sizeof(verifiers[0]))

/* ---- turns ---- */

static double
cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Verifications per second of CPU. */
static double
slice(const struct verifier_of *v, double seconds)
{
	double start = cpu_s(), now;
	unsigned long count = 0;

	do {
		for (int i = 0; i < BATCH; i++)
			forge_demand(v->verify(given.token) == 1, v->name);
		count += BATCH;
		now = cpu_s();
	} while (now - start < seconds);
	return (double)count / (now - start);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double values[], int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_size);
	return values[count / 2];
}

/* A verifier that takes anything is not worth measuring. */
static void
demand_refusal(const struct verifier_of *v)
{
	char *changed = strdup(given.token);
	const size_t places[] = {given.input_size + 20, given.input_size - 20};

	FORGE_DEMAND(changed);
	forge_demand(v->verify(given.token) == 1, v->name);
	for (size_t i = 0; v->knows_tokens && i < 2; i++) {
		char *at = changed + places[i], before = *at;

		*at = before == 'A' ? 'B' : 'A';
		forge_demand(v->verify(changed) != 1, v->name);
		*at = before;
	}
	free(changed);
}

static void
give(const struct alg *alg)
{
	char header[128], k[256];

	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"" KID "\"}", alg->name);
	given.alg = alg;
	given.forge = forge_for(alg);
	given.token = forge_token(&given.forge, alg, header, payload);
	given.token_size = strlen(given.token);
	given.input_size = (size_t)(strrchr(given.token, '.') - given.token);
	given.pem = given.forge.key ? forge_pem(&given.forge) : NULL;
	if (given.pem) {
		given.jwk = forge_jwk(&given.forge, "\"kid\":\"" KID "\"");
		return;
	}
	base64url_encode(given.forge.secret, strlen(given.forge.secret), k);
	FORGE_DEMAND(
	    asprintf(&given.jwk,
		"{\"kty\":\"oct\",\"kid\":\"" KID "\",\"k\":\"%s\"}", k) > 0);
}

static void
measure(const struct alg *alg, int rounds, double seconds)
{
	static double rates[VERIFIERS][ROUNDS_MAX], ratios[ROUNDS_MAX];
	bool known[VERIFIERS];

	give(alg);
	for (size_t i = 0; i < VERIFIERS; i++) {
		known[i] = verifiers[i].start();
		if (known[i])
			demand_refusal(&verifiers[i]);
	}
	for (int round = 0; round < rounds; round++)
		for (size_t i = 0; i < VERIFIERS; i++)
			if (known[i])
				rates[i][round] = slice(&verifiers[i], seconds);
	/* The limit last: its median sorts what the ratios are of. */
	for (size_t i = VERIFIERS; i-- > 0;) {
		if (!known[i])
			continue;
		for (int round = 0; round < rounds; round++)
			ratios[round] = rates[i][round] / rates[0][round];
		(void)printf("%s %s %.0f %.3f\n", alg->name, verifiers[i].name,
		    median(rates[i], rounds), median(ratios, rounds));
	}
	(void)fflush(stdout);
	for (size_t i = 0; i < VERIFIERS; i++)
		if (known[i])
			verifiers[i].end();
	forge_done(&given.forge);
	free(given.token);
	free(given.jwk);
	free(given.pem);
}

int
main(int argc, char **argv)
{
	static const char *const all[] = {
	    "HS256", "RS256", "PS256", "ES256", "EdDSA"};
	const char *const *names = all;
	int rounds = 15, count = 5, option;
	double seconds = 0.1;

	while ((option = getopt(argc, argv, "r:m:")) != -1)
		if (option == 'r')
			rounds = (int)strtol(optarg, NULL, 10);
		else if (option == 'm')
			seconds = strtod(optarg, NULL) / 1e3;
		else
			return 2;
	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	if (optind < argc) {
		names = (const char *const *)argv + optind;
		count = argc - optind;
	}
	json_init();
	r_global_init();
	for (int i = 0; i < count; i++) {
		FORGE_DEMAND(alg_find(names[i]));
		measure(alg_find(names[i]), rounds, seconds);
	}
	r_global_close();
	return 0;
}
