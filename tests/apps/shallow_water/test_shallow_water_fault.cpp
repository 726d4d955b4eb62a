// Earthquakes: each lifts the water exactly once, and the tsunami does not depend on the number of ranks.
#include "../../../apps/shallow_water/fault.h"
#include "../job_files.h"

#include "transport/native.h"

#include <fmt/format.h>

#include <cmath>

using shallow_water::Fault;

namespace {

const char* const fault_text =
    "[[parameters.fault]]\nlongitude = {}\nlatitude = {}\ndepth = 20\nstrike = 30\ndip = 15\nrake = 80\n"
    "slip = 7\nlength = 150\nwidth = 60\nrupture = {}\n";
Fault fault_at(double x, double y, double rupture) {
  return {{x, y}, 20e3, 30.0, 15.0, 80.0, 7.0, 150e3, 60e3, rupture};
}
std::string text_at(double x, double y, double rupture) {
  return fmt::format(fmt::runtime(fault_text), x, y, rupture);
}

/// A job of a flat sea, 4 km deep and 600 km wide, with walls on all sides.
std::string sea(const std::string& time, const std::string& faults) {
  return "[job]\nname = \"sea\"\nsolver = \"shallow_water\"\n[domain]\ncells = [60, 60]\nlower = [-300e3, "
         "-300e3]\n"
         "upper = [300e3, 300e3]\nboundary = \"wall\"\n[initial]\nbed = -4000\n[time]\n" +
         time + "\n" + faults;
}

/// The volume of water that a fault lifts in the sea of the run, summed over the cells.
double lifted(const FinishedRun& run, const Fault& fault) {
  const auto& g = run.job.geometry;
  double sum = 0.0;
  for (std::int64_t j = 0; j < g.cells[1]; ++j) {
    for (std::int64_t i = 0; i < g.cells[0]; ++i) sum += fault.uplift({g.centre(0, i), g.centre(1, j)}, 0.0);
  }
  return sum * g.spacing(0) * g.spacing(1);
}

/// A communicator that contains only this rank.
tessera::transport::Communicator alone() {
  auto native = std::make_unique<tessera::transport::Communicator::Native>();
  native->handle = MPI_COMM_SELF;
  return tessera::transport::Communicator{std::move(native)};
}

}  // namespace

TEST_CASE("an earthquake lifts the water once, whenever it strikes") {
  // Some of these times coincide with steps, except for rounding.
  for (const double rupture : {0.0, 0.3, 0.6, 0.7, 1.2, 2.3, 3.0, 3.3, 4.6}) {
    const auto run = run_job(world(), sea("end = 6\ndt = 0.1", text_at(1e4, -2e4, rupture)));
    const double rise = run.diagnostic("mass") - run.first_diagnostic("mass");
    CAPTURE(rupture);
    CHECK(rise == Approx(lifted(run, fault_at(1e4, -2e4, rupture))).epsilon(1e-9));
  }
}

TEST_CASE("two earthquakes lift it twice") {
  const auto run = run_job(world(), sea("end = \"2 min\"", text_at(0, 0, 0) + text_at(5e4, 3e4, 40)));
  const double rise = run.diagnostic("mass") - run.first_diagnostic("mass");
  const double expected = lifted(run, fault_at(0, 0, 0)) + lifted(run, fault_at(5e4, 3e4, 40));
  CHECK(expected > 1e10);
  CHECK(rise == Approx(expected).epsilon(1e-9));
}

TEST_CASE("the uplift reaches the wet cells of a real coast and no others") {
  const auto run =
      run_job(world(), job_files::text_of("shallow_water", "lake-at-rest.toml") + text_at(97.5, 3.0, 0.0),
              {"domain.cells=[420, 360]", "time.max_steps=1", "parameters.sea_level=0.0"});
  if (!world().is_root()) return;
  const auto& g = run.job.geometry;
  const Fault fault = fault_at(97.5, 3.0, 0.0);
  const auto &bed = run.field("bed"), &depth = run.field("depth");
  std::size_t n = 0, wet = 0, dry = 0;
  double worst = 0.0, highest = 0.0;
  for (std::int64_t j = 0; j < g.cells[1]; ++j) {
    for (std::int64_t i = 0; i < g.cells[0]; ++i, ++n) {
      const double before = std::max(0.0, -bed[n]);
      const double uplift = fault.uplift({g.centre(0, i), g.centre(1, j)}, g.radius);
      const bool shaken = std::abs(uplift) > 0.1;
      wet += shaken && before > 0.01;
      dry += shaken && before == 0.0;
      const double expected = before > 0.01 ? std::max(0.0, before + uplift) : before;
      worst = std::max(worst, std::abs(depth[n] - expected));
      highest = std::max(highest, uplift);
    }
  }
  CHECK(worst < 1e-9);
  CHECK(highest > 2.0);
  CHECK(wet > 20);
  CHECK(dry > 10);
}

TEST_CASE("a tsunami is the same bits on these ranks and on one, for any chunks") {
  const std::string text = job_files::text_of("shallow_water", "tsunami-2004.toml");
  std::vector<std::string> overrides{"domain.cells=[84, 72]", "time.end=40 min"};
  const auto one = run_job(alone(), text, overrides);
  CHECK(one.outcome.steps > 20);
  for (const char* chunk : {"9", "[84, 5]", "[11, 72]"}) {
    CAPTURE(chunk);
    auto more = overrides;
    more.push_back(fmt::format("domain.chunk={}", chunk));
    more.push_back("domain.partition=sfc");
    const auto run = run_job(world(), text, more);
    CHECK(run.digest == one.digest);
    CHECK(run.outcome.steps == one.outcome.steps);
    CHECK(run.outcome.diagnostics == one.outcome.diagnostics);
    REQUIRE(run.probes.size() == one.probes.size());
    for (std::size_t n = 0; n < run.probes.size(); ++n) {
      CHECK(run.probes[n].values == one.probes[n].values);
      CHECK(run.probes[n].cell == one.probes[n].cell);
      CHECK(run.probes[n].max_rise == one.probes[n].max_rise);
    }
  }
}
