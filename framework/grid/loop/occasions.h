// The outputs and checks that are due between two steps.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/schedule.h"

#include <array>
#include <cstdint>

namespace tessera::loop {

/// Recurring outputs and checks of a run, as bits.
enum Occasion : unsigned {
  diagnostics_due = 1,
  health_due = 2,
  probes_due = 4,
  fields_due = 8,
  images_due = 16
};
constexpr unsigned all_occasions = 31;

/// Tracks when diagnostics, health checks, probes, fields and images are due in a run. All ranks get the same
/// results, except for wall-clock cadences, which only rank 0 evaluates.
class Occasions {
 public:
  explicit Occasions(const grid::JobSpec& job);

  /// Returns the occasions that are due after step `step`, which ended at `time`. `by_wall_clock`: the
  /// occasions that are due by the wall clock; `run_ends`: whether the run ends here. Must be called once at
  /// the start of a run (step 0) and once after each time tile.
  unsigned due(std::int64_t step, double time, unsigned by_wall_clock, bool run_ends);

  /// Returns the occasions that have become due by the wall clock since the last call. `seconds`: time since
  /// the start of the loop. Rank 0 only.
  unsigned due_by_wall_clock(double seconds);

  /// Whether anything is due after a step, by step number or simulated time.
  bool anything_due(std::int64_t step, double time) const;
  /// Number of steps from `step` to the next one at which anything is due by step number.
  std::int64_t steps_left(std::int64_t step) const;
  /// The next simulated time at which a step must end; +infinity if there is none.
  double next_target_time() const;

  /// Continues as if all steps up to simulated time `time` had been tracked.
  void skip_to(double time);

 private:
  struct Entry {
    Occasion occasion;
    Schedule schedule;
  };

  std::array<Entry, 5> entries_;
  bool has_probes_;
};

}  // namespace tessera::loop
