// When the recurring outputs and checks of a run are due.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/schedule.h"

#include <array>
#include <cstdint>

namespace tessera::loop {

/// The recurring outputs and checks of a run, as bits.
enum Event : unsigned {
  diagnostics_due = 1,
  health_due = 2,
  probes_due = 4,
  fields_due = 8,
  images_due = 16,
  statistics_due = 32
};
constexpr unsigned all_events = 63;

/// Tracks when diagnostics, health checks, probes, fields, images and samples of statistics are due in a run.
/// All ranks get the same results, except for wall-clock cadences, which only rank 0 evaluates.
class EventSchedule {
 public:
  explicit EventSchedule(const grid::JobSpec& job);

  /// Returns the events that are due after step `step`, which ended at simulated time `time`, and advances
  /// the schedule. `by_wall_clock`: the events that are due by the wall clock; `run_ends`: whether the run
  /// ends at this step. Must be called once at the start of a run (step 0) and once after each time tile.
  unsigned due(std::int64_t step, double time, unsigned by_wall_clock, bool run_ends);

  /// Returns the events that have become due by the wall clock since the last call. `seconds`: time since the
  /// start of the loop. Must be called on rank 0 only.
  unsigned due_by_wall_clock(double seconds);

  /// Whether any event is due after step `step`, which ends at simulated time `time`. Disregards wall-clock
  /// cadences; does not advance the schedule.
  bool anything_due(std::int64_t step, double time) const;
  /// Number of steps from `step` to the next step at which an event is due by step number; the largest
  /// integer if no cadence is in steps.
  std::int64_t steps_left(std::int64_t step) const;
  /// The next simulated time at which a step must end; +infinity if there is none, or if the job does not
  /// shorten steps.
  double next_target_time() const;

  /// Skips all events that are due by simulated time `time`. Must be called when a run resumes at that time.
  void skip_to(double time);

 private:
  struct Entry {
    Event event;
    Schedule schedule;
  };

  std::array<Entry, 6> entries_;
  bool has_probes_;
  bool shorten_steps_;
};

/// Returns the largest number of steps per time tile that the cadences of a job allow. Disregards
/// load-balance checks, which may be due early and often. `stable_dt_varies`: see TimeSteps.
std::int64_t max_steps_per_tile(const grid::JobSpec& job, bool stable_dt_varies);

}  // namespace tessera::loop
