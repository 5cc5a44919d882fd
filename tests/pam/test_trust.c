/*
 * Whoever could put a socket of his own in authboxd's place would decide about
 * logins: folders, sockets and servers that are not root's are refused.
 */
#include "host.h"

#include <fcntl.h>
#include <sys/sendfile.h>

static void
allow(const struct fake_connection *c)
{
	fake_send_done(c, VERDICT_ALLOW);
}

static int
auth_at(struct host *host, const char *path)
{
	char right[sizeof(host->socket)];
	int code;

	memcpy(right, host->socket, sizeof(right));
	(void)snprintf(host->socket, sizeof(host->socket), "%s", path);
	host_set_stack(host, HOST_PROBE, "");
	code = host_auth(host);
	memcpy(host->socket, right, sizeof(right));
	host_set_stack(host, HOST_PROBE, "");
	return code;
}

static void
only_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void
a_folder_that_others_can_write_to_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		bool is_fine;
	} cases[] = {
	    {0700, true},
	    {0755, true},
	    {0711, true},
	    {0775, false},
	    {0757, false},
	    {0777, false},
	};
	struct host *host = *state;

	host_serve(host, allow, NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(chmod(host->folder, cases[i].mode), 0);
		assert_int_equal(host_auth(host),
		    cases[i].is_fine ? PAM_SUCCESS : PAM_SERVICE_ERR);
		assert_int_equal(host->log_count, cases[i].is_fine ? 0 : 1);
	}
	assert_non_null(strstr(host->log[0], host->folder));
	assert_int_equal(chmod(host->folder, 0700), 0);
}

/* In /tmp anybody can be the first to take a name. */
static void
root_does_not_trust_a_sticky_folder(void **state)
{
	struct host *host = *state;

	only_root();
	host_serve(host, allow, NULL);
	assert_int_equal(chmod(host->folder, 01777), 0);
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
	assert_int_equal(host->fake.log->connections, 0);
	assert_int_equal(chmod(host->folder, 0700), 0);
}

static void
root_does_not_trust_the_folder_of_another(void **state)
{
	struct host *host = *state;

	only_root();
	host_serve(host, allow, NULL);
	assert_int_equal(chown(host->folder, 65534, 0), 0);
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
	assert_int_equal(host->fake.log->connections, 0);
	assert_int_equal(chown(host->folder, 0, 0), 0);
}

/* It is not enough that the last folder is in order. */
static void
each_folder_above_counts(void **state)
{
	struct host *host = *state;
	char inner[96], path[128];
	struct fake_authboxd fake = {0};

	(void)snprintf(inner, sizeof(inner), "%s/inner", host->folder);
	(void)snprintf(path, sizeof(path), "%s/pam.sock", inner);
	assert_int_equal(mkdir(inner, 0700), 0);
	assert_true(fake_start(&fake, path, allow, NULL));
	assert_int_equal(auth_at(host, path), PAM_SUCCESS);
	assert_int_equal(chmod(host->folder, 0777), 0);
	assert_int_equal(auth_at(host, path), PAM_SERVICE_ERR);
	assert_int_equal(chmod(host->folder, 0700), 0);
	fake_stop(&fake);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(inner), 0);
}

static void
symbolic_links_are_not_followed(void **state)
{
	struct host *host = *state;
	char folder[96], path[128], link_path[128];

	host_serve(host, allow, NULL);
	(void)snprintf(folder, sizeof(folder), "%s-link", host->folder);
	(void)snprintf(path, sizeof(path), "%s/pam.sock", folder);
	assert_int_equal(symlink(host->folder, folder), 0);
	assert_int_equal(auth_at(host, path), PAM_SERVICE_ERR);
	assert_int_equal(unlink(folder), 0);

	(void)snprintf(
	    link_path, sizeof(link_path), "%s/link.sock", host->folder);
	assert_int_equal(symlink(host->socket, link_path), 0);
	assert_int_equal(auth_at(host, link_path), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(unlink(link_path), 0);
	assert_int_equal(host->fake.log->connections, 0);
}

static void
what_is_no_socket_is_refused(void **state)
{
	struct host *host = *state;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/file", host->folder);
	assert_int_equal(auth_at(host, path), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(auth_at(host, path), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(auth_at(host, host->folder), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(auth_at(host, "/"), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(auth_at(host, "/dev/null/pam.sock"), PAM_SERVICE_ERR);
	assert_int_equal(auth_at(host, "/run/no-such-folder/pam.sock"),
	    PAM_AUTHINFO_UNAVAIL);
}

/* The kernel says as whom a server began to listen. */
static void
a_server_must_be_root_or_own_the_socket(void **state)
{
	static const struct {
		uid_t server, owner;
		int code;
	} cases[] = {
	    {0, 0, PAM_SUCCESS},
	    {0, 65534, PAM_SUCCESS},
	    {65534, 65534, PAM_SUCCESS},
	    {65534, 0, PAM_SERVICE_ERR},
	    {65534, 1, PAM_SERVICE_ERR},
	};
	struct host *host = *state;

	only_root();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(chmod(host->folder, 0777), 0);
		assert_int_equal(seteuid(cases[i].server), 0);
		host_serve(host, allow, NULL);
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(chmod(host->folder, 0700), 0);
		assert_int_equal(chown(host->socket, cases[i].owner, 0), 0);
		assert_int_equal(host_auth(host), cases[i].code);
	}
}

static void
copy_module(char path[])
{
	int from = open(host_module(), O_RDONLY | O_CLOEXEC);
	int to = mkstemp(path);
	struct stat module;

	assert_true(from >= 0 && to >= 0 && fstat(from, &module) == 0);
	assert_int_equal(
	    sendfile(to, from, NULL, (size_t)module.st_size), module.st_size);
	assert_int_equal(fchmod(to, 0755), 0);
	(void)close(from);
	(void)close(to);
}

/* A screen locker runs as oneself, and may be tried out in a folder of one's
 * own; but not in anybody else's. */
static void
login_as_nobody(struct host *host)
{
	struct host own;
	char shared[128];
	int fd;

	assert_int_equal(setgid(65534), 0);
	assert_int_equal(setuid(65534), 0);
	host_init(&own);
	host_serve(&own, allow, NULL);
	assert_int_equal(host_auth(&own), PAM_SUCCESS);
	host_done(&own);

	(void)snprintf(shared, sizeof(shared), "%s/pam.sock", host->folder);
	fd = fake_listen(shared);
	assert_true(fd >= 0);
	host_logging = host;
	assert_int_equal(host_auth(host), PAM_SERVICE_ERR);
	(void)close(fd);
}

static void
a_program_that_is_not_root_may_use_its_own_folder(void **state)
{
	char copy[] = "/tmp/authbox-module-XXXXXX";
	struct host *host = *state;
	int status;
	pid_t pid;

	only_root();
	copy_module(copy);
	assert_int_equal(setenv("TEST_MODULE", copy, 1), 0);
	host_set_stack(host, HOST_PROBE, "");
	assert_int_equal(chown(host->folder, 1, 0), 0);
	assert_int_equal(chmod(host->folder, 0777), 0);
	pid = fork();
	if (pid == 0) {
		login_as_nobody(host);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(unsetenv("TEST_MODULE"), 0);
	assert_int_equal(unlink(copy), 0);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOST_TEST(a_folder_that_others_can_write_to_is_refused),
	    HOST_TEST(root_does_not_trust_a_sticky_folder),
	    HOST_TEST(root_does_not_trust_the_folder_of_another),
	    HOST_TEST(each_folder_above_counts),
	    HOST_TEST(symbolic_links_are_not_followed),
	    HOST_TEST(what_is_no_socket_is_refused),
	    HOST_TEST(a_server_must_be_root_or_own_the_socket),
	    HOST_TEST(a_program_that_is_not_root_may_use_its_own_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
