// When the recurring outputs and checks of a run are due.
#include "grid/loop/event_schedule.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace tessera;
using job::Cadence;
using loop::EventSchedule;

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

grid::JobSpec sample_job() {
  grid::JobSpec job;
  job.diagnostics_every = {Cadence::Unit::steps, 4.0};
  job.health_every = {Cadence::Unit::steps, 6.0};
  job.probes.every = {Cadence::Unit::steps, 3.0};
  job.probes.points.resize(1);
  job.output.every = {Cadence::Unit::simulated, 2.5};
  job.output.images_every = {Cadence::Unit::end, 0.0};
  job.output.statistics_every = {Cadence::Unit::simulated, 7.0};
  return job;
}

}  // namespace

TEST_CASE("events that recur are due at the start, and all events at the end") {
  EventSchedule schedule{sample_job()};
  CHECK(schedule.due(0, 0.0, 0, false) == (loop::diagnostics_due | loop::health_due | loop::probes_due |
                                           loop::fields_due | loop::statistics_due));
  CHECK(schedule.due(7, 1.0, 0, true) == loop::all_events);
}

TEST_CASE("each event is due at its own cadence") {
  EventSchedule schedule{sample_job()};
  CHECK(schedule.due(1, 1.0, 0, false) == 0u);
  CHECK(schedule.due(3, 2.0, 0, false) == loop::probes_due);
  CHECK(schedule.anything_due(4, 2.4));
  CHECK_FALSE(schedule.anything_due(5, 2.4));
  CHECK(schedule.anything_due(5, 2.5));
  CHECK(schedule.due(5, 2.5, 0, false) == loop::fields_due);
  CHECK_FALSE(schedule.anything_due(5, 2.5));
  CHECK(schedule.due(12, 4.0, 0, false) == (loop::diagnostics_due | loop::health_due | loop::probes_due));
  CHECK(schedule.due(13, 4.0, loop::images_due | loop::health_due, false) ==
        (loop::images_due | loop::health_due));
}

TEST_CASE("probes are never due in a job without points, regions and transects") {
  grid::JobSpec job = sample_job();
  CHECK(EventSchedule{job}.steps_left(1) == 2);
  job.probes.points.clear();
  EventSchedule schedule{job};
  CHECK(schedule.steps_left(1) == 3);
  CHECK(schedule.due(3, 1.0, 0, false) == 0u);
  CHECK(schedule.due(5, 1.0, loop::probes_due, true) == (loop::all_events & ~loop::probes_due));
  job.probes.regions.resize(1);
  CHECK(EventSchedule{job}.steps_left(1) == 2);
  CHECK(EventSchedule{job}.due(3, 1.0, 0, false) == loop::probes_due);
  job.probes.regions.clear();
  job.probes.transects.resize(1);
  CHECK(EventSchedule{job}.steps_left(1) == 2);
}

TEST_CASE("statistics are due at their cadence, and never in a job without statistics") {
  EventSchedule schedule{sample_job()};
  CHECK_FALSE(schedule.anything_due(13, 2.4));
  CHECK(schedule.due(13, 7.0, 0, false) == (loop::statistics_due | loop::fields_due));
  grid::JobSpec job = sample_job();
  job.output.statistics_every = grid::JobSpec{}.output.statistics_every;
  EventSchedule none{job};
  CHECK((none.due(0, 0.0, 0, false) & loop::statistics_due) == 0u);
  CHECK(none.due(13, 7.0, 0, true) == (loop::all_events & ~static_cast<unsigned>(loop::statistics_due)));
}

TEST_CASE("the target times of steps are the output times of fields and images") {
  grid::JobSpec job = sample_job();
  job.diagnostics_every = {Cadence::Unit::simulated, 0.1};  // does not determine the end of a step
  EventSchedule schedule{job};
  CHECK(schedule.next_target_time() == 2.5);
  job.output.images_every = {Cadence::Unit::simulated, 2.0};
  EventSchedule two_cadences{job};
  CHECK(two_cadences.next_target_time() == 2.0);
  CHECK(two_cadences.due(1, 2.0, 0, false) == (loop::images_due | loop::diagnostics_due));
  CHECK(two_cadences.next_target_time() == 2.5);
  two_cadences.skip_to(6.0);
  CHECK(two_cadences.next_target_time() == 7.5);
  job.time.shorten_steps = false;
  EventSchedule free_steps{job};
  CHECK(free_steps.next_target_time() == std::numeric_limits<double>::infinity());
  CHECK_FALSE(free_steps.anything_due(1, 0.05));
  CHECK(free_steps.due(1, 2.25, 0, false) == (loop::images_due | loop::diagnostics_due));
  CHECK(free_steps.due(2, 2.75, 0, false) == (loop::fields_due | loop::diagnostics_due));
}

TEST_CASE("an event with a wall-clock cadence becomes due by the wall clock") {
  grid::JobSpec job = sample_job();
  job.health_every = {Cadence::Unit::wall, 10.0};
  job.output.images_every = {Cadence::Unit::wall, 15.0};
  EventSchedule schedule{job};
  CHECK(schedule.due_by_wall_clock(9.0) == 0u);
  CHECK(schedule.due_by_wall_clock(10.0) == loop::health_due);
  CHECK(schedule.due_by_wall_clock(20.0) == (loop::health_due | loop::images_due));
  CHECK(schedule.due_by_wall_clock(21.0) == 0u);
  grid::JobSpec job_without_events;
  CHECK(EventSchedule{job_without_events}.steps_left(0) == never);
}
