#include "grid/loop/occasions.h"

#include <algorithm>
#include <limits>

namespace tessera::loop {

Occasions::Occasions(const grid::JobSpec& job)
    : entries_{{{diagnostics_due, Schedule{job.diagnostics_every}},
                {health_due, Schedule{job.health_every}},
                {probes_due, Schedule{job.probes.every}},
                {fields_due, Schedule{job.output.every}},
                {images_due, Schedule{job.output.images_every}}}},
      probes_{!job.probes.points.empty()} {}

unsigned Occasions::due(std::int64_t step, double time, unsigned wall, bool last) {
  unsigned mask = 0;
  for (Entry& e : entries_) {
    const bool by_step = e.schedule.due(step, time);
    const bool now = step == 0 ? e.schedule.at_start()
                               : by_step || (wall & e.occasion) != 0 || (last && e.schedule.at_end());
    if (now) mask |= e.occasion;
  }
  return probes_ ? mask : mask & ~static_cast<unsigned>(probes_due);
}

unsigned Occasions::wall_due(double seconds) {
  unsigned mask = 0;
  for (Entry& e : entries_) {
    if (e.schedule.wall_due(seconds)) mask |= e.occasion;
  }
  return mask;
}

bool Occasions::anything_due(std::int64_t step, double time) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& e) { return e.schedule.would_be_due(step, time); });
}

std::int64_t Occasions::steps_left(std::int64_t step) const {
  std::int64_t left = std::numeric_limits<std::int64_t>::max();
  for (const Entry& e : entries_) {
    if (e.occasion != probes_due || probes_) left = std::min(left, e.schedule.steps_left(step));
  }
  return left;
}

double Occasions::landing() const {
  double next = std::numeric_limits<double>::infinity();
  for (const Entry& e : entries_) {
    if (e.occasion == fields_due || e.occasion == images_due) next = std::min(next, e.schedule.next_time());
  }
  return next;
}

void Occasions::skip_to(double time) {
  for (Entry& e : entries_) e.schedule.skip_to(time);
}

}  // namespace tessera::loop
