#include "grid/job/box_formula.h"

#include <algorithm>
#include <utility>

namespace tessera::grid {

namespace {

constexpr std::int64_t max_block_cells = 2048;
constexpr std::int64_t min_block_cells = 64;
/// The workspace of a formula with many operations has about this many elements.
constexpr std::int64_t workspace_target = 64 * 1024;

}  // namespace

BoxFormula::BoxFormula(FieldFormula formula, Cells cells)
    : formula_{std::move(formula.formula)},
      variables_{std::move(formula.variables)},
      cells_{std::move(cells)} {
  for (const FormulaStep& s : formula_.program().steps) {
    Step step{s, 0, 0, {}, false};
    for (std::size_t a = 0; a < static_cast<std::size_t>(FormulaProgram::arguments_of(s.operation)); ++a)
      step.axes |= axes_of(s.arguments[a]);
    uses_cells_ = uses_cells_ || s.operation == Operation::noise;
    steps_.push_back(std::move(step));
  }
  assign_registers();
  const auto registers = std::max<std::int64_t>(static_cast<std::int64_t>(registers_), 1);
  block_cells_ = std::clamp(workspace_target / registers, min_block_cells, max_block_cells);
  block_cells_ = std::max<std::int64_t>(std::min(block_cells_, cells_.box.volume()), 1);
}

BoxFormula::Axes BoxFormula::axes_of(const Operand& operand) const {
  switch (operand.kind) {
    case Operand::Kind::constant:
      return 0;
    case Operand::Kind::variable:
      for (std::size_t position = 0; position < 3; ++position) {
        if (static_cast<std::size_t>(cells_.order[position]) == operand.index) return 1u << position;
      }
      return operand.index == FieldFormula::time ? time_bit : 0;
    case Operand::Kind::cell:
      return all_axes;
    case Operand::Kind::step:
      break;
  }
  return steps_[operand.index].axes;
}

/// Assigns a register to each step, such that no step overwrites its own arguments or results that are still
/// needed.
void BoxFormula::assign_registers() {
  std::vector<std::size_t> last_use(steps_.size(), 0);
  const auto for_each_argument = [this](std::size_t n, auto f) {
    for (const Operand& operand : steps_[n].step.arguments) {
      if (operand.kind == Operand::Kind::step) f(operand.index);
    }
  };
  for (std::size_t n = 0; n < steps_.size(); ++n)
    for_each_argument(n, [&](std::size_t s) { last_use[s] = n; });
  std::vector<std::size_t> free;
  registers_ = uses_cells_ ? 1 : 0;
  for (std::size_t n = 0; n < steps_.size(); ++n) {
    if (free.empty()) free.push_back(registers_++);
    steps_[n].result = free.back();
    free.pop_back();
    for_each_argument(n, [&](std::size_t s) {
      const std::size_t result = steps_[s].result;
      if (last_use[s] == n && std::ranges::find(free, result) == free.end()) free.push_back(result);
    });
  }
}

/// The strides of values that depend on `axes` and are stored without gaps for the cells of `box`.
std::array<std::int64_t, 3> BoxFormula::strides(Axes axes, const Box& box) const {
  std::array<std::int64_t, 3> stride{};
  std::int64_t size = 1;
  for (std::size_t position = 0; position < 3; ++position) {
    if ((axes >> position & 1u) == 0) continue;
    stride[position] = size;
    size *= box.extent(cells_.order[position]);
  }
  return stride;
}

/// The position of a cell of the box among values at all its cells.
std::int64_t BoxFormula::offset(const Index& cell, const std::array<std::int64_t, 3>& stride) const {
  std::int64_t sum = 0;
  for (std::size_t position = 0; position < 3; ++position) {
    const int axis = cells_.order[position];
    sum += (cell[axis] - cells_.box.lower[axis]) * stride[position];
  }
  return sum;
}

BoxFormula::Values BoxFormula::values_of(const Operand& operand, const Box& block,
                                         const double* workspace) const {
  switch (operand.kind) {
    case Operand::Kind::constant:
      return {&formula_.program().constants[operand.index], {}};
    case Operand::Kind::variable: {
      if (operand.index >= FieldFormula::time) return {&variables_[operand.index], {}};
      Values values;
      for (std::size_t position = 0; position < 3; ++position) {
        const int axis = cells_.order[position];
        if (static_cast<std::size_t>(axis) != operand.index) continue;
        values.first = &cells_.coordinates[operand.index][static_cast<std::size_t>(block.lower[axis] -
                                                                                   cells_.box.lower[axis])];
        values.stride[position] = 1;
      }
      return values;
    }
    case Operand::Kind::cell:
      return {workspace, strides(all_axes, block)};
    case Operand::Kind::step:
      break;
  }
  const Step& step = steps_[operand.index];
  if (!step.kept.empty()) {
    const auto stride = strides(step.axes, cells_.box);
    return {step.kept.data() + offset(block.lower, stride), stride};
  }
  return {workspace + static_cast<std::int64_t>(step.result) * block_cells_, strides(step.axes, block)};
}

/// Applies the operation of a step to a block of cells.
void BoxFormula::run(const Step& step, const Box& block, double* workspace) const {
  std::array<std::int64_t, 3> extent{};  // along the axes in order; 1 if the results do not depend on one
  for (std::size_t position = 0; position < 3; ++position)
    extent[position] = (step.axes >> position & 1u) != 0 ? block.extent(cells_.order[position]) : 1;
  // Rows are along the first axis that is longer than one cell.
  const std::size_t row = extent[0] > 1 ? 0 : extent[1] > 1 ? 1 : 2;
  const std::size_t next = row == 0 ? 1 : 0;
  const std::size_t last = row == 2 ? 1 : 2;
  std::array<Values, 3> values{};
  const int arguments = FormulaProgram::arguments_of(step.step.operation);
  for (std::size_t a = 0; a < static_cast<std::size_t>(arguments); ++a)
    values[a] = values_of(step.step.arguments[a], block, workspace);
  double* out = workspace + static_cast<std::int64_t>(step.result) * block_cells_;
  for (std::int64_t k = 0; k < extent[last]; ++k) {
    for (std::int64_t j = 0; j < extent[next]; ++j) {
      std::array<Row, 3> rows{};
      for (std::size_t a = 0; a < static_cast<std::size_t>(arguments); ++a)
        rows[a] = {values[a].first + j * values[a].stride[next] + k * values[a].stride[last],
                   values[a].stride[row]};
      apply(step.step.operation, rows, out, static_cast<std::size_t>(extent[row]));
      out += extent[row];
    }
  }
}

/// Writes the linear indices of the cells of a block.
void BoxFormula::number_cells(const Box& block, double* out) const {
  const auto [first, second, third] = cells_.order;
  Index cell;
  for (cell[third] = block.lower[third]; cell[third] < block.upper[third]; ++cell[third]) {
    for (cell[second] = block.lower[second]; cell[second] < block.upper[second]; ++cell[second]) {
      for (cell[first] = block.lower[first]; cell[first] < block.upper[first]; ++cell[first])
        *out++ = static_cast<double>(linear_index(cell, cells_.domain));
    }
  }
}

BoxFormula::Values BoxFormula::evaluate(const Box& block, std::vector<double>& workspace) const {
  if (workspace.size() < workspace_size()) workspace.resize(workspace_size());
  if (uses_cells_) number_cells(block, workspace.data());
  for (const Step& step : steps_) {
    if (!step.is_done) run(step, block, workspace.data());
  }
  return values_of(formula_.program().result, block, workspace.data());
}

void BoxFormula::precompute(std::vector<double>& workspace) {
  if (cells_.box.empty()) return;
  std::vector<bool> needed(steps_.size(), false);  // by a step that depends on time, or as the result
  const auto mark = [&](const Operand& operand) {
    if (operand.kind == Operand::Kind::step) needed[operand.index] = true;
  };
  mark(formula_.program().result);
  for (const Step& step : steps_) {
    if ((step.axes & time_bit) != 0) std::ranges::for_each(step.step.arguments, mark);
  }
  std::vector<std::vector<double>> kept(steps_.size());
  for (std::size_t n = 0; n < steps_.size(); ++n) {
    if (!needed[n] || (steps_[n].axes & time_bit) != 0) continue;
    std::int64_t size = 1;
    for (std::size_t position = 0; position < 3; ++position) {
      if ((steps_[n].axes >> position & 1u) != 0) size *= cells_.box.extent(cells_.order[position]);
    }
    kept[n].resize(static_cast<std::size_t>(size));
  }
  workspace.resize(std::max(workspace.size(), workspace_size()));
  for_each_block(cells_.box, [&](const Box& block) {
    if (uses_cells_) number_cells(block, workspace.data());
    for (std::size_t n = 0; n < steps_.size(); ++n) {
      const Step& step = steps_[n];
      if ((step.axes & time_bit) != 0) continue;
      run(step, block, workspace.data());
      if (kept[n].empty()) continue;
      const Values results = values_of({Operand::Kind::step, n}, block, workspace.data());
      const auto stride = strides(step.axes, cells_.box);
      for_each_index({{}, block.extents()}, [&](const Index& cell) {
        std::int64_t from = 0;
        for (std::size_t position = 0; position < 3; ++position)
          from += cell[cells_.order[position]] * results.stride[position];
        kept[n][static_cast<std::size_t>(offset(block.lower + cell, stride))] = results.first[from];
      });
    }
  });
  for (std::size_t n = 0; n < steps_.size(); ++n) {
    steps_[n].kept = std::move(kept[n]);
    steps_[n].is_done = (steps_[n].axes & time_bit) == 0;
  }
}

}  // namespace tessera::grid
