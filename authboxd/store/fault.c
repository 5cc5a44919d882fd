#include "store/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int
fault_set(struct fault *fault, int error, const char *format, ...)
{
	va_list arguments;

	if (fault->error < 0)
		return fault->error;
	fault->error = error;
	va_start(arguments, format);
	if (vasprintf(&fault->text, format, arguments) < 0)
		fault->text = NULL;
	va_end(arguments);
	return error;
}

void
fault_done(struct fault *fault)
{
	free(fault->text);
	fault->text = NULL;
}
