// Catches solvers that access cells they have not declared. Used in builds without NDEBUG.
#pragma once

#include "grid/field/field_store.h"
#include "grid/loop/tile_plan.h"
#include "grid/solver/solver_schema.h"

#include <functional>
#include <optional>
#include <vector>

namespace tessera::loop {

#ifdef NDEBUG
constexpr bool guards_stages = false;
#else
constexpr bool guards_stages = true;
#endif

/// Checks the memory accesses of an update, in whatever language the solver is written. Cells around the
/// region are compared before and after: none may have changed. During the first run, fields that the stage
/// reads hold NaN beyond their declared radius. If the results contain a NaN, the update is repeated with
/// unmodified fields, then with one field poisoned at a time, to find the read beyond its declared radius.
class StageGuard {
 public:
  StageGuard(const solver::SolverSchema& schema, field::FieldStore& store)
      : schema_{&schema}, store_{&store} {}

  /// Runs `update`, which applies the stage to `cells` (local indices), once or several times. Throws
  /// base::Error (internal), naming stage, field and cell, if it accesses cells that the stage has not
  /// declared. No other rank may read this rank's fields meanwhile.
  void run(const Sweep& sweep, int brick, const grid::Box& cells, const std::function<void()>& update);

 private:
  /// Values of a box in one level of a field, to compare with or to restore.
  struct Saved {
    int field = 0;
    field::FieldView level;
    grid::Box cells;
    std::vector<std::byte> values;
  };

  Saved save(const Sweep& sweep, int brick, int field, int ahead, const grid::Box& cells) const;
  static void restore(const Saved& saved);
  grid::Box clipped(int brick, int field, const grid::Box& cells) const;
  std::vector<Saved> poison(const Sweep& sweep, int brick, const grid::Box& cells, int only_field) const;
  struct Found {
    int field = 0;
    grid::Index cell;
  };
  std::optional<Found> find_nan(const Sweep& sweep, int brick, const grid::Box& cells) const;
  void check_outside(const Sweep& sweep, int brick, const std::vector<Saved>& before,
                     const grid::Box& cells) const;

  const solver::SolverSchema* schema_;
  field::FieldStore* store_;
};

}  // namespace tessera::loop
