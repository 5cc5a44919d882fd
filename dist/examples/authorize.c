/* Does the token on standard input open a service?  ./authorize SERVICE
 * cc -o authorize authorize.c $(pkg-config --cflags --libs libauthbox) */
#include <authbox/client.h>
#include <stdio.h>

int
main(int argc, char *argv[])
{
	/* These characters only: they need no escapes in JSON. */
	static const char token_form[] = "%16384[A-Za-z0-9._~+/=-]";
	char token[16385], parameters[20000];
	struct authbox *authbox;
	const char *answer;
	int r;

	if (argc != 2 || scanf(token_form, token) != 1 ||
	    authbox_connect(NULL, &authbox) < 0)
		return 2;
	(void)snprintf(parameters, sizeof(parameters),
	    "{\"token\": \"%s\", \"service\": \"%s\"}", token, argv[1]);
	r = authbox_call(
	    authbox, "io.authbox.Token.Authorize", parameters, 0, &answer);
	if (r >= 0)
		(void)puts(answer); /* the user and policy, or the reason */
	authbox_close(authbox);
	return r == AUTHBOX_DONE ? 0 : 1; /* all but DONE is no */
}
