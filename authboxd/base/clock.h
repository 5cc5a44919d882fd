/*
 * The two clocks. Deadlines use the monotonic one, codes and tokens the wall
 * clock; they are never mixed.
 *
 * base/clock.c is the real one. base/clock_settable.c takes its place in the
 * programs that tests, demo and benchmarks run, and is never installed.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_s(void);
int64_t clock_monotonic_ms(void);

#endif
