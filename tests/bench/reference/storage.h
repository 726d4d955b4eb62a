/* Arrays on huge pages, which reduce TLB misses in stencils that access many rows at once. */
#ifndef TESSERA_BENCH_STORAGE_H
#define TESSERA_BENCH_STORAGE_H

#include <mpi.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20, SMALL_PAGE = 4096, LINE = 64 };

static inline size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

/* Two arrays of zeros, aligned to cache lines, with all their pages allocated. The second is offset by half a
 * small page relative to the first, so that a cell in one array and the same cell in the other do not compete
 * for the same set of the L1 cache. */
typedef struct levels {
  double* level[2];
  void* memory;
  size_t bytes;
} levels;

static inline levels allocate_levels(size_t count) {
  const size_t second = round_up(count * sizeof(double), SMALL_PAGE) + SMALL_PAGE / 2;
  levels l;
  l.bytes = round_up(second + count * sizeof(double), HUGE_PAGE);
  /* mmap() aligns to small pages only, so map one more huge page than needed and unmap the excess. */
  char* raw = mmap(NULL, l.bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) MPI_Abort(MPI_COMM_WORLD, 1);
  const size_t before = round_up((uintptr_t)raw, HUGE_PAGE) - (uintptr_t)raw;
  if (before > 0) munmap(raw, before);
  if (before < HUGE_PAGE) munmap(raw + before + l.bytes, HUGE_PAGE - before);
  l.memory = raw + before;
  madvise(l.memory, l.bytes, MADV_HUGEPAGE); /* only a hint: without huge pages, the program is slower */
  memset(l.memory, 0, l.bytes);
  l.level[0] = l.memory;
  l.level[1] = (double*)(raw + before + second);
  return l;
}

static inline void release_levels(levels* l) { munmap(l->memory, l->bytes); }

#endif
