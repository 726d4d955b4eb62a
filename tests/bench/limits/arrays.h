// Three arrays for the bandwidth measurements.
#pragma once

#include <cstddef>
#include <memory>

namespace limits {

/// Arrays a, b and c of equal length in one allocation. Each is aligned to a cache line, and the distance
/// between two of them is not a multiple of the page size. Huge pages are used if available.
class Arrays {
 public:
  /// `bytes`: total size of the three arrays. The length is rounded down to a multiple of kStep.
  explicit Arrays(std::size_t bytes);

  double* a() const { return memory_.get(); }
  double* b() const { return memory_.get() + pitch_; }
  double* c() const { return memory_.get() + 2 * pitch_; }
  /// Number of elements of each array.
  std::size_t length() const { return length_; }

 private:
  struct Free {
    void operator()(double* p) const noexcept;
  };

  std::size_t length_;
  std::size_t pitch_;  // distance between two arrays, in elements
  std::unique_ptr<double, Free> memory_;
};

}  // namespace limits
