#include "arrays.h"

#include "sweeps.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace limits {

namespace {

constexpr std::size_t kLine = 8;  // elements per cache line
// Minimum distance between the arrays modulo the page size, to avoid 4K aliasing of loads and stores.
constexpr std::size_t kMinOffset = 17 * kLine;
constexpr std::size_t kPage = 4096 / sizeof(double);     // elements per page
constexpr std::size_t kHugePage = std::size_t{2} << 20;  // bytes per huge page

}  // namespace

Arrays::Arrays(std::size_t bytes)
    : length_{std::max<std::size_t>(bytes / (3 * sizeof(double)) / kStep, 1) * kStep},
      pitch_{length_ % kPage < kMinOffset ? length_ + kMinOffset : length_} {
  const std::size_t needed = 3 * pitch_ * sizeof(double);
  const std::size_t alignment = needed >= 2 * kHugePage ? kHugePage : 4096;
  const std::size_t rounded = (needed + alignment - 1) / alignment * alignment;
  void* p = std::aligned_alloc(alignment, rounded);
  if (p == nullptr) throw std::bad_alloc{};
  memory_.reset(static_cast<double*>(p));
  if (alignment == kHugePage)
    madvise(p, rounded, MADV_HUGEPAGE);  // only a hint: without huge pages, the program is slower
  std::fill_n(a(), length_, 0.0);
  std::fill_n(b(), length_, 1.0);
  std::fill_n(c(), length_, 2.0);
}

void Arrays::Free::operator()(double* p) const noexcept { std::free(p); }

}  // namespace limits
