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

/// Tracks when diagnostics, health checks, probes, fields and images are due in a run. The same on all ranks,
/// except for wall-clock cadences, which rank 0 decides.
class Occasions {
 public:
  explicit Occasions(const grid::JobSpec& job);

  /// Returns what is due after step `step`, which ended at `time`. `wall`: what is due by the wall clock;
  /// `last`: whether the run ends here. To be called once at the end of each time tile.
  unsigned due(std::int64_t step, double time, unsigned wall, bool last);

  /// Returns what has become due by the wall clock, `seconds` after the start of the loop. Rank 0 only.
  unsigned wall_due(double seconds);

  /// Whether anything is due after a step, by step number or simulated time.
  bool anything_due(std::int64_t step, double time) const;
  /// Number of steps from `step` to the next one at which anything is due by step number.
  std::int64_t steps_left(std::int64_t step) const;
  /// The next simulated time at which a step must end; +infinity if there is none.
  double landing() const;

  /// Continues as if all steps up to `time` had been tracked.
  void skip_to(double time);

 private:
  struct Entry {
    Occasion occasion;
    Schedule schedule;
  };

  std::array<Entry, 5> entries_;
  bool probes_;  // whether the job has probes
};

}  // namespace tessera::loop
