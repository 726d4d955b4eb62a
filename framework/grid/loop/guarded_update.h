// Checks the memory accesses of one call of update().
#pragma once

#include "grid/loop/breach.h"
#include "grid/loop/guarded_fields.h"
#include "grid/loop/tile_plan.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace tessera::loop {

/// Runs an update while memory that must not affect the results is poisoned: input cells beyond the declared
/// radius, and output cells, except in fields that are updated in place. Afterwards checks that no input and
/// no cell around the region has changed, and that no cell of the region still holds the poison. Then runs
/// the update without the poison. If the results differ, repeats it with one field poisoned at a time, to
/// find the cause.
class GuardedUpdate {
 public:
  /// `cells`: the region, in local indices; `update` must apply the stage of `sweep` to it. All arguments
  /// must outlive the object.
  GuardedUpdate(const GuardedFields& fields, const Sweep& sweep, int brick, const grid::Box& cells,
                const std::function<void()>& update);

  /// Calls `update` two or more times, or once if the solver keeps state between steps
  /// and no result is NaN; the fields then hold
  /// its results. Throws base::Error (internal) if it detects a breach, and passes on exceptions of `update`.
  void run();

 private:
  /// Copy of the values of a box in one level of a field, to compare with or to restore.
  struct Saved {
    int field = 0;
    field::FieldView level;
    grid::Box cells;
    std::vector<std::byte> values;
  };
  struct Found {
    int field = 0;
    Element at;
  };

  static Saved save(int field, const field::FieldView& level, const grid::Box& cells);
  static void restore(const std::vector<Saved>& saved);
  static std::optional<Element> first_change(const Saved& saved);

  field::FieldView input(int field) const;
  field::FieldView output(int field) const;
  bool in_place(int field) const;
  grid::Box around(int field, std::int64_t layers) const;

  void call();
  void call_with_poisoned_surroundings(std::optional<int> only_field);
  void check_outside() const;
  void check_written();
  void check_inputs(const std::vector<Saved>& sound);
  void find_cause(const std::vector<Saved>& sound);
  void find_read_beyond(const std::vector<Saved>& sound);
  void find_old_value(const std::vector<Saved>& sound);
  std::vector<Saved> results() const;
  std::optional<Found> first_difference(const std::vector<Saved>& sound) const;
  bool has_nan() const;
  base::Error error(Breach breach, const std::string& rest) const;
  std::string text_of(int field, const Element& at) const { return fields_->text_of(brick_, field, at); }

  const GuardedFields* fields_;
  const Sweep* sweep_;
  const solver::StageSchema* stage_;
  int brick_;
  grid::Box cells_;
  const std::function<void()>* update_;
  std::vector<Saved> inside_;   // outputs in the region, before the update
  std::vector<Saved> outside_;  // inputs, and outputs around the region, before the update
};

}  // namespace tessera::loop
