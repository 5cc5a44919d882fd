/* Why a store cannot be used, as one sentence for the admin. */
#ifndef STORE_FAULT_H
#define STORE_FAULT_H

struct fault {
	int error;  /* negative errno that every operation gives; 0: none */
	char *text; /* NULL when there was no memory for it */
};

/* Set both and return `error`. The first fault stays. */
int fault_set(struct fault *fault, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void fault_done(struct fault *fault);

#endif
