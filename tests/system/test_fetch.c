/*
 * authboxd's side (net/http.h) and the real authbox-fetch against a server that
 * misbehaves on purpose (fault_server.py): every answer within its bounds of
 * time and memory, and no secret where it does not belong.
 * it mostly waits
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "net/http.h"

#define SECRET	       "s3cret-c0de-123456"
#define START_MS       15000
#define RSS_KIB_MAX    65536
#define PARALLEL       40
#define PATH_BYTES_MAX 128

/* The folder of a run and the two programs in it. */
struct bench {
	char dir[64], socket[PATH_BYTES_MAX], ca[PATH_BYTES_MAX];
	pid_t server, fetch;
	int server_input; /* closing it ends the server */
	int trap_port;
};

static void
bench_path(
    const struct bench *bench, const char *name, char ret_path[PATH_BYTES_MAX])
{
	(void)snprintf(ret_path, PATH_BYTES_MAX, "%s/%s", bench->dir, name);
}

/* All of a file as text, the caller's; "" when it is not there. */
static char *
bench_read(const struct bench *bench, const char *name)
{
	char path[PATH_BYTES_MAX], *text = NULL;
	size_t size = 0;
	FILE *file;

	bench_path(bench, name, path);
	file = fopen(path, "re");
	if (!file)
		return strdup("");
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	(void)fclose(file);
	return text;
}

static void
wait_for_file(const char *path)
{
	int64_t deadline_ms = clock_monotonic_ms() + START_MS;
	struct timespec pause = {.tv_nsec = 5000000};

	while (access(path, F_OK) < 0) {
		assert_true(clock_monotonic_ms() < deadline_ms);
		(void)nanosleep(&pause, NULL);
	}
}

/* The socket's file is there a moment before it listens. */
static void
wait_for_server(const char *path)
{
	int64_t deadline_ms = clock_monotonic_ms() + START_MS;
	struct timespec pause = {.tv_nsec = 5000000};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	(void)stpcpy(address.sun_path, path);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		assert_true(clock_monotonic_ms() < deadline_ms);
		(void)nanosleep(&pause, NULL);
	}
	(void)close(fd);
}

static int
port_of(const struct bench *bench, const char *name)
{
	AUTO_TEXT ports = bench_read(bench, "ports");
	size_t size = strlen(name);
	char *line = ports;

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, size) == 0 && line[size] == ' ')
			return (int)strtol(line + size, NULL, 10);
	}
	fail_msg("no port of %s", name);
	return -1;
}

static void
start_server(struct bench *bench)
{
	char path[PATH_BYTES_MAX];
	int pipe_fds[2];

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	bench->server = fork();
	assert_true(bench->server >= 0);
	if (bench->server == 0) {
		(void)dup2(pipe_fds[0], STDIN_FILENO);
		(void)execl("tests/system/fault_server.py", "fault_server.py",
		    "--dir", bench->dir, "--tls", NULL);
		_exit(127);
	}
	close(pipe_fds[0]);
	bench->server_input = pipe_fds[1];
	bench_path(bench, "ports", path);
	wait_for_file(path);
}

static void
set_environment(const struct bench *bench)
{
	char trap[64], path[PATH_BYTES_MAX];

	(void)snprintf(
	    trap, sizeof(trap), "http://127.0.0.1:%d", bench->trap_port);
	bench_path(bench, "keylog", path);
	(void)setenv("http_proxy", trap, 1);
	(void)setenv("https_proxy", trap, 1);
	(void)setenv("ALL_PROXY", trap, 1);
	(void)setenv("SSLKEYLOGFILE", path, 1);
	(void)setenv("HOME", bench->dir, 1);
}

/* With an environment that would lead an ordinary program astray. `wrapper`
 * starts it; NULL: none. */
static pid_t
start_fetch(
    const struct bench *bench, const char *socket_path, const char *wrapper)
{
	char program[PATH_BYTES_MAX], log[PATH_BYTES_MAX];
	const char *build = getenv("BUILD");
	pid_t pid;
	int fd;

	(void)snprintf(program, sizeof(program), "%s/authbox-fetch",
	    build ? build : "build");
	bench_path(bench, "fetch.log", log);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		(void)dup2(fd, STDERR_FILENO);
		set_environment(bench);
		if (wrapper)
			(void)execl(wrapper, wrapper, program, "--socket",
			    socket_path, NULL);
		else
			(void)execl(
			    program, program, "--socket", socket_path, NULL);
		_exit(127);
	}
	wait_for_server(socket_path);
	return pid;
}

static int
bench_start(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	char path[PATH_BYTES_MAX];
	FILE *netrc;

	assert_non_null(bench);
	(void)snprintf(
	    bench->dir, sizeof(bench->dir), "/tmp/authbox-fetch.XXXXXX");
	assert_non_null(mkdtemp(bench->dir));
	bench_path(bench, "fetch.sock", bench->socket);
	bench_path(bench, "ca.pem", bench->ca);
	bench_path(bench, ".netrc", path);
	netrc = fopen(path, "we");
	assert_non_null(netrc);
	(void)fputs("default login someone password netrc-word\n", netrc);
	(void)fclose(netrc);

	start_server(bench);
	bench->trap_port = port_of(bench, "trap");
	bench->fetch = start_fetch(bench, bench->socket, NULL);
	*state = bench;
	return 0;
}

static int
bench_end(void **state)
{
	struct bench *bench = *state;
	char command[PATH_BYTES_MAX];

	if (bench->fetch > 0) {
		(void)kill(bench->fetch, SIGTERM);
		(void)waitpid(bench->fetch, NULL, 0);
	}
	close(bench->server_input);
	(void)waitpid(bench->server, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", bench->dir);
	(void)!system(command);
	free(bench);
	return 0;
}

/* ---- asking ---- */

struct asked {
	int result;
	unsigned status;
	struct secret *body;
	char why[256];
	int64_t took_ms;
};

static void
asked_done(struct asked *asked)
{
	secret_free(asked->body);
	asked->body = NULL;
}

/* POST a secret in header and body to PATH at the named port. */
static void
ask(const struct bench *bench, const char *port, const char *path,
    const struct http_request *template, struct asked *ret)
{
	AUTO(secret) value = secret_copy(SECRET, strlen(SECRET));
	struct header header = {(char[]){"Authorization"}, value};
	bool tls = !streq(port, "plain") && !streq(port, "trap");
	struct http_request request = *template;
	struct http_answer answer = {0};
	int64_t started_ms = clock_monotonic_ms();
	char url[256];

	(void)snprintf(url, sizeof(url), "%s://localhost:%d%s",
	    tls ? "https" : "http", port_of(bench, port), path);
	request.method = "POST";
	request.url = request.url ? request.url : url;
	request.body = "{\"token\":\"" SECRET "\"}";
	request.content_type = "application/json";
	request.headers = &header;
	request.header_count = 1;
	*ret = (struct asked){0};
	ret->result = http_ask(
	    bench->socket, &request, &answer, ret->why, sizeof(ret->why));
	ret->took_ms = clock_monotonic_ms() - started_ms;
	ret->status = answer.status;
	ret->body = answer.body;
}

static const struct http_request usual = {
    .timeout_ms = 5000, .body_bytes_max = 65536};

/* What authbox-fetch holds: "VmHWM" and the like of its status, or the number
 * of its descriptors. */
static long
fetch_kib(const struct bench *bench, const char *name)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", bench->fetch);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name) + 1, NULL, 10);
	(void)fclose(file);
	return kib;
}

static bool
is_sanitized(void)
{
	const char *kind = getenv("SANITIZE");

	return kind && *kind;
}

/* ---- tests ---- */

static void
fetch_brings_a_request_and_its_answer(void **state)
{
	const struct bench *bench = *state;
	struct asked asked;
	AUTO_TEXT requests = NULL;

	ask(bench, "plain", "/hook?a=b", &usual, &asked);
	assert_string_equal(asked.why, "");
	assert_int_equal(asked.result, 0);
	assert_int_equal(asked.status, 200);
	assert_string_equal(asked.body->bytes, "ok");
	asked_done(&asked);
	requests = bench_read(bench, "requests");
	assert_non_null(
	    strstr(requests, "\"method\": \"POST\", \"path\": \"/hook?a=b\""));
	assert_non_null(
	    strstr(requests, "[\"Authorization\", \"" SECRET "\"]"));
	assert_non_null(
	    strstr(requests, "[\"Content-Type\", \"application/json\"]"));
	assert_non_null(strstr(
	    requests, "\"body\": \"{\\\"token\\\":\\\"" SECRET "\\\"}\""));
	assert_null(strstr(requests, "Accept-Encoding"));
	assert_null(strstr(requests, "Cookie"));
	assert_null(strstr(requests, "netrc-word"));
	assert_null(strstr(requests, "bmV0cmMtd29yZA"));
}

static void
fetch_gives_every_status_but_redirects(void **state)
{
	static const unsigned statuses[] = {
	    200, 201, 204, 304, 400, 401, 404, 429, 500, 503, 599};
	const struct bench *bench = *state;
	struct asked asked;
	char path[64];

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		(void)snprintf(path, sizeof(path), "/status/%u", statuses[i]);
		ask(bench, "plain", path, &usual, &asked);
		assert_int_equal(asked.result, 0);
		assert_int_equal(asked.status, statuses[i]);
		asked_done(&asked);
	}
}

static void
fetch_follows_no_redirect(void **state)
{
	static const unsigned statuses[] = {301, 302, 303, 307, 308};
	const struct bench *bench = *state;
	struct asked asked;
	AUTO_TEXT requests = NULL;
	char path[64];

	for (size_t i = 0; i < 5; i++) {
		(void)snprintf(path, sizeof(path), "/redirect/%u", statuses[i]);
		ask(bench, "plain", path, &usual, &asked);
		assert_int_equal(asked.result, -EIO);
		assert_non_null(strstr(asked.why, "redirect"));
	}
	requests = bench_read(bench, "requests");
	assert_null(strstr(requests, "TRAP"));
	assert_null(strstr(requests, "/stolen"));
}

/* How a server at fault may try to hold, flood or confuse. */
static void
fetch_bounds_what_a_server_may_do(void **state)
{
	static const struct {
		const char *path;
		int result;
		unsigned timeout_ms;
		int64_t ms_max;
	} cases[] = {
	    {"/hang", -ETIMEDOUT, 500, 1500},
	    {"/trickle", -ETIMEDOUT, 20000, 6000},
	    {"/trickle-head", -ETIMEDOUT, 1000, 2000},
	    {"/endless", -EMSGSIZE, 5000, 2000},
	    {"/endless-chunks", -EMSGSIZE, 5000, 2000},
	    {"/endless-trailer", -EMSGSIZE, 5000, 2000},
	    {"/promise", -EMSGSIZE, 5000, 2000},
	    {"/header-flood", -EMSGSIZE, 5000, 2000},
	    {"/interim-flood", -EMSGSIZE, 5000, 2000},
	    {"/long-header", -EMSGSIZE, 5000, 2000},
	    {"/long-status", -EMSGSIZE, 5000, 2000},
	    {"/bomb", -EIO, 5000, 5000},
	    {"/bomb-te", -EIO, 5000, 5000},
	    {"/cut", -EIO, 5000, 2000},
	    {"/close", -EIO, 5000, 2000},
	    {"/garbage", -EIO, 5000, 2000},
	    {"/http09", -EIO, 5000, 2000},
	    {"/bad-status", -EIO, 5000, 2000},
	    {"/latin1", -EIO, 5000, 2000},
	    {"/nul", -EIO, 5000, 2000},
	    {"/big/30000", -EMSGSIZE, 5000, 2000},
	    {"/slow", 0, 6000, 6000},
	    {"/continue", 0, 5000, 2000},
	    {"/cookie", 0, 5000, 2000},
	};
	const struct bench *bench = *state;
	struct http_request request = usual;
	struct asked asked;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request.timeout_ms = cases[i].timeout_ms;
		ask(bench, "plain", cases[i].path, &request, &asked);
		print_message("# %s: %d, %s, %d ms\n", cases[i].path,
		    asked.result, asked.why, (int)asked.took_ms);
		if (asked.result != cases[i].result ||
		    asked.took_ms > cases[i].ms_max)
			fail_msg("%s: %d (%s) after %d ms", cases[i].path,
			    asked.result, asked.why, (int)asked.took_ms);
		assert_null(strstr(asked.why, SECRET));
		assert_null(strstr(asked.why, cases[i].path));
		asked_done(&asked);
	}
	print_message("# peak: %ld KiB\n", fetch_kib(bench, "VmHWM:"));
	if (!is_sanitized())
		assert_in_range(fetch_kib(bench, "VmHWM:"), 1, RSS_KIB_MAX);
}

static void
fetch_reads_no_body_where_only_the_status_counts(void **state)
{
	static const char *const paths[] = {
	    "/endless", "/endless-chunks", "/promise", "/trickle", "/latin1"};
	const struct bench *bench = *state;
	struct http_request request = usual;
	struct asked asked;

	request.ignore_body = true;
	for (size_t i = 0; i < 5; i++) {
		ask(bench, "plain", paths[i], &request, &asked);
		assert_string_equal(asked.why, "");
		assert_int_equal(asked.result, 0);
		assert_int_equal(asked.status, 200);
		assert_int_equal(asked.body->size, 0);
		assert_true(asked.took_ms < 3000);
		asked_done(&asked);
	}
}

static void
fetch_brings_large_bodies_in_whole_characters(void **state)
{
	const struct bench *bench = *state;
	struct http_request request = usual;
	struct asked asked;

	request.body_bytes_max = 524288;
	ask(bench, "plain", "/big/174762", &request, &asked);
	assert_int_equal(asked.result, 0);
	assert_int_equal(asked.body->size, 3 * 174762);
	assert_true(text_is_utf8(asked.body->bytes, asked.body->size));
	asked_done(&asked);
}

/* A hostile server may put what it was sent into the type. */
static void
fetch_takes_only_the_type_that_was_asked_for(void **state)
{
	static const char *const types[] = {
	    "application/json", "application/jwk-set+json", NULL};
	static const struct {
		const char *path, *why;
	} cases[] = {
	    {"/type/ca.pem/application/json", NULL},
	    {"/type/ca.pem/application/json/;charset=UTF-8", NULL},
	    {"/type/ca.pem/APPLICATION/jwk-set+json", NULL},
	    {"/type/ca.pem/text/html/;charset=UTF-8", "text/html, where"},
	    {"/type/ca.pem/application/jsonp", "of another type"},
	    {"/type/ca.pem/text/" SECRET, "of another type"},
	    {"/type/ca.pem/text/html/;x=" SECRET, "text/html"},
	    {"/type/ca.pem/untyped", "of no type at all"},
	    {"/status/400", NULL}, /* a refusal explains itself as it likes */
	    {"/status/503", NULL},
	};
	const struct bench *bench = *state;
	struct http_request request = usual;
	AUTO_TEXT requests = NULL;
	struct asked asked;

	request.answer_types = types;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(bench, "plain", cases[i].path, &request, &asked);
		print_message("# %s: %s\n", cases[i].path, asked.why);
		assert_int_equal(asked.result, cases[i].why ? -EIO : 0);
		if (cases[i].why)
			assert_non_null(strstr(asked.why, cases[i].why));
		assert_null(strstr(asked.why, SECRET));
		asked_done(&asked);
	}
	requests = bench_read(bench, "requests");
	assert_non_null(strstr(requests,
	    "[\"Accept\", \"application/json, application/jwk-set+json\"]"));
}

static void
fetch_trusts_only_the_right_certificate(void **state)
{
	static const struct {
		const char *port;
		bool with_ca;
		int result;
	} cases[] = {
	    {"good", true, 0},
	    {"good", false, -EPROTO}, /* the system does not know the CA */
	    {"wrong-host", true, -EPROTO},
	    {"expired", true, -EPROTO},
	    {"self-signed", true, -EPROTO},
	    {"tls11", true, -EPROTO},
	    {"anonymous", true, -EPROTO},
	};
	const struct bench *bench = *state;
	struct http_request request = usual;
	struct asked asked;
	char path[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_TEXT requests = NULL;

		request.ca = cases[i].with_ca ? bench->ca : NULL;
		(void)snprintf(path, sizeof(path), "/tls-case-%zu", i);
		ask(bench, cases[i].port, path, &request, &asked);
		print_message(
		    "# %s: %d, %s\n", cases[i].port, asked.result, asked.why);
		assert_int_equal(asked.result, cases[i].result);
		requests = bench_read(bench, "requests");
		assert_int_equal(
		    strstr(requests, path) != NULL, cases[i].result == 0);
		asked_done(&asked);
	}
}

static void
fetch_speaks_no_plain_http_where_https_was_asked(void **state)
{
	const struct bench *bench = *state;
	struct http_request request = usual;
	AUTO_TEXT requests = NULL;
	struct asked asked;
	char url[64];

	(void)snprintf(url, sizeof(url), "https://localhost:%d/downgrade",
	    port_of(bench, "plain"));
	request.url = url;
	request.ca = bench->ca;
	ask(bench, "plain", "", &request, &asked);
	assert_int_equal(asked.result, -EPROTO);
	requests = bench_read(bench, "requests");
	assert_null(strstr(requests, "/downgrade"));
}

static void
fetch_tells_what_is_wrong_with_an_address(void **state)
{
	static const struct {
		const char *url;
		int result;
	} cases[] = {
	    {"http://127.0.0.1:1/", -EHOSTUNREACH},
	    {"https://no-such-host.invalid/", -EHOSTUNREACH},
	    {"http://no-such-host.invalid/", -EINVAL},
	    {"file:///etc/passwd", -EINVAL},
	};
	const struct bench *bench = *state;
	struct http_request request = usual;
	struct asked asked;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request.url = cases[i].url;
		ask(bench, "plain", "", &request, &asked);
		assert_int_equal(asked.result, cases[i].result);
	}
	request.url = NULL;
	request.ca = "/nonexistent/ca.pem";
	ask(bench, "good", "/", &request, &asked);
	assert_int_equal(asked.result, -EIO);
	assert_non_null(strstr(asked.why, "certificate authorities"));
}

/* The proxy is told the host, and nothing that is meant for it. */
static void
fetch_uses_the_proxy_that_it_is_given(void **state)
{
	const struct bench *bench = *state;
	struct http_request request = usual;
	AUTO_TEXT requests = NULL;
	char proxy[64], *line;
	struct asked asked;

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d",
	    port_of(bench, "plain"));
	request.url = "https://issuer.invalid:443/via-proxy";
	request.proxy = proxy;
	ask(bench, "plain", "", &request, &asked);
	assert_true(asked.result < 0);
	requests = bench_read(bench, "requests");
	line = strstr(requests, "\"method\": \"CONNECT\"");
	assert_non_null(line);
	*strchr(line, '\n') = '\0';
	assert_non_null(strstr(line, "issuer.invalid:443"));
	assert_null(strstr(line, SECRET));
	assert_null(strstr(line, "via-proxy"));
}

/* getaddrinfo(3) knows no time limit; the one who asked must not wait for it,
 * nor for its thread. */
static void
fetch_ends_in_time_when_no_name_server_answers(void **state)
{
	struct bench bench = *(const struct bench *)*state;
	struct http_request request = usual;
	struct asked asked;

	if (geteuid() != 0)
		skip();
	bench_path(&bench, "mute.sock", bench.socket);
	bench.fetch =
	    start_fetch(&bench, bench.socket, "tests/harness/mute_dns");
	request.url = "https://issuer.example/";
	request.timeout_ms = 4000;
	ask(&bench, "plain", "", &request, &asked);
	(void)kill(bench.fetch, SIGKILL);
	(void)waitpid(bench.fetch, NULL, 0);
	assert_int_equal(asked.result, -ETIMEDOUT);
	assert_true(asked.took_ms < 3000);
}

static void *
ask_hanging(void *argument)
{
	struct http_request request = usual;
	struct asked *asked = calloc(1, sizeof(*asked));

	request.timeout_ms = 1500;
	ask(argument, "plain", "/hang", &request, asked);
	return asked;
}

static void
fetch_serves_again_after_many_hung_requests(void **state)
{
	struct bench *bench = *state;
	pthread_t threads[PARALLEL];
	struct asked *ended, asked;

	for (int i = 0; i < PARALLEL; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, ask_hanging, bench), 0);
	for (int i = 0; i < PARALLEL; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		ended = result;
		assert_int_equal(ended->result, -ETIMEDOUT);
		assert_true(ended->took_ms < 1500 + 1000 + 500);
		free(ended);
	}
	ask(bench, "plain", "/after", &usual, &asked);
	assert_string_equal(asked.why, "");
	assert_int_equal(asked.result, 0);
	asked_done(&asked);
}

static void
fetch_serves_only_its_owner(void **state)
{
	struct bench *bench = *state;
	struct asked asked;
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(bench->dir, 0755), 0);
	assert_int_equal(chmod(bench->socket, 0666), 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(54321) < 0 || setuid(54321) < 0)
			_exit(99);
		ask(bench, "plain", "/from-another-user", &usual, &asked);
		_exit(asked.result == -EIO ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(bench->socket, 0600), 0);
}

static void
fetch_leaves_no_secret_behind(void **state)
{
	const struct bench *bench = *state;
	AUTO_TEXT log = bench_read(bench, "fetch.log");
	AUTO_TEXT keylog = bench_read(bench, "keylog");
	AUTO_TEXT requests = bench_read(bench, "requests");

	assert_null(strstr(log, SECRET));
	assert_null(strstr(log, "token"));
	assert_string_equal(keylog, "");
	assert_null(strstr(requests, "TRAP"));
}

/* How often SECRET stands in a mapping of authbox-fetch. */
static unsigned
count_secrets(int memory, unsigned long first, unsigned long end)
{
	size_t size = end - first, secret_size = strlen(SECRET);
	char *bytes = malloc(size), *at = bytes;
	unsigned count = 0;
	ssize_t n;

	assert_non_null(bytes);
	n = pread(memory, bytes, size, (off_t)first);
	while (n > 0 && (at = memmem(at, (size_t)(bytes + n - at), SECRET,
			     secret_size))) {
		count++;
		at += secret_size;
	}
	free(bytes);
	return count;
}

/* How often the secret stands in the memory of authbox-fetch. */
static unsigned
count_secrets_of(pid_t pid)
{
	unsigned long first, end;
	char path[64], line[512];
	unsigned count = 0;
	FILE *maps;
	int memory;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	assert_non_null(maps);
	assert_true(memory >= 0);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx rw", &first, &end) == 2 &&
		    strstr(line, " rw-p "))
			count += count_secrets(memory, first, end);
	(void)fclose(maps);
	close(memory);
	return count;
}

static void
fetch_keeps_no_secret_in_memory(void **state)
{
	const struct bench *bench = *state;
	struct http_request request = usual;
	int64_t until_ms = clock_monotonic_ms() + 5000;
	struct asked asked;

	/* A sanitizer keeps what was freed, and more memory than can be read.
	 */
	if (geteuid() != 0 || is_sanitized())
		skip();
	request.ca = bench->ca;
	ask(bench, "good", "/one-more", &request, &asked);
	assert_int_equal(asked.result, 0);
	asked_done(&asked);
	ask(bench, "plain", "/one-more", &usual, &asked);
	assert_int_equal(asked.result, 0);
	asked_done(&asked);

	/* The answer comes before its thread has wiped the question. */
	while (count_secrets_of(bench->fetch) > 0 &&
	       clock_monotonic_ms() < until_ms)
		(void)usleep(20000);
	assert_int_equal(count_secrets_of(bench->fetch), 0);
}

static void *
ask_for_long(void *argument)
{
	struct http_request request = usual;
	struct asked *asked = calloc(1, sizeof(*asked));

	request.timeout_ms = 30000;
	ask(argument, "plain", "/hang?last", &request, asked);
	return asked;
}

static bool
has_request(const struct bench *bench, const char *path)
{
	AUTO_TEXT requests = bench_read(bench, "requests");

	return strstr(requests, path) != NULL;
}

/* Last: there is no other one to ask afterwards. */
static void
fetch_ends_in_time_while_a_request_hangs(void **state)
{
	struct timespec pause = {.tv_nsec = 5000000};
	struct bench *bench = *state;
	int64_t started_ms = clock_monotonic_ms();
	struct asked *asked;
	pthread_t thread;
	void *ended;
	int status;

	assert_int_equal(pthread_create(&thread, NULL, ask_for_long, bench), 0);
	while (!has_request(bench, "/hang?last")) {
		assert_true(clock_monotonic_ms() < started_ms + START_MS);
		(void)nanosleep(&pause, NULL);
	}
	assert_int_equal(kill(bench->fetch, SIGTERM), 0);
	assert_int_equal(waitpid(bench->fetch, &status, 0), bench->fetch);
	bench->fetch = 0;
	assert_int_equal(pthread_join(thread, &ended), 0);
	asked = ended;
	assert_int_equal(status, 0);
	assert_int_equal(asked->result, -EIO);
	assert_string_equal(asked->why, "authbox-fetch is stopping; try again");
	assert_in_range(asked->took_ms, 4000, 8000);
	assert_int_equal(access(bench->socket, F_OK), -1);
	free(asked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fetch_brings_a_request_and_its_answer),
	    cmocka_unit_test(fetch_gives_every_status_but_redirects),
	    cmocka_unit_test(fetch_follows_no_redirect),
	    cmocka_unit_test(fetch_bounds_what_a_server_may_do),
	    cmocka_unit_test(fetch_reads_no_body_where_only_the_status_counts),
	    cmocka_unit_test(fetch_brings_large_bodies_in_whole_characters),
	    cmocka_unit_test(fetch_takes_only_the_type_that_was_asked_for),
	    cmocka_unit_test(fetch_trusts_only_the_right_certificate),
	    cmocka_unit_test(fetch_speaks_no_plain_http_where_https_was_asked),
	    cmocka_unit_test(fetch_tells_what_is_wrong_with_an_address),
	    cmocka_unit_test(fetch_uses_the_proxy_that_it_is_given),
	    cmocka_unit_test(fetch_keeps_no_secret_in_memory),
	    cmocka_unit_test(fetch_ends_in_time_when_no_name_server_answers),
	    cmocka_unit_test(fetch_serves_again_after_many_hung_requests),
	    cmocka_unit_test(fetch_serves_only_its_owner),
	    cmocka_unit_test(fetch_leaves_no_secret_behind),
	    cmocka_unit_test(fetch_ends_in_time_while_a_request_hangs),
	};

	json_init();
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, bench_start, bench_end);
}
