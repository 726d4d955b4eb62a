// Three arrays to sweep through.
#pragma once

#include <cstddef>
#include <memory>

namespace limits {

/// Arrays a, b and c of equal length in one piece of memory, each on a cache line, none a whole number of
/// pages from another, on huge pages where the system has them.
class Arrays {
 public:
  /// `bytes`: of all three; rounded down to whole steps of the sweeps.
  explicit Arrays(std::size_t bytes);

  double* a() const { return memory_.get(); }
  double* b() const { return memory_.get() + pitch_; }
  double* c() const { return memory_.get() + 2 * pitch_; }
  /// Elements of each.
  std::size_t length() const { return length_; }

 private:
  struct Free {
    void operator()(double* p) const noexcept;
  };

  std::size_t length_;
  std::size_t pitch_;  // elements from one array to the next
  std::unique_ptr<double, Free> memory_;
};

}  // namespace limits
