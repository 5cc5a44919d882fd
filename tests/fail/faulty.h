/*
 * faulty.so: a pam_authbox.so whose calls fail as a test plans. The linker
 * leads them through faulty.c (faulty.wrap lists them); the test finds
 * `faulty_plan` with dlsym(3).
 */
#ifndef TESTS_FAIL_FAULTY_H
#define TESTS_FAIL_FAULTY_H

#include <stdbool.h>

enum faulty_kind {
	FAULTY_HARD,	  /* any call: it fails, for good */
	FAULTY_INTERRUPT, /* poll, send, recv, connect: EINTR */
	FAULTY_SHORT,	  /* send, recv: one byte of what there is */
	FAULTY_AGAIN,	  /* send, recv: EAGAIN */
};

struct faulty_plan {
	enum faulty_kind fault;
	unsigned at;	 /* the n-th call that can fail so, from 1; 0: none */
	bool and_all_on; /* and all after it */
	unsigned calls;	 /* such calls so far */
	const char *hit; /* the last one that failed */
};

#endif
