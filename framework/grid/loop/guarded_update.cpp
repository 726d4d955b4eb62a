#include "grid/loop/guarded_update.h"

#include "grid/field/copy.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Number of layers that are checked beyond the region, or beyond the declared radius.
constexpr std::int64_t margin = 3;

/// An ordinary number that no solver is likely to compute; exact in single precision.
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
    for (const grid::Box& piece : grid::difference(around(f, margin), cells_)) {
      outside_.push_back(save(f, output(f), piece));
    }
    inside_.push_back(save(f, output(f), cells_));
  }
  for (const solver::StageRead& r : stage_->reads) {
    if (!in_place(r.field)) {
      outside_.push_back(save(r.field, input(r.field), around(r.field, r.radius + margin)));
    }
  }
}

GuardedUpdate::Saved GuardedUpdate::save(int field, const field::FieldView& level, const grid::Box& cells) {
  Saved saved{field, level, cells, {}};
  saved.values.resize(field::packed_bytes(level, cells));
  field::pack(level, cells, saved.values.data());
  return saved;
}

void GuardedUpdate::restore(const std::vector<Saved>& saved) {
  for (const Saved& s : saved) field::unpack(s.values.data(), s.level, s.cells);
}

/// The first element whose bits have changed since it was saved; nullopt if none has.
std::optional<Element> GuardedUpdate::first_change(const Saved& saved) {
  std::vector<std::byte> now(saved.values.size());
  field::pack(saved.level, saved.cells, now.data());
  const auto [changed, _] = std::mismatch(now.begin(), now.end(), saved.values.begin());
  if (changed == now.end()) return std::nullopt;
  const auto element = static_cast<std::int64_t>(field::bytes_of(saved.level.scalar));
  const std::int64_t n = (changed - now.begin()) / element;
  const std::int64_t volume = saved.cells.volume();
  return Element{saved.cells.lower + grid::place_at(n % volume, saved.cells.extents()),
                 static_cast<int>(n / volume)};
}

/// The level of a field that the stage reads.
field::FieldView GuardedUpdate::input(int field) const {
  return fields_->store->view_after(brick_, field, sweep_->advances[static_cast<std::size_t>(field)]);
}

/// The level of a field that the stage writes.
field::FieldView GuardedUpdate::output(int field) const {
  return fields_->store->view_after(brick_, field, sweep_->advances[static_cast<std::size_t>(field)] + 1);
}

/// Whether the stage reads and writes the field in the same memory.
bool GuardedUpdate::in_place(int field) const {
  return stage_->writes_field(field) && stage_->read_radius(field) >= 0 &&
         levels_of(*fields_->schema, field) == 1;
}

/// The region and `layers` layers around it, as far as the field stores them.
grid::Box GuardedUpdate::around(int field, std::int64_t layers) const {
  grid::Index grow;
  for (int a = 0; a < fields_->store->dimensions(); ++a) grow[a] = layers;
  return grid::intersection(cells_.grown(grow), fields_->stored(brick_, field));
}

void GuardedUpdate::call() { (*update_)(); }

/// Calls the update while the fields that the stage reads (or only `only_field`) hold NaN beyond their
/// declared radius. Skips fields that are updated in place.
void GuardedUpdate::call_with_poisoned_surroundings(std::optional<int> only_field) {
  std::vector<Saved> before;
  for (const solver::StageRead& read : stage_->reads) {
    if (in_place(read.field) || (only_field && read.field != *only_field)) continue;
    const field::FieldView level = input(read.field);
    const grid::Box allowed = around(read.field, read.radius);
    for (const grid::Box& piece : grid::difference(around(read.field, read.radius + margin), allowed)) {
      before.push_back(save(read.field, level, piece));
      fill(level, piece, std::numeric_limits<double>::quiet_NaN());
    }
  }
  try {
    call();
  } catch (...) {
    restore(before);
    throw;
  }
  restore(before);
}

void GuardedUpdate::check_outside() const {
  for (const Saved& old : outside_) {
    const std::optional<Element> changed = first_change(old);
    if (!changed) continue;
    const std::string where = text_of(old.field, *changed);
    if (!stage_->writes_field(old.field) || old.level.origin != output(old.field).origin) {
      throw error(Breach::changes_input,
                  fmt::format("changes {}{}", where, phrase_of(Breach::changes_input)));
    }
    const grid::Box region = cells_.shifted(fields_->brick(brick_).lower);
    throw error(
        Breach::writes_outside,
        fmt::format("writes {}{} {}", where, phrase_of(Breach::writes_outside), grid::to_string(region)));
  }
}

/// Throws if an output still holds the poison: either the update skips this cell, or it computes the NaN from
/// the old value of an output. Repeats the update with the marker in place of the poison: only a skipped cell
/// keeps it.
void GuardedUpdate::check_written() {
  for (const int f : stage_->writes) {
    if (in_place(f)) continue;
    const std::optional<Element> left = find_poison(output(f), cells_);
    if (!left) continue;
    restore(inside_);
    fill(output(f), cells_, marker);
    call();
    if (output(f).value(left->cell, left->component) == marker) {
      throw error(Breach::skips_cell, "does not write " + text_of(f, *left));
    }
    throw error(Breach::uses_old_value,
                fmt::format("computes {} from {}", text_of(f, *left), phrase_of(Breach::uses_old_value)));
  }
}

/// Throws if the results depend on an input that holds the poison of a work field within its declared radius.
void GuardedUpdate::check_inputs(const std::vector<Saved>& sound) {
  for (const solver::StageRead& read : stage_->reads) {
    const field::FieldView level = input(read.field);
    const grid::Box allowed = around(read.field, read.radius);
    const std::optional<Element> left = find_poison(level, allowed);
    if (!left) continue;
    const std::vector<Saved> poisoned{save(read.field, level, allowed)};
    restore(inside_);
    replace_poison(level, allowed, marker);
    call();
    const bool used = first_difference(sound).has_value();
    restore(poisoned);
    if (!used) continue;
    throw error(Breach::uses_old_value,
                fmt::format("reads {}, which depends on {}", text_of(read.field, *left),
                            phrase_of(Breach::uses_old_value)));
  }
}

void GuardedUpdate::find_read_beyond(const std::vector<Saved>& sound) {
  for (const solver::StageRead& read : stage_->reads) {
    restore(inside_);
    call_with_poisoned_surroundings(read.field);
    const std::optional<Found> found = first_difference(sound);
    if (!found) continue;
    throw error(Breach::reads_beyond,
                fmt::format("reads field `{}` {} {} to compute {}", fields_->schema_of(read.field).name,
                            phrase_of(Breach::reads_beyond), read.radius, text_of(found->field, found->at)));
  }
}

void GuardedUpdate::find_old_value(const std::vector<Saved>& sound) {
  for (const int f : stage_->writes) {
    if (in_place(f)) continue;
    restore(inside_);
    poison(output(f), cells_);
    call();
    const std::optional<Found> found = first_difference(sound);
    if (!found) continue;
    throw error(Breach::uses_old_value, fmt::format("computes {} from {}", text_of(found->field, found->at),
                                                    phrase_of(Breach::uses_old_value)));
  }
}

/// Copies of the outputs in the region.
std::vector<GuardedUpdate::Saved> GuardedUpdate::results() const {
  std::vector<Saved> all;
  for (const int f : stage_->writes) all.push_back(save(f, output(f), cells_));
  return all;
}

/// The first output in the region that differs from `sound`, if any.
std::optional<GuardedUpdate::Found> GuardedUpdate::first_difference(const std::vector<Saved>& sound) const {
  for (const Saved& s : sound) {
    if (const std::optional<Element> at = first_change(s)) return Found{s.field, *at};
  }
  return std::nullopt;
}

bool GuardedUpdate::has_nan() const {
  return std::any_of(stage_->writes.begin(), stage_->writes.end(),
                     [&](int f) { return find_nan(output(f), cells_).has_value(); });
}

base::Error GuardedUpdate::error(Breach breach, const std::string& rest) const {
  return breach_error(breach, fmt::format("stage `{}` {}", stage_->name, rest));
}

void GuardedUpdate::run() {
  for (const int f : stage_->writes) {
    if (!in_place(f)) poison(output(f), cells_);
  }
  call_with_poisoned_surroundings(std::nullopt);
  check_outside();
  check_written();
  // A solver that keeps state between steps is called again only to find the cause of a NaN.
  if (fields_->schema->one_step && !has_nan()) return;
  const std::vector<Saved> poisoned = results();
  restore(inside_);
  call();
  check_outside();  // the first check does not see changes of poisoned cells
  const std::vector<Saved> sound = results();
  const bool depends = std::any_of(poisoned.begin(), poisoned.end(),
                                   [](const Saved& s) { return first_change(s).has_value(); });
  const bool reads_poison =
      std::any_of(stage_->reads.begin(), stage_->reads.end(), [&](const solver::StageRead& r) {
        return find_poison(input(r.field), around(r.field, r.radius)).has_value();
      });
  if (depends || reads_poison) find_cause(sound);
}

/// Finds out which poison the results depend on. Leaves `sound` or, if a mere repetition changes the results,
/// those of the repetition: then only a comparison of whole runs can tell more.
void GuardedUpdate::find_cause(const std::vector<Saved>& sound) {
  restore(inside_);
  call();
  if (first_difference(sound)) return;
  find_read_beyond(sound);
  find_old_value(sound);
  check_inputs(sound);
  restore(sound);
}

}  // namespace tessera::loop
