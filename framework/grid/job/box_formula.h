// The values of a formula in boxes of cells.
#pragma once

#include "grid/geometry/box.h"
#include "grid/job/field_formula.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::grid {

/// Evaluates a formula at the cells of a box. Each operation is applied to a block of cells at a time. An
/// operation that does not depend on a coordinate is applied once for all cells of the block that differ only
/// in that coordinate. The values are the same, to the last bit, as those of the formula at each cell.
class BoxFormula {
 public:
  /// The cells of the box, and the points at which the formula is evaluated for them.
  struct Cells {
    Box box;
    std::array<std::vector<double>, 3> coordinates;  ///< along each axis, one per cell of `box`
    std::array<int, 3> order{0, 1, 2};  ///< the axes; rows of cells along the first should be long
    Index domain{};                     ///< extents of the domain, for noise()
  };

  BoxFormula(FieldFormula formula, Cells cells);

  /// Computes all that does not depend on time at all cells, and keeps it for later evaluations.
  void precompute(std::vector<double>& workspace);

  /// Calls f(cell, value) for each cell of `part` in the box, with the value of the formula at `time`.
  /// `workspace`: memory for intermediate results, which may be shared with other formulas. Does not allocate
  /// memory if it has workspace_size() elements.
  template <class F>
  void for_each_value(const Box& part, double time, std::vector<double>& workspace, F f) {
    variables_[FieldFormula::time] = time;
    for_each_block(part, [&](const Box& block) {
      const Values values = evaluate(block, workspace);
      const auto [first, second, third] = cells_.order;
      Index cell;
      for (cell[third] = block.lower[third]; cell[third] < block.upper[third]; ++cell[third]) {
        for (cell[second] = block.lower[second]; cell[second] < block.upper[second]; ++cell[second]) {
          const double* value = values.first + (cell[second] - block.lower[second]) * values.stride[1] +
                                (cell[third] - block.lower[third]) * values.stride[2];
          for (cell[first] = block.lower[first]; cell[first] < block.upper[first]; ++cell[first]) {
            f(cell, *value);
            value += values.stride[0];
          }
        }
      }
    });
  }

  /// Number of elements of the workspace that an evaluation needs.
  std::size_t workspace_size() const { return registers_ * static_cast<std::size_t>(block_cells_); }

 private:
  /// The axes on which a value depends, as bits 0 to 2 for the axes in `order`, and bit 3 for the time.
  using Axes = unsigned;
  static constexpr Axes all_axes = 7;
  static constexpr Axes time_bit = 8;

  /// Values at the cells of a block: the first, and the strides along the axes in `order`.
  struct Values {
    const double* first = nullptr;
    std::array<std::int64_t, 3> stride{};
  };
  /// Where the results of a step are.
  struct Step {
    FormulaStep step;
    Axes axes = 0;
    std::size_t result = 0;    ///< the register; registers are used by several steps, one after the other
    std::vector<double> kept;  ///< the results at all cells, if they have been computed in advance
    bool is_done = false;      ///< whether later evaluations do not need this step
  };

  template <class F>
  void for_each_block(const Box& part, F f) const {
    if (part.empty()) return;
    const auto axes = cells_.order;
    const std::int64_t row = std::min(part.extent(axes[0]), block_cells_);
    const std::int64_t rows = std::min(part.extent(axes[1]), std::max<std::int64_t>(block_cells_ / row, 1));
    const std::int64_t planes = std::max<std::int64_t>(block_cells_ / (row * rows), 1);
    for_each_piece(part, axes[2], planes, [&](const Box& slab) {
      for_each_piece(slab, axes[1], rows,
                     [&](const Box& bar) { for_each_piece(bar, axes[0], row, [&](const Box& b) { f(b); }); });
    });
  }
  template <class F>
  static void for_each_piece(Box box, int axis, std::int64_t length, F f) {
    const std::int64_t end = box.upper[axis];
    for (; box.lower[axis] < end; box.lower[axis] = box.upper[axis]) {
      box.upper[axis] = std::min(box.lower[axis] + length, end);
      f(box);
    }
  }

  Axes axes_of(const Operand& operand) const;
  void assign_registers();
  std::array<std::int64_t, 3> strides(Axes axes, const Box& box) const;
  std::int64_t offset(const Index& cell, const std::array<std::int64_t, 3>& stride) const;
  Values values_of(const Operand& operand, const Box& block, const double* workspace) const;
  void run(const Step& step, const Box& block, double* workspace) const;
  void number_cells(const Box& block, double* out) const;
  Values evaluate(const Box& block, std::vector<double>& workspace) const;

  Formula formula_;
  std::vector<double> variables_;
  Cells cells_;
  std::vector<Step> steps_;
  std::size_t registers_ = 0;  // the first one is for the indices of cells, if the formula contains noise()
  bool uses_cells_ = false;
  std::int64_t block_cells_ = 0;
};

}  // namespace tessera::grid
