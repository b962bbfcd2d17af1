/* Shifts the wall clock of the process that preloads this by CHAOS_CLOCK_SHIFT_MS milliseconds.
 *
 * Only wall clocks move: the monotonic ones, by which a process waits, stay as they are, which is
 * what a wrong date does to a machine. The kernel is asked directly, so that nothing here needs
 * the dynamic linker while it starts.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long shift_ms;

__attribute__((constructor)) static void read_shift(void) {
  const char *text = getenv("CHAOS_CLOCK_SHIFT_MS");
  shift_ms = text ? atoll(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int failed = (int)syscall(SYS_clock_gettime, clock, now);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    long long ns = (long long)now->tv_nsec + (shift_ms % 1000) * 1000000LL;
    now->tv_sec += (time_t)(shift_ms / 1000);
    if (ns < 0) {
      ns += 1000000000LL;
      now->tv_sec -= 1;
    } else if (ns >= 1000000000LL) {
      ns -= 1000000000LL;
      now->tv_sec += 1;
    }
    now->tv_nsec = (long)ns;
  }
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) {
    return -1;
  }
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *seconds) {
  struct timespec exact;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) {
    return (time_t)-1;
  }
  if (seconds) {
    *seconds = exact.tv_sec;
  }
  return exact.tv_sec;
}
