/*
 * The least that a service of io.systemd.UserDatabase can be: what a look-up
 * costs whoever answers it. Listens on PATH and answers each request with one
 * record that is always the same, from one thread, until it is ended.
 *
 *	userdb_floor PATH
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

static const char answer[] =
    "{\"parameters\":{\"record\":{\"userName\":\"new\",\"uid\":66000,"
    "\"gid\":66000,\"homeDirectory\":\"/home/new\",\"shell\":\"/bin/bash\","
    "\"disposition\":\"regular\",\"service\":\"io.authbox.Floor\"},"
    "\"incomplete\":false}}";

int
main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char request[4096];
	int server, peer;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server < 0 ||
	    bind(server, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(server, BACKLOG) < 0) {
		perror(argv[1]);
		return 1;
	}
	while ((peer = accept4(server, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		/* It comes in one piece, or its sender has no answer. */
		if (recv(peer, request, sizeof(request), 0) > 0)
			(void)send(peer, answer, sizeof(answer), MSG_NOSIGNAL);
		(void)close(peer);
	}
	perror("accept");
	return 1;
}
