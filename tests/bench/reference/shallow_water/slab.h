// The cells of a rank, and their layout in memory.
#pragma once

#include <cstddef>

namespace hand_written {

/// Number of ghost layers.
inline constexpr int kGhost = 2;

/// Contiguous rows of a periodic domain of n x n cells. A row contains its depths, then its momenta along x,
/// then its momenta along y, `pitch` elements each, so that rows to be sent are contiguous. Cell (i, j) of
/// field f is element (j + kGhost)*3*pitch + f*pitch + lead + i.
struct Slab {
  static constexpr int lead = 8;  // elements before the first cell of a row, so that it starts a cache line

  int n;                 // cells per row
  int rows;              // rows that the rank owns
  int first;             // global index of row 0
  std::ptrdiff_t pitch;  // elements of a field per row, including padding

  static Slab of(int n, int rank, int size) {
    const int rows_per_rank = n / size;
    const int extra = n % size;
    Slab s{};
    s.n = n;
    s.rows = rows_per_rank + (rank < extra ? 1 : 0);
    s.first = rank * rows_per_rank + (rank < extra ? rank : extra);
    // A multiple of the cache line, but not of the page size, for which all rows would share cache sets.
    s.pitch = (lead + n + kGhost + 7) / 8 * 8;
    if (s.pitch % 512 == 0) s.pitch += 8;
    return s;
  }

  /// Distance between two rows of a field, in elements.
  std::ptrdiff_t stride() const { return 3 * pitch; }
  /// Number of elements of the three fields, including ghost cells.
  std::size_t size() const { return static_cast<std::size_t>((rows + 2 * kGhost) * stride()); }
  /// Number of elements of a field that is stored separately, including ghost cells.
  std::size_t field_size() const { return static_cast<std::size_t>((rows + 2 * kGhost) * pitch); }
};

/// The depth and momentum of a slab at one time level.
struct Level {
  double* memory;  // Slab::size() elements
  double* depth;   // cell (0, 0) of each field; the distance between rows is Slab::stride()
  double* momentum_x;
  double* momentum_y;

  Level(double* elements, const Slab& s)
      : memory{elements},
        depth{elements + kGhost * s.stride() + Slab::lead},
        momentum_x{depth + s.pitch},
        momentum_y{momentum_x + s.pitch} {}
};

}  // namespace hand_written
