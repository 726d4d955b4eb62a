// The outputs and checks that are due between two steps.
#include "grid/loop/occasions.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace tessera;
using job::Cadence;
using loop::Occasions;

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
  return job;
}

}  // namespace

TEST_CASE("at the start all that recurs is due, at the end all that is ever due") {
  Occasions occasions{sample_job()};
  CHECK(occasions.due(0, 0.0, 0, false) ==
        (loop::diagnostics_due | loop::health_due | loop::probes_due | loop::fields_due));
  CHECK(occasions.due(7, 1.0, 0, true) == loop::all_occasions);
}

TEST_CASE("each cadence is followed") {
  Occasions occasions{sample_job()};
  CHECK(occasions.due(1, 1.0, 0, false) == 0u);
  CHECK(occasions.due(3, 2.0, 0, false) == loop::probes_due);
  CHECK(occasions.anything_due(4, 2.4));
  CHECK_FALSE(occasions.anything_due(5, 2.4));
  CHECK(occasions.anything_due(5, 2.5));
  CHECK(occasions.due(5, 2.5, 0, false) == loop::fields_due);
  CHECK_FALSE(occasions.anything_due(5, 2.5));
  CHECK(occasions.due(12, 4.0, 0, false) == (loop::diagnostics_due | loop::health_due | loop::probes_due));
  CHECK(occasions.due(13, 4.0, loop::images_due | loop::health_due, false) ==
        (loop::images_due | loop::health_due));
}

TEST_CASE("probes are never due if there are none") {
  grid::JobSpec job = sample_job();
  CHECK(Occasions{job}.steps_left(1) == 2);
  job.probes.points.clear();
  Occasions occasions{job};
  CHECK(occasions.steps_left(1) == 3);
  CHECK(occasions.due(3, 1.0, 0, false) == 0u);
  CHECK(occasions.due(5, 1.0, loop::probes_due, true) == (loop::all_occasions & ~loop::probes_due));
}

TEST_CASE("steps land on the times of field output and images") {
  grid::JobSpec job = sample_job();
  job.diagnostics_every = {Cadence::Unit::simulated, 0.1};  // these do not determine the end of a step
  Occasions occasions{job};
  CHECK(occasions.next_target_time() == 2.5);
  job.output.images_every = {Cadence::Unit::simulated, 2.0};
  Occasions both{job};
  CHECK(both.next_target_time() == 2.0);
  CHECK(both.due(1, 2.0, 0, false) == (loop::images_due | loop::diagnostics_due));
  CHECK(both.next_target_time() == 2.5);
  both.skip_to(6.0);
  CHECK(both.next_target_time() == 7.5);
}

TEST_CASE("the wall clock makes due what goes by it") {
  grid::JobSpec job = sample_job();
  job.health_every = {Cadence::Unit::wall, 10.0};
  job.output.images_every = {Cadence::Unit::wall, 15.0};
  Occasions occasions{job};
  CHECK(occasions.due_by_wall_clock(9.0) == 0u);
  CHECK(occasions.due_by_wall_clock(10.0) == loop::health_due);
  CHECK(occasions.due_by_wall_clock(20.0) == (loop::health_due | loop::images_due));
  CHECK(occasions.due_by_wall_clock(21.0) == 0u);
  grid::JobSpec idle;
  CHECK(Occasions{idle}.steps_left(0) == never);
}
