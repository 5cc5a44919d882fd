/* authboxctl: asks authboxd, prints what it says, decides nothing. */
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include "authboxctl/ctl.h"

int
main(int argc, char *argv[])
{
	(void)setlocale(LC_CTYPE, ""); /* else ASCII, which is right too */
	json_init();
	return ctl_run(
	    argc > 0 ? argc - 1 : 0, argv + 1, STDIN_FILENO, stdout, stderr);
}
