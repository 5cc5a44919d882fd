/* Waiting for a time, and noticing that whom we wait for has gone. */
#ifndef WIRE_PAUSE_H
#define WIRE_PAUSE_H

#include <stdint.h>

/* Wait until `until_ms` (monotonic). `fd`: of a peer that waits for us; < 0:
 * there is none. 0: the time has come, or had; -ECONNRESET: the peer has closed
 * its end, or says something unasked; another negative errno. In an object of
 * its own, so that a test can let time pass. */
int pause_until(int fd, int64_t until_ms);

#endif
