#include "grid/loop/stage_guard.h"

#include "grid/loop/guarded_update.h"
#include "grid/loop/violation.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tessera::loop {

namespace {

/// Calls f(field) for each field of kind `kind`.
template <class F>
void for_each_field_of_kind(const solver::SolverSchema& schema, solver::FieldKind kind, F f) {
  for (std::size_t n = 0; n < schema.fields.size(); ++n) {
    if (schema.fields[n].kind == kind) f(static_cast<int>(n));
  }
}

/// A box is split along an axis only if it has at least this many cells along it.
constexpr std::int64_t min_split_extent = 8;

/// Splits a box in two along each axis along which it is long enough.
std::vector<grid::Box> split(const grid::Box& cells) {
  std::vector<grid::Box> parts{cells};
  for (int a = 0; a < 3; ++a) {
    if (cells.extent(a) < min_split_extent) continue;
    const std::int64_t middle = cells.lower[a] + cells.extent(a) / 2;
    const std::size_t count = parts.size();
    for (std::size_t n = 0; n < count; ++n) {
      parts.push_back(parts[n]);
      parts.back().lower[a] = middle;
      parts[n].upper[a] = middle;
    }
  }
  return parts;
}

}  // namespace

void StageGuard::update(const Sweep& sweep, int brick, const grid::Box& cells,
                        const std::function<void(const grid::Box& part)>& update) const {
  for (const grid::Box& part : split(cells)) {
    const std::function<void()> call = [&] { update(part); };
    GuardedUpdate{fields_, sweep, brick, part, call}.run();
  }
}

void StageGuard::derive(int brick, const grid::Box& cells, const std::function<void()>& derive) const {
  const auto for_each_derived_field = [&](auto f) {
    for_each_field_of_kind(*fields_.schema, solver::FieldKind::derived,
                           [&](int field) { f(field, fields_.store->current(brick, field)); });
  };
  for_each_derived_field([&](int, const field::FieldView& view) { poison(view, cells); });
  derive();
  for_each_derived_field([&](int field, const field::FieldView& view) {
    const std::optional<Element> unwritten = find_poison(view, cells);
    if (!unwritten) return;
    throw violation_error(Violation::skips_cell,
                          "derive() does not write " + fields_.describe(brick, field, *unwritten));
  });
}

void StageGuard::boundary(int brick, int field, const field::FieldView& level, const grid::Box& ghosts,
                          const std::function<void()>& boundary) const {
  poison(level, ghosts);
  boundary();
  const std::optional<Element> unwritten = find_poison(level, ghosts);
  if (!unwritten) return;
  throw violation_error(Violation::skips_cell,
                        "boundary() does not write " + fields_.describe(brick, field, *unwritten));
}

void StageGuard::poison_work_fields() const {
  for_each_field_of_kind(*fields_.schema, solver::FieldKind::work, [&](int field) {
    const int levels = fields_.store->fields()[static_cast<std::size_t>(field)].levels;
    for (int b = 0; b < static_cast<int>(fields_.store->bricks().size()); ++b) {
      for (int level = 0; level < levels; ++level) {
        poison(fields_.store->view_after(b, field, level), fields_.stored_cells(b, field));
      }
    }
  });
}

}  // namespace tessera::loop
