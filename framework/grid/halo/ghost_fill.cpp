#include "grid/halo/ghost_fill.h"

#include "grid/field/copy.h"

#include <algorithm>

namespace tessera::halo {

GhostFill::GhostFill(const solver::SolverSchema& schema, const grid::JobSpec& job,
                     std::array<bool, 3> wrapped, const field::FieldStore& store, CustomBoundary custom)
    : geometry_{job.geometry}, wrapped_{wrapped}, store_{&store}, custom_{std::move(custom)} {
  for (const solver::FieldSchema& f : schema.fields) odd_axes_.push_back(f.odd_axes);
  for (int axis = 0; axis < geometry_.dimensions; ++axis) {
    if (geometry_.periodic[static_cast<std::size_t>(axis)]) continue;
    for (int side = 0; side < 2; ++side) {
      const grid::FaceBoundary& spec =
          job.boundary[static_cast<std::size_t>(axis)][static_cast<std::size_t>(side)];
      Face& face = faces_.emplace_back(Face{axis, side, spec.kind, {}});
      for (const grid::FixedValue& v : spec.values) {
        FixedRule& rule = face.rules.emplace_back(FixedRule{v.field, v.component, v.value, {}});
        if (const auto* formula = std::get_if<grid::FormulaText>(&v.value))
          add_formulas(face, rule, {*formula, schema, job});
      }
    }
  }
}

std::int64_t GhostFill::face_position(int brick, int axis, int side) const {
  return (side == 0 ? 0 : geometry_.cells[axis]) -
         store_->bricks()[static_cast<std::size_t>(brick)].lower[axis];
}

void GhostFill::fill(int brick, int field, const field::FieldView& level, int width, const grid::Box& cells,
                     const grid::Index& end, double time) {
  if (width == 0) return;
  const grid::Box owned{{}, store_->bricks()[static_cast<std::size_t>(brick)].extents()};
  // The field may have fewer ghost layers than another field for which these cells were computed.
  grid::Box filled = grid::intersection(cells, owned.grown(level.ghost));
  if (filled.empty()) return;

  for (int a = 0; a < geometry_.dimensions; ++a) {
    if (!wrapped_[static_cast<std::size_t>(a)]) continue;
    grid::Box upper_end = filled;
    upper_end.lower[a] = owned.upper[a] - width;
    grid::Index below = filled.lower;
    below[a] = -width;
    field::copy(level, upper_end, level, below);
    grid::Box lower_end = filled;
    lower_end.upper[a] = width;
    grid::Index above = filled.lower;
    above[a] = owned.upper[a];
    field::copy(level, lower_end, level, above);
    filled.lower[a] = -width;
    filled.upper[a] = owned.upper[a] + width;
  }

  for (int a = 0; a < geometry_.dimensions; ++a) {
    if (geometry_.periodic[static_cast<std::size_t>(a)]) continue;
    const std::int64_t first = face_position(brick, a, 0);
    const std::int64_t last = face_position(brick, a, 1);
    grid::Box ghosts = filled;
    // Ghost cells beyond the lower face can be filled once the farthest layer that they mirror has been
    // computed.
    const std::int64_t farthest = std::min(first + width, end[a]) - 1;
    if (cells.lower[a] <= farthest && farthest < cells.upper[a] && first - width < end[a]) {
      ghosts.lower[a] = std::max(first - width, owned.lower[a] - level.ghost[a]);
      ghosts.upper[a] = first;
      if (!ghosts.empty()) {
        fill_beyond(a, 0, brick, field, level, ghosts, time);
        filled.lower[a] = ghosts.lower[a];
      }
    }
    if (cells.lower[a] < last && last <= cells.upper[a]) {
      ghosts.lower[a] = last;
      ghosts.upper[a] = std::min(last + width, owned.upper[a] + level.ghost[a]);
      if (!ghosts.empty()) {
        fill_beyond(a, 1, brick, field, level, ghosts, time);
        filled.upper[a] = ghosts.upper[a];
      }
    }
  }
}

void GhostFill::fill_beyond(int axis, int side, int brick, int field, const field::FieldView& level,
                            const grid::Box& ghosts, double time) {
  for (Face& face : faces_) {
    if (face.axis != axis || face.side != side) continue;
    if (face.kind == grid::BoundaryKind::custom) {
      custom_(brick, ghosts, field, axis, side, time);
      continue;
    }
    field::with_scalar(level.scalar, [&](auto zero) {
      for (int c = 0; c < level.components; ++c) {
        fill_component<decltype(zero)>(face, brick, field, c, level, ghosts, time);
      }
    });
  }
}

/// Prepares the formula of a rule at the ghost cells beyond the face, for each brick.
void GhostFill::add_formulas(const Face& face, FixedRule& rule, const grid::FieldFormula& formula) {
  for (int b = 0; b < static_cast<int>(store_->bricks().size()); ++b) {
    const grid::Box owned{{}, store_->bricks()[static_cast<std::size_t>(b)].extents()};
    grid::BoxFormula::Cells cells;
    cells.box = owned.grown(store_->ghost(rule.field));
    const std::int64_t position = face_position(b, face.axis, face.side);
    if (face.side == 0) {
      cells.box.upper[face.axis] = std::min(cells.box.upper[face.axis], position);
    } else {
      cells.box.lower[face.axis] = std::max(cells.box.lower[face.axis], position);
    }
    if (!cells.box.empty()) {
      for (int axis = 0; axis < 3; ++axis)
        cells.coordinates[static_cast<std::size_t>(axis)] = coordinates(face, b, axis, cells.box);
    }
    // There are few layers of cells along the axis of the face.
    std::rotate(cells.order.begin() + face.axis, cells.order.begin() + face.axis + 1, cells.order.end());
    rule.formulas.emplace_back(formula, std::move(cells)).precompute(workspace_);
  }
}

/// The coordinates of cells along an axis, which are on the face if the rule applies to the face.
std::vector<double> GhostFill::coordinates(const Face& face, int brick, int axis,
                                           const grid::Box& cells) const {
  const auto n = static_cast<std::size_t>(axis);
  const std::int64_t corner = store_->bricks()[static_cast<std::size_t>(brick)].lower[axis];
  std::vector<double> values;
  for (std::int64_t i = cells.lower[axis]; i < cells.upper[axis]; ++i) {
    std::int64_t cell = corner + i;
    // A ghost cell beyond a periodic face copies a cell of the domain: evaluate the formula at that cell.
    if (geometry_.periodic[n]) cell = (cell + geometry_.cells[axis]) % geometry_.cells[axis];
    if (face.kind == grid::BoundaryKind::face && axis == face.axis) {
      values.push_back(face.side == 0 ? geometry_.lower[n] : geometry_.upper[n]);
    } else {
      values.push_back(geometry_.centre(axis, cell));
    }
  }
  return values;
}

template <class T>
void GhostFill::fill_component(Face& face, int brick, int field, int component, const field::FieldView& level,
                               const grid::Box& ghosts, double time) {
  const auto fill = [&](auto value_of) {
    for_each_index(ghosts, [&](const grid::Index& ghost) {
      *level.at<T>(ghost, component) = static_cast<T>(value_of(ghost));
    });
  };
  const std::int64_t first_above = face_position(brick, face.axis, face.side);
  const auto mirrored = [&](grid::Index cell) {
    cell[face.axis] = 2 * first_above - 1 - cell[face.axis];
    return *level.at<T>(cell, component);
  };

  FixedRule* rule = nullptr;
  for (FixedRule& r : face.rules) {
    if (r.field == field && r.component == component) rule = &r;
  }
  if (rule != nullptr) {
    const auto set = [&](const grid::Index& ghost, double value) {
      *level.at<T>(ghost, component) = face.kind == grid::BoundaryKind::fixed
                                           ? static_cast<T>(value)
                                           : -mirrored(ghost) + static_cast<T>(2.0 * value);
    };
    if (rule->formulas.empty()) {
      const auto* series = std::get_if<job::TimeSeries>(&rule->value);
      const double value = series != nullptr ? series->at(time) : std::get<double>(rule->value);
      for_each_index(ghosts, [&](const grid::Index& ghost) { set(ghost, value); });
    } else {
      rule->formulas[static_cast<std::size_t>(brick)].for_each_value(ghosts, time, workspace_, set);
    }
  } else if (face.kind == grid::BoundaryKind::wall) {
    const auto& odd = odd_axes_[static_cast<std::size_t>(field)];
    const auto c = static_cast<std::size_t>(component);
    const T sign = c < odd.size() && ((odd[c] >> face.axis) & 1u) != 0 ? T{-1} : T{1};
    fill([&](const grid::Index& ghost) { return sign * mirrored(ghost) + T{0}; });  // + 0 turns -0 into 0
  } else {
    fill([&](grid::Index cell) {  // copies the nearest cell of the domain
      cell[face.axis] = first_above - face.side;
      return *level.at<T>(cell, component) + T{0};
    });
  }
}

}  // namespace tessera::halo
