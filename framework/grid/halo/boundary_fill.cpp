#include "grid/halo/boundary_fill.h"

#include "grid/job/field_formula.h"

#include <optional>

namespace tessera::halo {

/// The ghost cells of one brick and field beyond one face of the domain, which the brick may reach without
/// touching it. Local indices.
struct BoundaryFill::Slab {
  int brick;
  int field;
  int axis;
  int side;
  std::int64_t plane;  ///< the first cell above the face
  grid::Box ghosts;
  field::FieldView level;
};

/// The value of one component of one field on a face.
struct BoundaryFill::FixedRule {
  int field;
  int component;
  double constant = 0.0;
  mutable std::optional<grid::FieldFormula> formula;  // evaluation fills its variables
};

struct BoundaryFill::Face {
  int axis;
  int side;
  grid::BoundaryKind kind;
  std::vector<FixedRule> rules;
};

namespace {

/// The cell whose value a ghost cell takes: the nearest one, or its mirror image in the face.
grid::Index source_of(const grid::Index& ghost, int axis, int side, std::int64_t plane, bool mirror) {
  grid::Index cell = ghost;
  cell[axis] = mirror ? 2 * plane - 1 - ghost[axis] : plane - side;
  return cell;
}

/// Sets ghost = scale * source + offset(ghost) over a slab.
template <class T, class Offset>
void fill_from(const field::FieldView& view, int component, const grid::Box& ghosts, int axis, int side,
               std::int64_t plane, bool mirror, T scale, Offset offset) {
  for (std::int64_t k = ghosts.lower[2]; k < ghosts.upper[2]; ++k) {
    for (std::int64_t j = ghosts.lower[1]; j < ghosts.upper[1]; ++j) {
      for (std::int64_t i = ghosts.lower[0]; i < ghosts.upper[0]; ++i) {
        const grid::Index ghost{{i, j, k}};
        const T source = *view.at<T>(source_of(ghost, axis, side, plane, mirror), component);
        *view.at<T>(ghost, component) = static_cast<T>(scale * source + static_cast<T>(offset(ghost)));
      }
    }
  }
}

template <class T, class Value>
void fill_with(const field::FieldView& view, int component, const grid::Box& ghosts, Value value) {
  for (std::int64_t k = ghosts.lower[2]; k < ghosts.upper[2]; ++k) {
    for (std::int64_t j = ghosts.lower[1]; j < ghosts.upper[1]; ++j) {
      for (std::int64_t i = ghosts.lower[0]; i < ghosts.upper[0]; ++i) {
        const grid::Index ghost{{i, j, k}};
        *view.at<T>(ghost, component) = static_cast<T>(value(ghost));
      }
    }
  }
}

/// Calls f with a value of the field's scalar type.
template <class F>
void with_scalar(field::Scalar scalar, F f) {
  if (scalar == field::Scalar::float64) {
    f(double{});
  } else {
    f(float{});
  }
}

}  // namespace

BoundaryFill::BoundaryFill(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                           const grid::JobSpec& job, field::FieldStore& store, CustomBoundary custom)
    : geometry_{geometry}, store_{&store}, custom_{std::move(custom)} {
  for (const solver::FieldSchema& f : schema.fields) odd_axes_.push_back(f.odd_axes);
  for (int axis = 0; axis < geometry.dimensions; ++axis) {
    if (geometry.periodic[static_cast<std::size_t>(axis)]) continue;
    for (int side = 0; side < 2; ++side) {
      const grid::FaceBoundary& spec =
          job.boundary[static_cast<std::size_t>(axis)][static_cast<std::size_t>(side)];
      Face face{axis, side, spec.kind, {}};
      for (const grid::FixedValue& v : spec.values) {
        FixedRule rule{v.field, v.component, 0.0, std::nullopt};
        if (const auto* number = std::get_if<double>(&v.value)) {
          rule.constant = *number;
        } else {
          rule.formula.emplace(std::get<grid::FormulaText>(v.value), schema, job);
        }
        face.rules.push_back(std::move(rule));
      }
      faces_.push_back(std::move(face));
    }
  }
}

BoundaryFill::BoundaryFill(BoundaryFill&&) noexcept = default;
BoundaryFill& BoundaryFill::operator=(BoundaryFill&&) noexcept = default;
BoundaryFill::~BoundaryFill() = default;

std::int64_t BoundaryFill::plane(int brick, int axis, int side) const {
  return (side == 0 ? 0 : geometry_.cells[axis]) -
         store_->bricks()[static_cast<std::size_t>(brick)].lower[axis];
}

void BoundaryFill::fill_beyond(int axis, int side, int brick, int field, const field::FieldView& level,
                               const grid::Box& ghosts, double time) {
  for (const Face& face : faces_) {
    if (face.axis != axis || face.side != side) continue;
    fill_slab({brick, field, axis, side, plane(brick, axis, side), ghosts, level}, face, time);
  }
}

void BoundaryFill::fill(int field, int width, double time) {
  if (width == 0) return;
  for (const Face& face : faces_) {
    const int axis = face.axis;
    for (int b = 0; b < static_cast<int>(store_->bricks().size()); ++b) {
      grid::Box ghosts{{}, store_->bricks()[static_cast<std::size_t>(b)].extents()};
      for (int a = 0; a < geometry_.dimensions; ++a) {
        ghosts.lower[a] -= width;
        ghosts.upper[a] += width;
      }
      (face.side == 0 ? ghosts.upper : ghosts.lower)[axis] = plane(b, axis, face.side);
      if (!ghosts.empty()) fill_beyond(axis, face.side, b, field, store_->current(b, field), ghosts, time);
    }
  }
}

void BoundaryFill::fill_slab(const Slab& slab, const Face& face, double time) {
  if (face.kind == grid::BoundaryKind::custom) {
    custom_(slab.brick, slab.ghosts, slab.field, slab.axis, slab.side, time);
    return;
  }
  const grid::Box& owned = store_->bricks()[static_cast<std::size_t>(slab.brick)];
  const field::FieldView& view = slab.level;
  const auto point = [&](const grid::Index& ghost, bool on_face) {
    std::array<double, 3> at{};
    for (int a = 0; a < 3; ++a) {
      const auto n = static_cast<std::size_t>(a);
      std::int64_t cell = owned.lower[a] + ghost[a];
      // Beyond a periodic end the formula holds where the cell's original lies.
      if (geometry_.periodic[n]) cell = (cell + geometry_.cells[a]) % geometry_.cells[a];
      at[n] = on_face && a == slab.axis ? (slab.side == 0 ? geometry_.lower[n] : geometry_.upper[n])
                                        : geometry_.centre(a, cell);
    }
    return at;
  };

  with_scalar(view.scalar, [&](auto zero) {
    using T = decltype(zero);
    const auto nothing = [](const grid::Index&) { return 0.0; };
    for (int c = 0; c < view.components; ++c) {
      const FixedRule* rule = nullptr;
      for (const FixedRule& r : face.rules) {
        if (r.field == slab.field && r.component == c) rule = &r;
      }
      if (rule != nullptr && face.kind == grid::BoundaryKind::fixed) {
        fill_with<T>(view, c, slab.ghosts, [&](const grid::Index& ghost) {
          return rule->formula ? (*rule->formula)(point(ghost, false), time) : rule->constant;
        });
      } else if (rule != nullptr) {
        fill_from<T>(view, c, slab.ghosts, slab.axis, slab.side, slab.plane, true, T{-1},
                     [&](const grid::Index& ghost) {
                       return 2.0 *
                              (rule->formula ? (*rule->formula)(point(ghost, true), time) : rule->constant);
                     });
      } else if (face.kind == grid::BoundaryKind::wall) {
        const auto& odd = odd_axes_[static_cast<std::size_t>(slab.field)];
        const bool flips = static_cast<std::size_t>(c) < odd.size() &&
                           ((odd[static_cast<std::size_t>(c)] >> slab.axis) & 1u) != 0;
        fill_from<T>(view, c, slab.ghosts, slab.axis, slab.side, slab.plane, true, flips ? T{-1} : T{1},
                     nothing);
      } else {
        fill_from<T>(view, c, slab.ghosts, slab.axis, slab.side, slab.plane, false, T{1}, nothing);
      }
    }
  });
}

}  // namespace tessera::halo
