/*
 * Loads on api.sock, and what a server can do at best that only passes frames
 * on and verifies the signature:
 *
 *	api_bench make ALG FOLDER
 *		a key and a token: FOLDER/ALG.pem, .jwks, .token and .request,
 *		a call of io.authbox.Token.Introspect
 *	api_bench ask SOCKET REQUEST
 *		print the reply to the call in the file REQUEST
 *	api_bench floor ALG FOLDER SOCKET THREADS
 *		answer each frame with FOLDER/ALG.reply, after OpenSSL verified
 *		FOLDER/ALG.token once; THREADS accept and serve a connection
 *		to its end
 *	api_bench idle FILE SOCKET THREADS PAUSE-MS
 *		answer each frame with what is in FILE, after a pause and
 *		without any work: what a load costs by itself
 *	api_bench load SOCKET REQUEST CONNECTIONS SECONDS keep|connect
 *		the call again and again, on connections that are kept or on
 *		one for each; prints "calls seconds p50 p99 refused", in us
 *	api_bench forge SOCKET CONNECTIONS COUNT
 *		COUNT tokens with a random kid and a random signature; the same
 *		line
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/evp_limit.h"

#define ISS	    "https://auth.example.com"
#define AUD	    "https://ssh.example.com"
#define KID	    "2026-11-key-0001"
#define FRAME_BYTES 65536
#define THREADS_MAX 256
#define SAMPLES_MAX 4000000 /* of all threads together */

static const char payload[] =
    "{\"iss\":\"" ISS "\",\"sub\":\"8d7f3c0a-52b1-4b6e-9a3e-1f0f5a7c2d11\","
    "\"aud\":[\"" AUD "\",\"account\"],\"exp\":4102444800,\"nbf\":1700000000,"
    "\"jti\":\"0b3f6a1e-7f2b-4e0e-8f57-6c1f4de5a901\","
    "\"client_id\":\"web\",\"azp\":\"web\",\"scope\":\"openid profile email\","
    "\"acr\":\"1\",\"email_verified\":true,\"box_user\":\"bench0\","
    "\"preferred_username\":\"alice\",\"name\":\"Alice Example\","
    "\"email\":\"alice@example.com\","
    "\"groups\":[\"cardiology\",\"wheel\",\"staff\",\"ssh-users\"]}";

/* ---- files ---- */

static char *
path_of(const char *folder, const char *name, const char *kind)
{
	char *path;

	FORGE_DEMAND(asprintf(&path, "%s/%s.%s", folder, name, kind) > 0);
	return path;
}

static void
write_file(
    const char *folder, const char *name, const char *kind, const char *text)
{
	char *path = path_of(folder, name, kind);
	FILE *file = fopen(path, "we");

	forge_demand(file != NULL, path);
	FORGE_DEMAND(fputs(text, file) >= 0 && fclose(file) == 0);
	free(path);
}

/* With a NUL behind it; to be freed. */
static char *
read_file(const char *path, size_t *ret_size)
{
	char *text = calloc(1, FRAME_BYTES);
	FILE *file = fopen(path, "re");

	forge_demand(file != NULL, path);
	*ret_size = fread(text, 1, FRAME_BYTES - 1, file);
	(void)fclose(file);
	return text;
}

/* ---- make ---- */

static char *
call_of(const char *token)
{
	char *call;

	FORGE_DEMAND(
	    asprintf(&call,
		"{\"method\":\"io.authbox.Token.Introspect\","
		"\"parameters\":{\"token\":\"%s\",\"introspector\":null}}",
		token) > 0);
	return call;
}

static int
make(const char *name, const char *folder)
{
	const struct alg *alg = alg_find(name);
	struct forge forge = forge_for(alg);
	char header[128], *token, *call, *pem, *jwk, *jwks;

	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"" KID "\"}", name);
	token = forge_token(&forge, alg, header, payload);
	call = call_of(token);
	pem = forge_pem(&forge);
	jwk = forge_jwk(&forge, "\"kid\":\"" KID "\"");
	FORGE_DEMAND(asprintf(&jwks, "{\"keys\":[%s]}", jwk) > 0);
	write_file(folder, name, "token", token);
	write_file(folder, name, "request", call);
	write_file(folder, name, "pem", pem);
	write_file(folder, name, "jwks", jwks);
	return 0;
}

/* ---- sockets ---- */

static struct sockaddr_un
address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	FORGE_DEMAND(strlen(path) < sizeof(address.sun_path));
	(void)strcpy(address.sun_path, path);
	return address;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	forge_demand(fd >= 0 && connect(fd, (struct sockaddr *)&address,
				    sizeof(address)) == 0,
	    path);
	return fd;
}

/* A frame up to its NUL; 0: the peer is gone. */
static size_t
receive(int fd, char frame[FRAME_BYTES])
{
	size_t used = 0;

	while (used < FRAME_BYTES) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		/* Without it, the peer's reading of what we sent would wake
		 * us up, too. */
		(void)poll(&ready, 1, -1);
		n = recv(fd, frame + used, FRAME_BYTES - used, 0);

		if (n <= 0)
			return 0;
		used += (size_t)n;
		if (frame[used - 1] == '\0')
			return used;
	}
	return 0;
}

static bool
transmit(int fd, const char *frame, size_t size)
{
	return send(fd, frame, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static int
ask(const char *socket_path, const char *request_path)
{
	static char frame[FRAME_BYTES];
	size_t size;
	char *request = read_file(request_path, &size);
	int fd = connect_to(socket_path);

	FORGE_DEMAND(transmit(fd, request, size + 1) && receive(fd, frame) > 0);
	(void)puts(frame);
	return 0;
}

/* ---- floor ---- */

static struct {
	const struct alg *alg;
	struct forge forge;
	char *token, *reply;
	size_t reply_size;
	struct timespec pause;
	int listener;
} floor_of;

static void *
serve(void *context)
{
	static __thread char frame[FRAME_BYTES];
	struct evp_limit limit;

	(void)context;
	evp_limit_init(&limit, floor_of.alg, &floor_of.forge, floor_of.token);
	for (;;) {
		int fd = accept4(floor_of.listener, NULL, NULL, SOCK_CLOEXEC);

		while (receive(fd, frame) > 0 && evp_limit_verify(&limit) == 1)
			if (!transmit(fd, floor_of.reply, floor_of.reply_size))
				break;
		(void)close(fd);
	}
	return NULL;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unlink(path);
	forge_demand(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(fd, 512) == 0,
	    path);
	return fd;
}

static int
run_threads(void *(*run)(void *), long threads)
{
	pthread_t thread = pthread_self();

	for (; threads > 0; threads--)
		FORGE_DEMAND(pthread_create(&thread, NULL, run, NULL) == 0);
	return pthread_join(thread, NULL);
}

static int
run_floor(char **arguments)
{
	const char *name = arguments[0], *folder = arguments[1];
	char *path = path_of(folder, name, "pem");
	FILE *pem = fopen(path, "re");
	size_t size;

	forge_demand(pem != NULL, path);
	floor_of.alg = alg_find(name);
	floor_of.forge.key = PEM_read_PUBKEY(pem, NULL, NULL, NULL);
	FORGE_DEMAND(floor_of.forge.key);
	floor_of.token = read_file(path_of(folder, name, "token"), &size);
	floor_of.reply = read_file(path_of(folder, name, "reply"), &size);
	floor_of.reply[size - 1] = '\0'; /* its newline */
	floor_of.reply_size = size;
	floor_of.listener = listen_at(arguments[2]);
	return run_threads(serve, strtol(arguments[3], NULL, 10));
}

static void *
pause_and_answer(void *context)
{
	static __thread char frame[FRAME_BYTES];

	(void)context;
	for (;;) {
		int fd = accept4(floor_of.listener, NULL, NULL, SOCK_CLOEXEC);

		while (receive(fd, frame) > 0) {
			(void)nanosleep(&floor_of.pause, NULL);
			if (!transmit(fd, floor_of.reply, floor_of.reply_size))
				break;
		}
		(void)close(fd);
	}
	return NULL;
}

static int
run_idle(char **arguments)
{
	size_t size;

	floor_of.reply = read_file(arguments[0], &size);
	floor_of.reply[size - 1] = '\0'; /* its newline */
	floor_of.reply_size = size;
	floor_of.pause.tv_nsec = strtol(arguments[3], NULL, 10) * 1000000;
	floor_of.listener = listen_at(arguments[1]);
	return run_threads(pause_and_answer, strtol(arguments[2], NULL, 10));
}

/* ---- load ---- */

static struct {
	const char *socket_path;
	const char *request; /* NULL: forged ones */
	size_t request_size;
	bool keeps;
	int64_t end_us; /* 0: by count */
	atomic_long left;
	atomic_long refused;
	pthread_barrier_t barrier;
	long samples_each;
} load;

struct client {
	pthread_t thread;
	unsigned seed;
	uint32_t *latency_us;
	long count;
	char frame[FRAME_BYTES], call[FRAME_BYTES];
};

static int64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The next call; its size with the NUL. */
static size_t
next_call(struct client *client, const char **ret_call)
{
	uint8_t signature[256];
	char header[128], *token, *call;
	size_t size;

	if (load.request) {
		*ret_call = load.request;
		return load.request_size;
	}
	for (size_t i = 0; i < sizeof(signature); i++)
		signature[i] = (uint8_t)rand_r(&client->seed);
	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%08x%08x\"}",
	    (unsigned)rand_r(&client->seed), (unsigned)rand_r(&client->seed));
	token =
	    forge_input(header, strlen(header), payload, sizeof(payload) - 1);
	forge_append(token, signature, sizeof(signature));
	call = call_of(token);
	size = strlen(call) + 1;
	memcpy(client->call, call, size);
	free(call);
	free(token);
	*ret_call = client->call;
	return size;
}

static bool
is_active(const char *reply)
{
	return strstr(reply, "\"active\":true") != NULL;
}

static void *
run_client(void *context)
{
	struct client *client = context;
	const char *call;
	int fd = load.keeps ? connect_to(load.socket_path) : -1;

	(void)pthread_barrier_wait(&load.barrier);
	for (;;) {
		size_t size = next_call(client, &call);
		int64_t start_us = now_us();

		if (load.end_us ? start_us >= load.end_us
				: atomic_fetch_sub(&load.left, 1) <= 0)
			break;
		if (!load.keeps)
			fd = connect_to(load.socket_path);
		FORGE_DEMAND(
		    transmit(fd, call, size) && receive(fd, client->frame) > 0);
		if (!load.keeps)
			(void)close(fd);
		if (client->count < load.samples_each)
			client->latency_us[client->count] =
			    (uint32_t)(now_us() - start_us);
		client->count++;
		if (!is_active(client->frame))
			atomic_fetch_add(&load.refused, 1);
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int
run_load(long connections, double seconds)
{
	struct client *clients = calloc((size_t)connections, sizeof(*clients));
	uint32_t *all = malloc(SAMPLES_MAX * sizeof(*all));
	size_t samples = 0;
	int64_t start_us;
	long count = 0;

	FORGE_DEMAND(clients && all && connections <= THREADS_MAX);
	load.samples_each = SAMPLES_MAX / connections;
	(void)pthread_barrier_init(
	    &load.barrier, NULL, (unsigned)connections + 1);
	for (long i = 0; i < connections; i++) {
		clients[i].seed = (unsigned)i + 1;
		clients[i].latency_us =
		    malloc((size_t)load.samples_each * sizeof(uint32_t));
		FORGE_DEMAND(pthread_create(&clients[i].thread, NULL,
				 run_client, &clients[i]) == 0);
	}
	start_us = now_us();
	if (seconds > 0)
		load.end_us = start_us + (int64_t)(seconds * 1e6);
	(void)pthread_barrier_wait(&load.barrier);
	for (long i = 0; i < connections; i++) {
		long kept;

		(void)pthread_join(clients[i].thread, NULL);
		kept = clients[i].count < load.samples_each ? clients[i].count
							    : load.samples_each;
		memcpy(all + samples, clients[i].latency_us,
		    (size_t)kept * sizeof(*all));
		samples += (size_t)kept;
		count += clients[i].count;
	}
	qsort(all, samples, sizeof(*all), compare);
	(void)printf("%ld %.3f %u %u %ld\n", count,
	    (double)(now_us() - start_us) / 1e6, all[samples / 2],
	    all[samples * 99 / 100], atomic_load(&load.refused));
	return 0;
}

static int
load_with(char **arguments)
{
	load.socket_path = arguments[0];
	load.request = read_file(arguments[1], &load.request_size);
	load.request_size++; /* the NUL */
	load.keeps = streq(arguments[4], "keep");
	return run_load(
	    strtol(arguments[2], NULL, 10), strtod(arguments[3], NULL));
}

static int
forge_with(char **arguments)
{
	load.socket_path = arguments[0];
	load.keeps = true;
	load.left = strtol(arguments[2], NULL, 10);
	return run_load(strtol(arguments[1], NULL, 10), 0);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 4 && streq(what, "make"))
		return make(argv[2], argv[3]);
	if (argc == 4 && streq(what, "ask"))
		return ask(argv[2], argv[3]);
	if (argc == 6 && streq(what, "floor"))
		return run_floor(argv + 2);
	if (argc == 6 && streq(what, "idle"))
		return run_idle(argv + 2);
	if (argc == 7 && streq(what, "load"))
		return load_with(argv + 2);
	if (argc == 5 && streq(what, "forge"))
		return forge_with(argv + 2);
	(void)fputs("usage: api_bench make|ask|floor|idle|load|forge …, see "
		    "api_bench.c\n",
	    stderr);
	return 2;
}
