// What is due between two steps.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/schedule.h"

#include <array>
#include <cstdint>

namespace tessera::loop {

/// What recurs in a run, as bits.
enum Occasion : unsigned {
  diagnostics_due = 1,
  health_due = 2,
  probes_due = 4,
  fields_due = 8,
  images_due = 16
};
constexpr unsigned all_occasions = 31;

/// Follows the cadences of diagnostics, health checks, probes, fields and images through a run. The same on
/// all ranks, but for the wall clock, which is that of rank 0.
class Occasions {
 public:
  explicit Occasions(const grid::JobSpec& job);

  /// What is due after step `step`, which ended at `time`. `wall`: what the wall clock makes due; `last`: the
  /// run ends here. Called once per step at which a time tile ends.
  unsigned due(std::int64_t step, double time, unsigned wall, bool last);

  /// What has become due by the wall clock, `seconds` after the start of the loop. On rank 0.
  unsigned wall_due(double seconds);

  /// Whether anything is due after a step, by its number or its time.
  bool anything_due(std::int64_t step, double time) const;
  /// Steps from `step` to the next one at which anything is due by its number.
  std::int64_t steps_left(std::int64_t step) const;
  /// The next simulated time at which a step must end; +infinity if there is none.
  double landing() const;

  /// Continues as if every step up to `time` had been followed.
  void skip_to(double time);

 private:
  struct Entry {
    Occasion occasion;
    Schedule schedule;
  };

  std::array<Entry, 5> entries_;
  bool probes_;  // whether there are any
};

}  // namespace tessera::loop
