// [[probes.region]] and [[probes.transect]] in a job file.
#include "checked_jobs.h"

#include <array>

using namespace tessera;
using namespace tessera::grid;
using namespace tessera::grid::sample;

namespace {

/// A region of the whole sphere, of which longitude is periodic, and one that crosses the date line.
const std::string regions_job = waves_job + R"toml(
[[probes.region]]
name = "world"
max = "surface"

[[probes.region]]
name = "date line"
box = [[-190, -170], [-10, 45]]
where = """bed < 0
  && t > ramp"""
integral = ["1", "momentum", """depth *
    gravity"""]
mean = " bed "
sum = "x"
min = []
)toml";

}  // namespace

TEST_CASE("regions are read completely") {
  const JobSpec job = valid_job(regions_job);
  REQUIRE(job.probes.regions.size() == 2);
  const Region& world = job.probes.regions[0];
  CHECK(world.name == "world");
  CHECK(world.bounds.lower == std::array{0.0, -45.0, 0.0});
  CHECK(world.bounds.upper == std::array{360.0, 45.0, 1.0});
  CHECK(world.where.empty());
  REQUIRE(world.values.size() == 1);
  CHECK(world.values[0].kind == RegionStatistic::max);
  CHECK(world.values[0].field == 4);
  CHECK(world.values[0].formula.empty());
  const Region& line = job.probes.regions[1];
  CHECK(line.name == "date line");
  CHECK(line.bounds.lower == std::array{170.0, -10.0, 0.0});
  CHECK(line.bounds.upper == std::array{190.0, 45.0, 1.0});
  CHECK(line.where == "bed < 0\n  && t > ramp");
  // In the order of the statistics; a field with two components has two values.
  REQUIRE(line.values.size() == 6);
  CHECK(line.values[0].kind == RegionStatistic::sum);
  CHECK(line.values[0].formula == "x");
  CHECK(line.values[1].kind == RegionStatistic::integral);
  CHECK(line.values[1].formula == "1");
  for (const std::size_t n : {2, 3}) {
    CHECK(line.values[n].field == 1);
    CHECK(line.values[n].component == static_cast<int>(n) - 2);
    CHECK(line.values[n].formula.empty());
  }
  CHECK(line.values[4].formula == "depth * gravity");
  CHECK(line.values[5].kind == RegionStatistic::mean);
  CHECK(line.values[5].field == 2);
}

TEST_CASE("[probes] may have regions and no points") {
  const std::string text =
      heat_job + "[probes]\nevery = \"3 steps\"\n[[probes.region]]\nname = \"all\"\nmax = \"1\"\n";
  const JobSpec job = valid_job(text);
  CHECK(job.probes.points.empty());
  CHECK_FALSE(job.probes.empty());
  CHECK(job.probes.every.amount == 3.0);
  CHECK(valid_job(heat_job).probes.empty());
}

TEST_CASE("the box of a region contains at least one centre of a cell along each axis") {
  const std::string text =
      heat_job + "[probes]\n[[probes.region]]\nname = \"r\"\nsum = \"1\"\n";  // x is periodic
  const auto box = [&](const std::string& value) { return messages(text, {"probes.region.0.box=" + value}); };
  CHECK(box("[[0.015625, 0.015625], [0, 0.5], [0, 0.25]]").empty());
  CHECK(box("[[-0.5, 0.1], [0, 0.5], [0, 0.25]]").empty());
  CHECK(box("[[0.9, 1.9], [0, 0.5], [0, 0.25]]").empty());
  CHECK(box("[[0, 0.015624], [0, 0.5], [0, 0.25]]") ==
        "the region contains no cell: along x, no centre of a cell is between its bounds\n");
  CHECK(box("[[0.9, 1.9001], [0, 0.5], [0, 0.25]]") == "the region is longer along x than the domain\n");
  CHECK(box("[[1.1, 1.2], [0, 0.5], [0, 0.25]]") ==
        "the region lies outside the domain: x ranges from 0 to 1\n");
  CHECK(box("[[0, 1], [0.1, 0.51], [0, 0.25]]") ==
        "the region lies outside the domain: y ranges from 0 to 0.5\n");
}

TEST_CASE("transects are read completely, and shifted into the domain as a whole") {
  const std::string text = waves_job + R"toml(
[[probes.transect]]
name = "shelf"
from = [-10, 5]
to = [-30.5, -40]
points = 101

[[probes.transect]]
name = "Greenwich"
from = [350, 0]
to = [370, 0]
points = 2
)toml";
  const std::vector<Transect> transects = valid_job(text).probes.transects;
  REQUIRE(transects.size() == 2);
  CHECK(transects[0].name == "shelf");
  CHECK(transects[0].from == std::array{350.0, 5.0, 0.0});
  CHECK(transects[0].to == std::array{329.5, -40.0, 0.0});
  CHECK(transects[0].points == 101);
  CHECK(transects[1].from == std::array{350.0, 0.0, 0.0});
  CHECK(transects[1].to == std::array{370.0, 0.0, 0.0});
  CHECK(messages(text, {"probes.transect.1.to=[711, 0]"}) ==
        "the transect leaves the domain: x ranges from 0 to 360\n");
}
