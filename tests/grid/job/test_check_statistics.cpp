// [[output.statistic]] in a job file.
#include "checked_jobs.h"
#include "grid/job/cell_formula.h"
#include "grid/job/field_formula.h"
#include "grid/job/identity.h"
#include "grid/job/statistic_fields.h"

#include <algorithm>

using namespace tessera;
using namespace tessera::grid;
using namespace tessera::grid::sample;

namespace {

const std::string statistics_job = waves_job + R"toml(
[[output.images]]
field = "deepest"

[[output.statistic]]
of = "surface"
statistic = "max"
every = "1 min"

[[output.statistic]]
of = "momentum"
component = 1
statistic = "mean"

[[output.statistic]]
name = "wet"
of = " depth "
statistic = "first_above"
above = -1

[[output.statistic]]
name = "deepest"
of = "max(surface - bed, 0) + gravity*x"
statistic = "min"
)toml";

constexpr int solver_fields = 5;

}  // namespace

TEST_CASE("statistics are read completely") {
  const JobSpec job = valid_job(statistics_job);
  const std::vector<Statistic>& s = job.output.statistics;
  REQUIRE(s.size() == 4);
  CHECK(s[0].name == "surface_max");
  CHECK(s[0].kind == StatisticKind::max);
  CHECK(s[0].field == 4);
  CHECK(s[0].component == 0);
  CHECK(s[0].formula.empty());
  CHECK(s[1].name == "momentum_1_mean");
  CHECK(s[1].kind == StatisticKind::mean);
  CHECK(s[1].field == 1);
  CHECK(s[1].component == 1);
  CHECK(s[2].name == "wet");
  CHECK(s[2].kind == StatisticKind::first_above);
  CHECK(s[2].field == 0);
  CHECK(s[2].above == -1.0);
  CHECK(s[2].unit == "s");
  CHECK(s[3].kind == StatisticKind::min);
  CHECK(s[3].formula == "max(surface - bed, 0) + gravity*x");
  CHECK(job.output.statistics_every.unit == job::Cadence::Unit::simulated);
  CHECK(job.output.statistics_every.amount == 60.0);
  // The fields of the statistics follow those of the solver, and are written after those in `fields`.
  CHECK(job.output.fields == std::vector<int>{0, 1, 2, 4, 5, 6, 7, 8});
  CHECK(job.output.images.at(2).field == solver_fields + 3);
}

TEST_CASE("statistics have the unit of their field, and are sampled at every step by default") {
  const std::string text = heat_job + "[[output.statistic]]\nof = \"temperature\"\nstatistic = \"mean\"\n";
  JobSpec job = valid_job(text, {"output.formats=[\"hdf5\"]", "output.every=\"never\""});
  CHECK(job.output.statistics.at(0).unit == "K");
  CHECK(job.output.statistics_every.unit == job::Cadence::Unit::steps);
  CHECK(job.output.statistics_every.amount == 1.0);
  CHECK(job.output.every.unit == job::Cadence::Unit::end);  // the results are written at the end in any case
  job =
      valid_job(text, {"output.fields=[\"temperature_mean\", \"temperature\"]", "output.formats=[\"hdf5\"]"});
  CHECK(job.output.fields == std::vector<int>{1, 0});
  CHECK(valid_job(heat_job).output.statistics_every.unit == job::Cadence::Unit::never);
  // Without field files, an image must show the statistic.
  CHECK(messages(text, {}) == "no output shows the statistic `temperature_mean`\n");
  CHECK(valid_job(text, {"output.images.field=\"temperature_mean\""}).output.images.at(0).field == 1);
}

TEST_CASE("maps show the statistics of a domain of 2 dimensions") {
  const auto with = [](const char* formats) {
    return messages(statistics_job, {std::string{"output.formats="} + formats});
  };
  CHECK(with("[\"geotiff\", \"kml\"]") == "");
  const OutputSpec output = valid_job(statistics_job, {"output.formats=[\"kml\"]"}).output;
  CHECK_FALSE(output.hdf5);
  CHECK_FALSE(output.geotiff);
  CHECK(output.kml);
  CHECK(with("[\"hdf5\", \"tiff\"]") == "unknown output format `tiff`\n");
  CHECK(messages(waves_job, {"output.formats=[\"hdf5\", \"kml\"]"}) ==
        "\"kml\" shows statistics, but the job has none\n");
  CHECK(messages(statistics_job, {"output.formats=[\"geotiff\"]", "domain.cells=[40000, 20000]"}) ==
        "a GeoTIFF file of 800 M cells would be larger than 4 GB\n");
  CHECK(messages(heat_job + "[[output.statistic]]\nof = \"temperature\"\nstatistic = \"max\"\n",
                 {"output.formats=[\"geotiff\"]"}) ==
        "\"geotiff\" needs a domain of 2 dimensions, but this one has 3\n");
}

TEST_CASE("the fields of statistics belong to checkpoints but not to the identity of the job") {
  const JobSpec job = valid_job(statistics_job);
  solver::SolverSchema schema = sample::waves();
  const std::string identity = identity_of(job, schema);
  const double bytes = bytes_per_cell(schema);
  const std::vector<solver::FieldSchema> fields = statistic_fields(job.output, schema);
  CHECK(fields.at(2).help == "first_above of depth[0] above -1");
  schema.fields.insert(schema.fields.end(), fields.begin(), fields.end());
  CHECK(identity_of(job, schema) == identity);
  CHECK(identity_of(valid_job(waves_job), sample::waves()) == identity);
  CHECK(stored_fields(schema) == std::vector<int>{0, 1, 2, 5, 6, 7, 8});
  CHECK(bytes_per_cell(schema) == bytes + 4 * 8);
  // Statistics are not variables of formulas.
  CHECK(condition_fields(schema) == condition_fields(sample::waves()));
}

TEST_CASE("the definition of a statistic contains all that its values depend on") {
  const JobSpec job = valid_job(statistics_job);
  const solver::SolverSchema schema = sample::waves();
  const auto definition = [&](std::size_t n) { return definition_of(job.output.statistics.at(n), schema); };
  CHECK(definition(0) == "surface_max: max of surface[0]");
  CHECK(definition(1) == "momentum_1_mean: mean of momentum[1]");
  CHECK(definition(2) == "wet: first_above of depth[0] above -1");
  CHECK(definition(3) == "deepest: min of the formula max(surface - bed, 0) + gravity*x");
}

TEST_CASE("a formula of the fields is evaluated in each cell of a row") {
  const JobSpec job = valid_job(statistics_job);
  const solver::SolverSchema schema = sample::waves();
  std::vector<field::FieldSpec> specs;
  for (const solver::FieldSchema& f : schema.fields) {
    const auto scalar = f.scalar == solver::Scalar::float64 ? field::Scalar::float64 : field::Scalar::float32;
    specs.push_back({f.name, scalar, f.components, 1, {{1, 2, 0}}});
  }
  const Box brick{{{10, 4, 0}}, {{13, 6, 1}}};
  field::FieldStore store{specs, {brick}, 2};
  for (std::int64_t j = 0; j < 2; ++j) {
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto value = static_cast<double>(i + 3 * j);
      *store.current(0, 0).at<double>({{i, j, 0}}) = value;
      *store.current(0, 4).at<double>({{i, j, 0}}) = 0.5 * value;
    }
  }
  CellFormula formula{"depth*1000 + surface + 10*order + y + t/4 + x", schema, job};
  CHECK(formula.fields() == std::vector<int>{0, 4});
  std::vector<double> values(4, -1.0);
  formula.evaluate(store, 0, {{0, 1, 0}}, 3, 2.0, values.data());
  for (int i = 0; i < 3; ++i) {
    const double depth = 3.0 + i;
    const double expected = depth * 1000 + 0.5 * depth + 10.0 * 3.0 + job.geometry.centre(1, 5) + 2.0 / 4 +
                            job.geometry.centre(0, 10 + i);
    CHECK(values[static_cast<std::size_t>(i)] == expected);
  }
  CHECK(values[3] == -1.0);
  CHECK(CellFormula{"pi", schema, job}.fields().empty());
}
