// Two time levels of a field, with the memory layout of a brick in the framework.
#pragma once

#include <tessera/grid.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace kernel {

/// A three-dimensional brick with one layer of ghost cells. Rows start at cache lines, the lower ghost cell
/// of a row is at the end of the previous row, and the second level follows the first (compare
/// framework/grid/field/store_layout.cpp). Initially, level 0 contains random numbers and level 1 zeros.
class Brick {
 public:
  explicit Brick(const std::array<int, 3>& cells)
      : cells_{cells},
        pitch_{avoid_page_multiple(round_up_to_line(cells[0] + 2))},
        plane_{avoid_page_multiple(pitch_ * (cells[1] + 2))},
        level_{avoid_page_multiple(kLine + plane_ * (cells[2] + 2))} {
    constexpr std::size_t page = 4096;
    const std::size_t bytes =
        (2 * sizeof(double) * static_cast<std::size_t>(level_) + page - 1) / page * page;
    void* p = std::aligned_alloc(page, bytes);
    if (p == nullptr) throw std::bad_alloc{};
    memory_.reset(static_cast<double*>(p));
    for (std::int64_t n = 0; n < level_; ++n) {
      // Pseudo-random numbers between 0 and 1.
      const auto mixed = static_cast<std::uint64_t>(n + 1) * 0x9e3779b97f4a7c15u;
      memory_.get()[n] = static_cast<double>(mixed >> 11) * 0x1p-53;
    }
    clear_output();
  }

  const std::array<int, 3>& cells() const { return cells_; }
  std::int64_t stride_y() const { return pitch_; }
  std::int64_t stride_z() const { return plane_; }

  /// Pointer to cell (0, 0, 0) of level 0, which the kernel reads, or of level 1, which it writes.
  double* origin(int level) const { return memory_.get() + level * level_ + kLine + pitch_ + plane_; }

  /// Sets level 1 to zero.
  void clear_output() const { std::fill_n(memory_.get() + level_, level_, 0.0); }

  /// The view of a level, as passed to solvers.
  tessera_view view(int level) const {
    tessera_view v{};
    v.data = origin(level);
    v.stride[0] = 1;
    v.stride[1] = pitch_;
    v.stride[2] = plane_;
    v.stride[3] = level_;
    for (std::int32_t& g : v.ghost) g = 1;
    v.scalar = TESSERA_FLOAT64;
    v.components = 1;
    return v;
  }

 private:
  struct Free {
    void operator()(double* p) const noexcept { std::free(p); }
  };

  static constexpr std::int64_t kLine = 8;    // elements per cache line
  static constexpr std::int64_t kPage = 512;  // elements per page

  static std::int64_t round_up_to_line(std::int64_t n) { return (n + kLine - 1) / kLine * kLine; }
  static std::int64_t avoid_page_multiple(std::int64_t n) { return n % kPage == 0 ? n + kLine : n; }

  std::array<int, 3> cells_;
  std::int64_t pitch_;
  std::int64_t plane_;
  std::int64_t level_;
  std::unique_ptr<double, Free> memory_;
};

}  // namespace kernel
