// Catches solvers that touch what they have not declared. For builds without NDEBUG.
#pragma once

#include "grid/field/field_store.h"
#include "grid/loop/block_plan.h"
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

/// Runs an update under watch, whatever language the solver is written in. Cells around the region are
/// compared before and after: none may have been written. And where the update leaves a NaN, it is run again
/// with fields spoiled one at a time beyond their declared radius, to see whether that is where it comes
/// from; the cells there are NaN during the first run, too.
class StageGuard {
 public:
  StageGuard(const solver::SolverSchema& schema, field::FieldStore& store)
      : schema_{&schema}, store_{&store} {}

  /// `update`: runs the stage on `cells`. Throws base::Error (internal) that names stage, field and cell.
  /// Nobody else may read this rank's fields meanwhile.
  void run(const Sweep& sweep, int brick, const grid::Box& cells, const std::function<void()>& update);

 private:
  /// Values of a box of one level of a field, to compare with or to put back.
  struct Saved {
    int field = 0;
    field::FieldView level;
    grid::Box cells;
    std::vector<std::byte> values;
  };

  Saved save(const Sweep& sweep, int brick, int field, int ahead, const grid::Box& cells) const;
  static void put_back(const Saved& saved);
  grid::Box clipped(int brick, int field, const grid::Box& cells) const;
  std::vector<Saved> spoil(const Sweep& sweep, int brick, const grid::Box& cells, int only_field) const;
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
