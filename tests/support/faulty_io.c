/* Injects I/O errors into programs that are started with this library in LD_PRELOAD.
 *
 *   TESSERA_FAULTY_IO="CALL NAME HIT ERROR"
 *
 * Of the calls to CALL (pwrite, fsync or close) in this process for files whose path contains NAME, call
 * number HIT, counted from 1, fails with ERROR (EIO, ENOSPC or EINTR). For pwrite, ERROR may also be "short",
 * which writes only half of the bytes, or "slow=SECONDS", which takes SECONDS and writes at most 4 KiB. If
 * HIT is 0, all these calls are affected; for EINTR and "short", only every other call, so that retries
 * succeed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int calls = 0;

/* Returns the fault to inject into a call: 0 for none, -1 for a short write, -2 for a slow write that takes
 * *seconds seconds, otherwise an errno. */
static int fault_in(const char* call, int descriptor, double* seconds) {
  const char* text = getenv("TESSERA_FAULTY_IO");
  char faulty_call[16], name[128], error[16], link[64], path[4096];
  int hit = 0;
  if (text == NULL || sscanf(text, "%15s %127s %d %15s", faulty_call, name, &hit, error) != 4) return 0;
  if (strcmp(call, faulty_call) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  if (strstr(path, name) == NULL) return 0;
  pthread_mutex_lock(&lock);
  const int count = ++calls;
  pthread_mutex_unlock(&lock);
  const int transient = strcmp(error, "EINTR") == 0 || strcmp(error, "short") == 0;
  if (hit == 0 ? transient && count % 2 == 0 : count != hit) return 0;
  if (strcmp(error, "short") == 0) return -1;
  if (sscanf(error, "slow=%lf", seconds) == 1) return -2;
  return strcmp(error, "EINTR") == 0 ? EINTR : strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  static ssize_t (*real)(int, const void*, size_t, off_t) = NULL;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "pwrite");
  double seconds = 0.0;
  const int fault = fault_in("pwrite", descriptor, &seconds);
  if (fault > 0) {
    errno = fault;
    return -1;
  }
  if (fault == -2) {
    usleep((useconds_t)(1e6 * seconds));
    return real(descriptor, bytes, count < 4096 ? count : 4096, offset);
  }
  return real(descriptor, bytes, fault < 0 && count > 1 ? count / 2 : count, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off_t offset) {
  return pwrite(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
  static int (*real)(int) = NULL;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "fsync");
  double unused = 0.0;
  const int fault = fault_in("fsync", descriptor, &unused);
  if (fault > 0) {
    errno = fault;
    return -1;
  }
  return real(descriptor);
}

int close(int descriptor) {
  static int (*real)(int) = NULL;
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "close");
  double unused = 0.0;
  const int fault = fault_in("close", descriptor, &unused);
  const int result = real(descriptor);
  if (fault > 0) {
    errno = fault;
    return -1;
  }
  return result;
}
