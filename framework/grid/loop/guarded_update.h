// Checks the memory accesses of one call of update().
#pragma once

#include "grid/loop/guarded_fields.h"
#include "grid/loop/tile_plan.h"
#include "grid/loop/violation.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace tessera::loop {

/// Runs an update while memory that must not affect the results is poisoned: input cells beyond the declared
/// radius, and output cells, except in fields that are updated in place. Then checks that no input and no
/// cell around the region has changed, and that no cell of the region still contains the poison. Finally runs
/// the update without the poison. If the results differ, repeats the update with one field poisoned at a time
/// to find the cause.
class GuardedUpdate {
 public:
  /// `cells`: the region, in local indices; `update` must apply the stage of `sweep` to it. All arguments
  /// must outlive the object.
  GuardedUpdate(const GuardedFields& fields, const Sweep& sweep, int brick, const grid::Box& cells,
                const std::function<void()>& update);

  /// Calls `update` two or more times, or once if the solver keeps state between steps and no result is NaN.
  /// Afterwards the fields contain its results. Throws base::Error (internal) if it detects a violation.
  /// Exceptions of `update` propagate.
  void run();

 private:
  /// A copy of the values in a box of one level of a field, for comparison or to restore them.
  struct SavedBox {
    int field = 0;
    field::FieldView level;
    grid::Box cells;
    std::vector<std::byte> values;
  };
  struct FieldElement {
    int field = 0;
    Element element;
  };

  static SavedBox save(int field, const field::FieldView& level, const grid::Box& cells);
  static void restore(const std::vector<SavedBox>& saved);
  static std::optional<Element> first_change(const SavedBox& saved);

  field::FieldView input(int field) const;
  field::FieldView output(int field) const;
  bool is_in_place(int field) const;
  grid::Box region_with_layers(int field, std::int64_t layers) const;

  void call_update();
  void call_update_with_poisoned_inputs(std::optional<int> only_field);
  void check_unchanged() const;
  void check_written();
  void check_poisoned_inputs(const std::vector<SavedBox>& unpoisoned);
  void find_cause(const std::vector<SavedBox>& unpoisoned);
  void find_read_beyond_radius(const std::vector<SavedBox>& unpoisoned);
  void find_use_of_old_value(const std::vector<SavedBox>& unpoisoned);
  std::vector<SavedBox> save_results() const;
  std::optional<FieldElement> first_difference(const std::vector<SavedBox>& unpoisoned) const;
  bool results_have_nan() const;
  base::Error make_error(Violation violation, const std::string& predicate) const;
  std::string describe(int field, const Element& element) const {
    return fields_->describe(brick_, field, element);
  }

  const GuardedFields* fields_;
  const Sweep* sweep_;
  const solver::StageSchema* stage_;
  int brick_;
  grid::Box cells_;
  const std::function<void()>* update_;
  std::vector<SavedBox> initial_outputs_;  // outputs in the region, before the update
  std::vector<SavedBox> must_not_change_;  // inputs, and outputs around the region, before the update
};

}  // namespace tessera::loop
