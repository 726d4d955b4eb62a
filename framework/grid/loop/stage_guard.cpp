#include "grid/loop/stage_guard.h"

#include "base/error.h"
#include "grid/field/copy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Number of layers that are checked beyond the region, or beyond the declared radius.
constexpr std::int64_t margin = 3;

std::string domain_cell(const grid::Index& cell, const grid::Box& brick) {
  const grid::Index at = cell + brick.lower;
  return fmt::format("({}, {}, {})", at[0], at[1], at[2]);
}

grid::Box grown(const grid::Box& box, std::int64_t by, int dimensions) {
  grid::Index layers;
  for (int a = 0; a < dimensions; ++a) layers[a] = by;
  return box.grown(layers);
}

}  // namespace

grid::Box StageGuard::clipped(int brick, int field, const grid::Box& cells) const {
  const grid::Box owned{{}, store_->bricks()[static_cast<std::size_t>(brick)].extents()};
  return grid::intersection(cells, owned.grown(store_->ghost(field)));
}

StageGuard::Saved StageGuard::save(const Sweep& sweep, int brick, int field, int ahead,
                                   const grid::Box& cells) const {
  Saved s{
      field, store_->ahead(brick, field, sweep.advances[static_cast<std::size_t>(field)] + ahead), cells, {}};
  s.values.resize(field::packed_bytes(s.level, cells));
  field::pack(s.level, cells, s.values.data());
  return s;
}

void StageGuard::restore(const Saved& saved) { field::unpack(saved.values.data(), saved.level, saved.cells); }

/// Writes NaN beyond the declared radius of the fields that a stage reads, or of `only_field` unless that is
/// negative; returns the previous values. Leaves out fields that are written in place.
std::vector<StageGuard::Saved> StageGuard::poison(const Sweep& sweep, int brick, const grid::Box& cells,
                                                  int only_field) const {
  std::vector<Saved> saved;
  const solver::StageSchema& stage = schema_->stages[static_cast<std::size_t>(sweep.stage)];
  const int d = store_->dimensions();
  for (const solver::StageRead& read : stage.reads) {
    if (only_field >= 0 && read.field != only_field) continue;
    const bool in_place =
        levels_of(*schema_, read.field) == 1 &&
        std::find(stage.writes.begin(), stage.writes.end(), read.field) != stage.writes.end();
    if (in_place) continue;
    const grid::Box allowed = clipped(brick, read.field, grown(cells, read.radius, d));
    const grid::Box watched = clipped(brick, read.field, grown(cells, read.radius + margin, d));
    for (const grid::Box& piece : grid::difference(watched, allowed)) {
      saved.push_back(save(sweep, brick, read.field, 0, piece));
      const field::FieldView& level = saved.back().level;
      field::with_scalar(level.scalar, [&](auto zero) {
        using T = decltype(zero);
        for (int c = 0; c < level.components; ++c) {
          for_each_place(
              piece, [&](const grid::Index& i) { *level.at<T>(i, c) = std::numeric_limits<T>::quiet_NaN(); });
        }
      });
    }
  }
  return saved;
}

/// The first NaN in the results of a stage, if any.
std::optional<StageGuard::Found> StageGuard::find_nan(const Sweep& sweep, int brick,
                                                      const grid::Box& cells) const {
  const solver::StageSchema& stage = schema_->stages[static_cast<std::size_t>(sweep.stage)];
  std::optional<Found> found;
  for (const int f : stage.writes) {
    const field::FieldView level = store_->ahead(brick, f, sweep.advances[static_cast<std::size_t>(f)] + 1);
    for (int c = 0; c < level.components; ++c) {
      for_each_place(cells, [&](const grid::Index& i) {
        if (!found && std::isnan(level.value(i, c))) found = Found{f, i};
      });
    }
  }
  return found;
}

void StageGuard::check_outside(const Sweep& sweep, int brick, const std::vector<Saved>& before,
                               const grid::Box& cells) const {
  const solver::StageSchema& stage = schema_->stages[static_cast<std::size_t>(sweep.stage)];
  const grid::Box& owner = store_->bricks()[static_cast<std::size_t>(brick)];
  for (const Saved& old : before) {
    std::vector<std::byte> now(old.values.size());
    field::pack(old.level, old.cells, now.data());
    if (now == old.values) continue;
    const std::size_t element = field::bytes_of(old.level.scalar);
    std::size_t n = 0;
    while (std::memcmp(&now[n * element], &old.values[n * element], element) == 0) ++n;
    const auto at = static_cast<std::int64_t>(n) % old.cells.volume();
    const grid::Index cell = old.cells.lower + grid::place_at(at, old.cells.extents());
    throw base::Error(base::ExitCode::internal,
                      fmt::format("stage `{}` writes field `{}` at cell {}, outside its region {}",
                                  stage.name, schema_->fields[static_cast<std::size_t>(old.field)].name,
                                  domain_cell(cell, owner), grid::to_string(cells.shifted(owner.lower))),
                      "write only to cells of the region");
  }
}

void StageGuard::run(const Sweep& sweep, int brick, const grid::Box& cells,
                     const std::function<void()>& update) {
  const solver::StageSchema& stage = schema_->stages[static_cast<std::size_t>(sweep.stage)];
  const grid::Box& owner = store_->bricks()[static_cast<std::size_t>(brick)];
  std::vector<Saved> outside;
  std::vector<Saved> inside;
  for (const int f : stage.writes) {
    const grid::Box watched = clipped(brick, f, grown(cells, margin, store_->dimensions()));
    for (const grid::Box& piece : grid::difference(watched, cells)) {
      outside.push_back(save(sweep, brick, f, 1, piece));
    }
    inside.push_back(save(sweep, brick, f, 1, cells));
  }
  const auto run_poisoned = [&](int field) {
    const std::vector<Saved> poisoned = poison(sweep, brick, cells, field);
    try {
      update();
    } catch (...) {
      for (const Saved& s : poisoned) restore(s);
      throw;
    }
    for (const Saved& s : poisoned) restore(s);
  };
  const auto rewind = [&] {
    for (const Saved& s : inside) restore(s);
  };

  run_poisoned(-1);
  check_outside(sweep, brick, outside, cells);
  if (!find_nan(sweep, brick, cells)) return;
  rewind();
  update();
  if (find_nan(sweep, brick, cells)) return;  // not caused by a read; the health check will find it
  for (const solver::StageRead& read : stage.reads) {
    rewind();
    run_poisoned(read.field);
    const std::optional<Found> found = find_nan(sweep, brick, cells);
    if (!found) continue;
    throw base::Error(
        base::ExitCode::internal,
        fmt::format(
            "stage `{}` reads field `{}` beyond its declared radius {} to compute field `{}` at cell {}",
            stage.name, schema_->fields[static_cast<std::size_t>(read.field)].name, read.radius,
            schema_->fields[static_cast<std::size_t>(found->field)].name, domain_cell(found->cell, owner)),
        "declare the radius that the stage actually reads");
  }
  rewind();
  update();
}

}  // namespace tessera::loop
