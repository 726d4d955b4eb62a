/* Sets the wall clock of a running program forward or back, as a faulty time server or an administrator may
 * do. Start the program with this library in LD_PRELOAD.
 *
 *   TESSERA_CLOCK_JUMP="FILE SHIFT"
 *
 * Once FILE exists, the wall clock is SHIFT seconds ahead, in all processes at the same time. The name of
 * FILE must contain no blanks. The jump affects time, gettimeofday, timespec_get, and clock_gettime for
 * CLOCK_REALTIME and its coarse and TAI variants. The monotonic clock does not jump, as in reality.
 * Timestamps set by the kernel, such as those of files, do not change either. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int clock_function(clockid_t, struct timespec*);

static int real_clock(clockid_t clock, struct timespec* now) {
  static clock_function* real = NULL;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "clock_gettime");
  return real(clock, now);
}

/* Returns the current shift of the wall clock in seconds. */
static long shift(void) {
  const char* text = getenv("TESSERA_CLOCK_JUMP");
  char file[4096];
  long seconds = 0;
  if (text == NULL || sscanf(text, "%4095s %ld", file, &seconds) != 2) return 0;
  const int error = errno;
  const int has_jumped = access(file, F_OK) == 0;
  errno = error;
  return has_jumped ? seconds : 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = real_clock(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)) {
    now->tv_sec += shift();
  }
  return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec exact;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
  *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != NULL) *now = exact.tv_sec;
  return exact.tv_sec;
}

int timespec_get(struct timespec* now, int base) {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}
