// Arrays for fields.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace hand_written {

/// An array of zeros, on huge pages if the system provides them.
class Array {
 public:
  explicit Array(std::size_t elements) {
    constexpr std::size_t huge = std::size_t{2} << 20;
    const std::size_t bytes = (elements * sizeof(double) + huge - 1) / huge * huge;
    void* p = std::aligned_alloc(huge, bytes);
    if (p == nullptr) throw std::bad_alloc{};
    memory_.reset(static_cast<double*>(p));
    madvise(p, bytes, MADV_HUGEPAGE);  // only a hint: without huge pages, the program is slower
    std::fill_n(data(), elements, 0.0);
  }

  double* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(double* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<double, Free> memory_;
};

}  // namespace hand_written
