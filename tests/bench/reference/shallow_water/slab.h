// The cells of one rank and where they lie in memory.
#pragma once

#include <cstddef>

namespace by_hand {

/// Layers of ghost cells.
inline constexpr int kGhost = 2;

/// Some rows of n x n periodic cells. A row holds its depths, then its momenta along x, then those along y,
/// `pitch` elements each, so that rows to be sent lie in one piece. Cell (i, j) of field f stands at
/// [(j + kGhost)*3*pitch + f*pitch + lead + i].
struct Slab {
  static constexpr int lead = 8;  // elements ahead of a row's first cell, which so starts a cache line

  int n;
  int rows;
  int first;  // the domain's row that is row 0 here
  std::ptrdiff_t pitch;

  static Slab of(int n, int rank, int size) {
    const int share = n / size;
    const int more = n % size;
    Slab s{};
    s.n = n;
    s.rows = share + (rank < more ? 1 : 0);
    s.first = rank * share + (rank < more ? rank : more);
    // Whole cache lines; not whole pages, which would fall into the same cache sets.
    s.pitch = (lead + n + kGhost + 7) / 8 * 8;
    if (s.pitch % 512 == 0) s.pitch += 8;
    return s;
  }

  /// From a row to the next one of the same field.
  std::ptrdiff_t stride() const { return 3 * pitch; }
  /// Elements of three fields with their ghost cells; of one field kept alone.
  std::size_t size() const { return static_cast<std::size_t>((rows + 2 * kGhost) * stride()); }
  std::size_t size_of_one() const { return static_cast<std::size_t>((rows + 2 * kGhost) * pitch); }
};

/// Depth and momentum of a slab.
struct Level {
  double* memory;  // of Slab::size() elements
  double* depth;   // cell (0, 0) of each field; rows are Slab::stride() apart
  double* momentum_x;
  double* momentum_y;

  Level(double* at, const Slab& s)
      : memory{at},
        depth{at + kGhost * s.stride() + Slab::lead},
        momentum_x{depth + s.pitch},
        momentum_y{momentum_x + s.pitch} {}
};

}  // namespace by_hand
