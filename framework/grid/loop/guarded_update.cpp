#include "grid/loop/guarded_update.h"

#include "grid/field/copy.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// An ordinary number that solvers are unlikely to compute; it is exact in single precision.
constexpr double marker = 0x1.2d687p-3;

}  // namespace

GuardedUpdate::GuardedUpdate(const GuardedFields& fields, const Sweep& sweep, int brick,
                             const grid::Box& cells, const std::function<void()>& update)
    : fields_{&fields},
      sweep_{&sweep},
      stage_{&fields.schema->stages[static_cast<std::size_t>(sweep.stage)]},
      brick_{brick},
      cells_{cells},
      update_{&update} {
  for (const int f : stage_->writes) {
    for (const grid::Box& piece : grid::difference(region_with_layers(f, guarded_layers), cells_)) {
      must_not_change_.push_back(save(f, output(f), piece));
    }
    initial_outputs_.push_back(save(f, output(f), cells_));
  }
  for (const solver::StageRead& r : stage_->reads) {
    if (!is_in_place(r.field)) {
      must_not_change_.push_back(
          save(r.field, input(r.field), region_with_layers(r.field, r.radius + guarded_layers)));
    }
  }
}

GuardedUpdate::SavedBox GuardedUpdate::save(int field, const field::FieldView& level,
                                            const grid::Box& cells) {
  SavedBox saved{field, level, cells, {}};
  saved.values.resize(field::packed_bytes(level, cells));
  field::pack(level, cells, saved.values.data());
  return saved;
}

void GuardedUpdate::restore(const std::vector<SavedBox>& saved) {
  for (const SavedBox& s : saved) field::unpack(s.values.data(), s.level, s.cells);
}

/// The first element whose bits have changed since it was saved; nullopt if none has.
std::optional<Element> GuardedUpdate::first_change(const SavedBox& saved) {
  std::vector<std::byte> current(saved.values.size());
  field::pack(saved.level, saved.cells, current.data());
  const auto [changed, _] = std::mismatch(current.begin(), current.end(), saved.values.begin());
  if (changed == current.end()) return std::nullopt;
  const auto element_bytes = static_cast<std::int64_t>(field::bytes_of(saved.level.scalar));
  const std::int64_t n = (changed - current.begin()) / element_bytes;
  const std::int64_t volume = saved.cells.volume();
  return Element{saved.cells.lower + grid::index_at(n % volume, saved.cells.extents()),
                 static_cast<int>(n / volume)};
}

/// The level from which the stage reads a field.
field::FieldView GuardedUpdate::input(int field) const {
  return fields_->store->view_after(brick_, field, sweep_->advances[static_cast<std::size_t>(field)]);
}

/// The level to which the stage writes a field.
field::FieldView GuardedUpdate::output(int field) const {
  return fields_->store->view_after(brick_, field, sweep_->advances[static_cast<std::size_t>(field)] + 1);
}

/// Whether the stage reads and writes the field in the same memory.
bool GuardedUpdate::is_in_place(int field) const {
  return stage_->writes_field(field) && stage_->read_radius(field) >= 0 &&
         levels_of(*fields_->schema, field) == 1;
}

/// The region and `layers` layers around it, clipped to the stored cells of the field.
grid::Box GuardedUpdate::region_with_layers(int field, std::int64_t layers) const {
  grid::Index grow;
  for (int a = 0; a < fields_->store->dimensions(); ++a) grow[a] = layers;
  return grid::intersection(cells_.grown(grow), fields_->stored_cells(brick_, field));
}

void GuardedUpdate::call_update() { (*update_)(); }

/// Calls the update while the fields that the stage reads (or only `only_field`) contain NaN beyond their
/// declared radius. Fields that are updated in place are not poisoned.
void GuardedUpdate::call_update_with_poisoned_inputs(std::optional<int> only_field) {
  std::vector<SavedBox> saved;
  for (const solver::StageRead& read : stage_->reads) {
    if (is_in_place(read.field) || (only_field && read.field != *only_field)) continue;
    const field::FieldView level = input(read.field);
    const grid::Box allowed = region_with_layers(read.field, read.radius);
    for (const grid::Box& piece :
         grid::difference(region_with_layers(read.field, read.radius + guarded_layers), allowed)) {
      saved.push_back(save(read.field, level, piece));
      fill(level, piece, std::numeric_limits<double>::quiet_NaN());
    }
  }
  try {
    call_update();
  } catch (...) {
    restore(saved);
    throw;
  }
  restore(saved);
}

void GuardedUpdate::check_unchanged() const {
  for (const SavedBox& saved : must_not_change_) {
    const std::optional<Element> changed = first_change(saved);
    if (!changed) continue;
    const std::string where = describe(saved.field, *changed);
    if (!stage_->writes_field(saved.field) || saved.level.origin != output(saved.field).origin) {
      throw make_error(Violation::changes_input,
                       fmt::format("changes {}{}", where, phrase_of(Violation::changes_input)));
    }
    const grid::Box region = cells_.shifted(fields_->brick(brick_).lower);
    throw make_error(Violation::writes_outside,
                     fmt::format("writes {}{} {}", where, phrase_of(Violation::writes_outside),
                                 grid::to_string(region, fields_->store->dimensions())));
  }
}

/// Throws if an output still contains the poison. Either the update skips this cell, or it computes the NaN
/// from the old value of an output. To distinguish the two, repeats the update with the marker in place of
/// the poison: only a skipped cell still contains the marker afterwards.
void GuardedUpdate::check_written() {
  for (const int f : stage_->writes) {
    if (is_in_place(f)) continue;
    const std::optional<Element> unwritten = find_poison(output(f), cells_);
    if (!unwritten) continue;
    restore(initial_outputs_);
    fill(output(f), cells_, marker);
    call_update();
    if (output(f).value(unwritten->cell, unwritten->component) == marker) {
      throw make_error(Violation::skips_cell, "does not write " + describe(f, *unwritten));
    }
    throw make_error(Violation::uses_old_value, fmt::format("computes {} from {}", describe(f, *unwritten),
                                                            phrase_of(Violation::uses_old_value)));
  }
}

/// Throws if the results depend on an input that contains poison within its declared radius. Such poison
/// comes from a work field.
void GuardedUpdate::check_poisoned_inputs(const std::vector<SavedBox>& unpoisoned) {
  for (const solver::StageRead& read : stage_->reads) {
    const field::FieldView level = input(read.field);
    const grid::Box allowed = region_with_layers(read.field, read.radius);
    const std::optional<Element> poisoned_input = find_poison(level, allowed);
    if (!poisoned_input) continue;
    const std::vector<SavedBox> saved_input{save(read.field, level, allowed)};
    restore(initial_outputs_);
    replace_poison(level, allowed, marker);
    call_update();
    const bool used = first_difference(unpoisoned).has_value();
    restore(saved_input);
    if (!used) continue;
    throw make_error(Violation::uses_old_value,
                     fmt::format("reads {}, which depends on {}", describe(read.field, *poisoned_input),
                                 phrase_of(Violation::uses_old_value)));
  }
}

void GuardedUpdate::find_read_beyond_radius(const std::vector<SavedBox>& unpoisoned) {
  for (const solver::StageRead& read : stage_->reads) {
    restore(initial_outputs_);
    call_update_with_poisoned_inputs(read.field);
    const std::optional<FieldElement> found = first_difference(unpoisoned);
    if (!found) continue;
    throw make_error(
        Violation::reads_beyond,
        fmt::format("reads field `{}` {} {} to compute {}", fields_->schema_of(read.field).name,
                    phrase_of(Violation::reads_beyond), read.radius, describe(found->field, found->element)));
  }
}

void GuardedUpdate::find_use_of_old_value(const std::vector<SavedBox>& unpoisoned) {
  for (const int f : stage_->writes) {
    if (is_in_place(f)) continue;
    restore(initial_outputs_);
    poison(output(f), cells_);
    call_update();
    const std::optional<FieldElement> found = first_difference(unpoisoned);
    if (!found) continue;
    throw make_error(Violation::uses_old_value,
                     fmt::format("computes {} from {}", describe(found->field, found->element),
                                 phrase_of(Violation::uses_old_value)));
  }
}

/// Returns copies of the outputs in the region.
std::vector<GuardedUpdate::SavedBox> GuardedUpdate::save_results() const {
  std::vector<SavedBox> all;
  for (const int f : stage_->writes) all.push_back(save(f, output(f), cells_));
  return all;
}

/// The first element of the outputs that differs from `unpoisoned`; nullopt if there is none.
std::optional<GuardedUpdate::FieldElement> GuardedUpdate::first_difference(
    const std::vector<SavedBox>& unpoisoned) const {
  for (const SavedBox& s : unpoisoned) {
    if (const std::optional<Element> element = first_change(s)) return FieldElement{s.field, *element};
  }
  return std::nullopt;
}

bool GuardedUpdate::results_have_nan() const {
  return std::any_of(stage_->writes.begin(), stage_->writes.end(),
                     [&](int f) { return find_nan(output(f), cells_).has_value(); });
}

base::Error GuardedUpdate::make_error(Violation violation, const std::string& predicate) const {
  return violation_error(violation, fmt::format("stage `{}` {}", stage_->name, predicate));
}

void GuardedUpdate::run() {
  for (const int f : stage_->writes) {
    if (!is_in_place(f)) poison(output(f), cells_);
  }
  call_update_with_poisoned_inputs(std::nullopt);
  check_unchanged();
  check_written();
  // A solver that keeps state between steps is called again only to find the cause of a NaN.
  if (fields_->schema->one_step && !results_have_nan()) return;
  const std::vector<SavedBox> poisoned = save_results();
  restore(initial_outputs_);
  call_update();
  check_unchanged();  // the first check cannot detect changes to cells that were poisoned
  const std::vector<SavedBox> unpoisoned = save_results();
  const bool results_differ = std::any_of(poisoned.begin(), poisoned.end(),
                                          [](const SavedBox& s) { return first_change(s).has_value(); });
  const bool inputs_have_poison =
      std::any_of(stage_->reads.begin(), stage_->reads.end(), [&](const solver::StageRead& r) {
        return find_poison(input(r.field), region_with_layers(r.field, r.radius)).has_value();
      });
  if (results_differ || inputs_have_poison) find_cause(unpoisoned);
}

/// Finds the poisoned memory on which the results depend, and throws the error. If it finds none, restores
/// the outputs to `unpoisoned`. If an unpoisoned repetition already changes the results, leaves the results
/// of the repetition; then only a comparison of whole runs can find the cause.
void GuardedUpdate::find_cause(const std::vector<SavedBox>& unpoisoned) {
  restore(initial_outputs_);
  call_update();
  if (first_difference(unpoisoned)) return;
  find_read_beyond_radius(unpoisoned);
  find_use_of_old_value(unpoisoned);
  check_poisoned_inputs(unpoisoned);
  restore(unpoisoned);
}

}  // namespace tessera::loop
