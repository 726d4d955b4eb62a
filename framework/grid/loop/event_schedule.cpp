#include "grid/loop/event_schedule.h"

#include "grid/loop/time_steps.h"

#include <algorithm>
#include <limits>

namespace tessera::loop {

EventSchedule::EventSchedule(const grid::JobSpec& job)
    : entries_{{{diagnostics_due, Schedule{job.diagnostics_every}},
                {health_due, Schedule{job.health_every}},
                {probes_due, Schedule{job.probes.every}},
                {fields_due, Schedule{job.output.every}},
                {images_due, Schedule{job.output.images_every}},
                {statistics_due, Schedule{job.output.statistics_every}}}},
      has_probes_{!job.probes.empty()},
      shorten_steps_{job.time.shorten_steps} {}

unsigned EventSchedule::due(std::int64_t step, double time, unsigned by_wall_clock, bool run_ends) {
  unsigned mask = 0;
  for (Entry& e : entries_) {
    const bool due_now = e.schedule.due(step, time);
    const bool is_due =
        step == 0 ? e.schedule.due_at_start()
                  : due_now || (by_wall_clock & e.event) != 0 || (run_ends && e.schedule.due_at_end());
    if (is_due) mask |= e.event;
  }
  return has_probes_ ? mask : mask & ~static_cast<unsigned>(probes_due);
}

unsigned EventSchedule::due_by_wall_clock(double seconds) {
  unsigned mask = 0;
  for (Entry& e : entries_) {
    if (e.schedule.due_by_wall_clock(seconds)) mask |= e.event;
  }
  return mask;
}

bool EventSchedule::anything_due(std::int64_t step, double time) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& e) { return e.schedule.would_be_due(step, time); });
}

std::int64_t EventSchedule::steps_left(std::int64_t step) const {
  std::int64_t left = std::numeric_limits<std::int64_t>::max();
  for (const Entry& e : entries_) {
    if (e.event != probes_due || has_probes_) left = std::min(left, e.schedule.steps_left(step));
  }
  return left;
}

double EventSchedule::next_target_time() const {
  double next = std::numeric_limits<double>::infinity();
  if (!shorten_steps_) return next;
  for (const Entry& e : entries_) {
    if (e.event == fields_due || e.event == images_due) next = std::min(next, e.schedule.next_time());
  }
  return next;
}

void EventSchedule::skip_to(double time) {
  for (Entry& e : entries_) e.schedule.skip_to(time);
}

std::int64_t max_steps_per_tile(const grid::JobSpec& job, bool stable_dt_varies) {
  return std::min({TimeSteps{job.time, stable_dt_varies}.steps_left(), EventSchedule{job}.steps_left(0),
                   Schedule{job.checkpoint.every}.steps_left(0)});
}

}  // namespace tessera::loop
