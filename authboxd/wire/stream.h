/*
 * Whole reads and writes on a stream socket, each with a deadline on the
 * monotonic clock. Needs libc only: pam_authbox.so uses it too, so it touches
 * no signal and no other state of the process.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC, read here so that the module needs nothing
 * else of the daemon's. */
int64_t stream_now_ms(void);

/* Wait until `fd` can be read. -ETIMEDOUT, or another negative errno. A peer
 * that has closed counts as readable. */
int stream_wait(int fd, int64_t deadline_ms);

/* Read exactly `size` bytes. -ETIMEDOUT; -ECONNRESET: the peer closed, also in
 * the middle; another negative errno. */
int stream_read(int fd, void *ret_bytes, size_t size, int64_t deadline_ms);

/* Write all of it, never raising SIGPIPE. -EPIPE, -ETIMEDOUT, … */
int stream_write(int fd, const void *bytes, size_t size, int64_t deadline_ms);

#endif
