// Earthquakes: each fault lifts the water exactly once, and the results do not depend on the number of ranks.
#include "../../../apps/shallow_water/fault.h"
#include "../job_files.h"

#include "transport/native.h"

#include <fmt/format.h>

#include <cmath>

using shallow_water::Fault;

namespace {

const char* const fault_template =
    "[[parameters.fault]]\nlongitude = {}\nlatitude = {}\ndepth = 20\nstrike = 30\ndip = 15\nrake = 80\n"
    "slip = 7\nlength = 150\nwidth = 60\nrupture = {}\n";
Fault make_fault(double x, double y, double rupture) {
  return {{x, y}, 20e3, 30.0, 15.0, 80.0, 7.0, 150e3, 60e3, rupture};
}
std::string fault_section(double x, double y, double rupture) {
  return fmt::format(fmt::runtime(fault_template), x, y, rupture);
}

/// Returns a job for a sea with a flat bottom, 4 km deep and 600 km wide, and walls on all sides. `time` is
/// the contents of [time]; `faults` are sections.
std::string sea_job(const std::string& time, const std::string& faults) {
  return "[job]\nname = \"sea\"\nsolver = \"shallow_water\"\n[domain]\ncells = [60, 60]\nlower = [-300e3, "
         "-300e3]\n"
         "upper = [300e3, 300e3]\nboundary = \"wall\"\n[initial]\nbed = -4000\n[time]\n" +
         time + "\n" + faults;
}

/// The volume of water that a fault lifts in the domain of a run, summed over the cells.
double lifted_volume(const FinishedRun& run, const Fault& fault) {
  const auto& g = run.job.geometry;
  double sum = 0.0;
  for (std::int64_t j = 0; j < g.cells[1]; ++j) {
    for (std::int64_t i = 0; i < g.cells[0]; ++i) sum += fault.uplift({g.centre(0, i), g.centre(1, j)}, 0.0);
  }
  return sum * g.spacing(0) * g.spacing(1);
}

/// Returns a communicator that contains only this rank.
tessera::transport::Communicator self_communicator() {
  auto native = std::make_unique<tessera::transport::Communicator::Native>();
  native->handle = MPI_COMM_SELF;
  return tessera::transport::Communicator{std::move(native)};
}

}  // namespace

TEST_CASE("an earthquake lifts the water exactly once at any rupture time") {
  // Some of these times coincide with the start of a step up to rounding.
  for (const double rupture : {0.0, 0.3, 0.6, 0.7, 1.2, 2.3, 3.0, 3.3, 4.6}) {
    const auto run = run_job(world(), sea_job("end = 6\ndt = 0.1", fault_section(1e4, -2e4, rupture)));
    const double rise = run.diagnostic("mass") - run.first_diagnostic("mass");
    CAPTURE(rupture);
    CHECK(rise == Approx(lifted_volume(run, make_fault(1e4, -2e4, rupture))).epsilon(1e-9));
  }
}

TEST_CASE("two earthquakes lift the water by the sum of their uplifts") {
  const auto run =
      run_job(world(), sea_job("end = \"2 min\"", fault_section(0, 0, 0) + fault_section(5e4, 3e4, 40)));
  const double rise = run.diagnostic("mass") - run.first_diagnostic("mass");
  const double expected =
      lifted_volume(run, make_fault(0, 0, 0)) + lifted_volume(run, make_fault(5e4, 3e4, 40));
  CHECK(expected > 1e10);
  CHECK(rise == Approx(expected).epsilon(1e-9));
}

TEST_CASE("the uplift at a real coast changes the depth of wet cells only") {
  const auto run =
      run_job(world(), job_files::read("shallow_water", "lake-at-rest.toml") + fault_section(97.5, 3.0, 0.0),
              {"domain.cells=[420, 360]", "time.max_steps=1", "parameters.sea_level=0.0"});
  if (!world().is_root()) return;
  const auto& g = run.job.geometry;
  const Fault fault = make_fault(97.5, 3.0, 0.0);
  const auto &bed = run.field("bed"), &depth = run.field("depth");
  std::size_t n = 0, wet = 0, dry = 0;
  double worst = 0.0, highest = 0.0;
  for (std::int64_t j = 0; j < g.cells[1]; ++j) {
    for (std::int64_t i = 0; i < g.cells[0]; ++i, ++n) {
      const double depth_before = std::max(0.0, -bed[n]);
      const double uplift = fault.uplift({g.centre(0, i), g.centre(1, j)}, g.radius);
      const bool displaced = std::abs(uplift) > 0.1;
      wet += displaced && depth_before > 0.01;
      dry += displaced && depth_before == 0.0;
      const double expected = depth_before > 0.01 ? std::max(0.0, depth_before + uplift) : depth_before;
      worst = std::max(worst, std::abs(depth[n] - expected));
      highest = std::max(highest, uplift);
    }
  }
  CHECK(worst < 1e-9);
  CHECK(highest > 2.0);
  CHECK(wet > 20);
  CHECK(dry > 10);
}

TEST_CASE("the results of a tsunami are bit-identical to those on one rank for any chunk size") {
  const std::string text = job_files::read("shallow_water", "tsunami-2004.toml");
  std::vector<std::string> overrides{"domain.cells=[84, 72]", "time.end=40 min"};
  const auto serial = run_job(self_communicator(), text, overrides);
  CHECK(serial.outcome.steps > 20);
  for (const char* chunk : {"9", "[84, 5]", "[11, 72]"}) {
    CAPTURE(chunk);
    auto chunked = overrides;
    chunked.push_back(fmt::format("domain.chunk={}", chunk));
    chunked.push_back("domain.partition=sfc");
    const auto run = run_job(world(), text, chunked);
    CHECK(run.digest == serial.digest);
    CHECK(run.outcome.steps == serial.outcome.steps);
    CHECK(run.outcome.diagnostics == serial.outcome.diagnostics);
    REQUIRE(run.probes.size() == serial.probes.size());
    for (std::size_t n = 0; n < run.probes.size(); ++n) {
      CHECK(run.probes[n].values == serial.probes[n].values);
      CHECK(run.probes[n].cell == serial.probes[n].cell);
      CHECK(run.probes[n].max_rise == serial.probes[n].max_rise);
    }
  }
}
