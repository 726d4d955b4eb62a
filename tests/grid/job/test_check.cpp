#include "checked_jobs.h"
#include "grid/job/identity.h"
#include "support/temporary_folder.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <stdexcept>

using namespace tessera;
using namespace tessera::grid;
using namespace tessera::job;
using namespace tessera::grid::sample;

TEST_CASE("a valid job on a Cartesian domain is read completely") {
  const JobSpec job = valid_job(sample::heat_job);
  CHECK(job.path == "job.toml");
  CHECK(job.folder == ".");
  CHECK(job.text == sample::heat_job);
  CHECK(job.name == "hot spot");
  CHECK(job.solver == "heat");
  CHECK(job.geometry.dimensions == 3);
  CHECK(job.geometry.cells == grid::Index{{32, 16, 8}});
  CHECK(job.geometry.upper == std::array<double, 3>{1.0, 0.5, 0.25});
  CHECK(job.geometry.periodic == std::array<bool, 3>{true, false, false});
  CHECK(job.chunk == grid::Index{{8, 8, 8}});
  CHECK(job.partitioner == Partitioner::sfc);
  CHECK(job.boundary[0][0].kind == BoundaryKind::periodic);
  CHECK(job.boundary[0][1].kind == BoundaryKind::periodic);
  CHECK(job.boundary[1][0].kind == BoundaryKind::fixed);
  CHECK(std::get<FormulaText>(job.boundary[1][0].values.at(0).value).text == "300 + x");
  CHECK(job.boundary[1][1].kind == BoundaryKind::outflow);
  CHECK(job.boundary[2][0].kind == BoundaryKind::outflow);
  CHECK(job.boundary[2][1].kind == BoundaryKind::wall);
  CHECK(job.parameters.at(0).reals == std::vector<double>{0.1});
  CHECK(job.initial.size() == 1);
  CHECK(job.time.end == 0.01);
  CHECK(job.time.cfl == 0.5);
  CHECK_FALSE(job.time.dt);
  CHECK(job.time.max_steps == 1000);
  CHECK(job.diagnostics_every.unit == Cadence::Unit::steps);
  CHECK(job.diagnostics_every.amount == 10);
  CHECK(job.health_every.unit == Cadence::Unit::never);
  CHECK(job.output_directory == "results");
  CHECK(job.output.every.amount == 1e-3);
  CHECK_FALSE(job.output.hdf5);
  REQUIRE(job.output.images.size() == 1);
  CHECK(job.output.images[0].slice_axis == 2);
  CHECK(job.output.images[0].slice_at == 0.125);
  CHECK(job.output.images[0].colormap == "inferno");
  CHECK(job.output.images[0].range == std::array<double, 2>{300.0, 350.5});
  CHECK(job.output.images[0].width == 640);
  CHECK_FALSE(job.output.images[0].probes);
  CHECK(job.output.images_every.unit == Cadence::Unit::wall);
  CHECK(job.log.level == LogLevel::debug);
  CHECK(job.log.per_rank);
  CHECK(bytes_per_cell(sample::heat()) == 16.0);
}

TEST_CASE("a valid job on a sphere is read completely") {
  const JobSpec job = valid_job(sample::waves_job);
  CHECK(job.geometry.coordinates == grid::Coordinates::spherical);
  CHECK(job.geometry.radius == 6371220.0);
  CHECK(job.geometry.cells == grid::Index{{40, 20, 1}});
  CHECK(job.geometry.periodic == std::array<bool, 3>{true, false, false});
  CHECK(job.boundary[1][0].kind == BoundaryKind::wall);
  const FaceBoundary& north = job.boundary[1][1];
  CHECK(north.kind == BoundaryKind::face);
  REQUIRE(north.values.size() == 3);
  CHECK(north.values[1].field == 1);
  CHECK(north.values[1].component == 1);
  CHECK(std::get<double>(north.values[2].value) == 10.0);
  const std::vector<std::vector<double>> reals{{9.8}, {}, {}, {}, {60}, {1.5, 2}, {}};
  const std::vector<std::vector<std::int64_t>> integers{{}, {3}, {1}, {}, {}, {}, {}};
  REQUIRE(job.parameters.size() == reals.size());
  for (std::size_t n = 0; n < reals.size(); ++n) {
    CHECK(job.parameters[n].reals == reals[n]);
    CHECK(job.parameters[n].integers == integers[n]);
  }
  CHECK(job.parameters[3].texts == std::vector<std::string>{"superbee"});
  CHECK(job.parameters[6].texts == std::vector<std::string>{"first", "unnamed"});
  REQUIRE(job.initial.size() == 4);
  CHECK(job.initial[2].component == 1);
  CHECK(std::get<double>(job.initial[3].value) == -4000.0);
  CHECK(job.time.end == 5400.0);
  CHECK(job.time.dt == 0.5);
  CHECK(job.probes.fields == std::vector<int>{4, 0});
  CHECK(job.probes.arrival_field == 4);
  CHECK(job.probes.arrival_above == 0.05);
  REQUIRE(job.probes.points.size() == 2);
  CHECK(job.probes.points[0].observed_arrival == 10200.0);
  CHECK(job.probes.points[1].at == std::array<double, 3>{73.1, -0.7, 0.0});
  CHECK(job.output.fields == std::vector<int>{0, 1, 2, 4});
  REQUIRE(job.output.images.size() == 2);
  CHECK(job.output.images[0].component == 1);
  CHECK(job.output.images[0].mask_field == 2);
  CHECK(job.output.images[1].colormap == "coolwarm");
  // depth (two levels), momentum and bed (one level each), flux (single precision), surface
  CHECK(bytes_per_cell(sample::waves()) == 2 * 8 + 2 * 8 + 8 + 2 * 4 + 8);
}

TEST_CASE("omitted keys have their default values") {
  const JobSpec job = valid_job(
      "[job]\nname='a'\nsolver='heat'\n[domain]\ncells=[8]\n[initial]\ntemperature=1\n[time]\nmax_steps=3\n");
  CHECK(job.geometry.dimensions == 1);
  CHECK(job.geometry.lower == std::array<double, 3>{0, 0, 0});
  CHECK(job.geometry.upper == std::array<double, 3>{1, 1, 1});
  CHECK_FALSE(job.chunk);
  CHECK(job.partitioner == Partitioner::rcb);
  CHECK(job.boundary[0][0].kind == BoundaryKind::outflow);
  CHECK(job.parameters[0].reals == std::vector<double>{1.0});
  CHECK(job.time.end == std::numeric_limits<double>::infinity());
  CHECK(job.time.cfl == 0.9);
  CHECK(job.diagnostics_every.amount == 100);
  CHECK(job.health_every.amount == 100);
  CHECK(job.output_directory == "runs");
  CHECK(job.output.fields == std::vector<int>{0});
  CHECK(job.output.every.unit == Cadence::Unit::end);
  CHECK(job.output.hdf5);
  CHECK(job.log.level == LogLevel::info);
  CHECK(job.time.cfl_every == 1);
  CHECK_FALSE(job.performance.steps_per_exchange);
  CHECK_FALSE(job.performance.tile_rows);
  CHECK_FALSE(job.performance.streaming);
  CHECK(job.performance.autotune);
  CHECK(job.performance.transport == Transport::automatic);
  CHECK(job.performance.bricks);
  CHECK(job.performance.balance);
  CHECK(job.performance.balance_every == 0);
  CHECK(job.performance.guard == guards_by_default);
}

TEST_CASE("overrides change the job and its text") {
  const JobSpec job =
      valid_job(sample::heat_job, {"time.end=1 h", "parameters.diffusivity=0.2", "domain.cells=[64,64,64]"});
  CHECK(job.time.end == 3600.0);
  CHECK(job.parameters[0].reals[0] == 0.2);
  const JobSpec again = valid_job(job.text);
  CHECK(again.time.end == 3600.0);
  CHECK(again.geometry.cells == grid::Index{{64, 64, 64}});
  CHECK(again.output.images[0].width == 640);
  const JobSpec waves = valid_job(valid_job(sample::waves_job, {"job.name=again"}).text);
  CHECK(waves.name == "again");
  CHECK(waves.probes.points.size() == 2);
}

TEST_CASE("contradictory keys are reported") {
  CHECK(messages(sample::waves_job, {"time.cfl=0.5"}) ==
        "`dt` and `cfl` are mutually exclusive\n`cfl` has no effect: the solver `waves` does not provide a "
        "stable time step\n");
  CHECK(messages(sample::heat_job, {"domain.boundary.x_upper=wall"}) ==
        "`x` and `x_upper` name the same face\n");
  CHECK(messages(sample::waves_job, {"domain.cells=[8,8,8]", "domain.lower=[0,0,0]", "domain.upper=[1,1,1]"})
            .find("a spherical domain has 2 dimensions, not 3") != std::string::npos);
  CHECK(
      messages(sample::heat_job, {"domain.geometry=spherical"}).find("does not support spherical domains") !=
      std::string::npos);
  CHECK(messages(sample::heat_job, {"domain.upper=[0.0, 1, 1]"}) ==
        "`upper` must be above `lower` along x: 0 is not above 0\n");
  CHECK(messages(sample::heat_job, {"domain.lower=[1e15,0,0]", "domain.upper=[1000000000000001.0,1,1]"}) ==
        "the cells are too small along x for double precision\n");
  CHECK(messages(sample::heat_job, {"time.dt=1e-20 s", "time.max_steps=5"}) ==
        "`dt` and `cfl` are mutually exclusive\n`dt` is too small: the run would take more than 10^15 "
        "steps\n");
  CHECK(messages(sample::waves_job, {"domain.chunk=1"}) ==
        "a chunk must have at least 2 cells along each axis\n");
  CHECK(messages(sample::heat_job, {"domain.cells=[8]", "domain.upper=[1.0, 2.0]", "domain.boundary=wall"})
            .find("`upper` expects 1 entry, as `cells` has, not 2\n") != std::string::npos);
  CHECK(messages(sample::waves_job, {"probes={ every = \"1 s\" }"}) == "[probes] has no points\n");
}

TEST_CASE("a key without its section is reported with the section") {
  const auto first_problem = [](const std::string& text, const std::vector<std::string>& overrides) {
    const CheckResult result = check_job(text, overrides);
    REQUIRE(result.problems.size() == 1);
    return result.problems.problems().front();
  };
  const std::string& text = sample::heat_job;
  const Problem parameter = first_problem(text, {"diffusivity=0.2"});
  CHECK(parameter.message == "unknown section `diffusivity`");
  CHECK(parameter.label == "did you mean `parameters.diffusivity`?");
  CHECK(parameter.suggestion == "parameters.diffusivity");
  CHECK(first_problem(text, {"temperature=3"}).suggestion == "initial.temperature");
  CHECK(first_problem(text, {"cfl=0.4"}).suggestion == "time.cfl");
  CHECK(first_problem("diffusivity = 0.2\n" + text, {}).label == "it belongs in [parameters]");
  CHECK(first_problem(text, {"tiem.end=2"}).suggestion == "time");
}

TEST_CASE("a derived field has no initial value unless the solver has initialize(), which can read it") {
  const std::string text = sample::waves_job;
  CHECK(messages(text, {"initial.surface=0"}) == "the solver `waves` computes `surface` from other fields\n");
  CHECK(messages(text, {"initial.flux=[0,0]"}) == "unknown key `flux` in [initial]\n");
  Diagnostics problems;
  const Document document{"job.toml", text, {"initial.surface=0"}, problems};
  solver::SolverSchema schema = sample::waves();
  schema.has_initialize = true;
  const auto job = check(document, schema, problems);
  CHECK(problems.render() == "");
  REQUIRE(job);
  CHECK(job->initial.back().field == schema.field_index("surface"));
}

TEST_CASE("a domain that no machine could store is rejected at once") {
  CHECK(valid_job(sample::heat_job, {"domain.cells=[4000000,4000000,4000]"}).geometry.cells[0] == 4000000);
  const auto c = check_job(sample::heat_job, {"domain.cells=[1000000,1000000,1000000]"});
  REQUIRE(c.problems.size() == 1);
  CHECK(c.problems.problems()[0].message == "10^18 cells would need 1.6e10 GB for their fields");
  CHECK(c.problems.problems()[0].label == "the limit for all nodes together is 2^60 bytes (1.15e9 GB)");
  CHECK(messages(sample::heat_job, {"domain.cells=[4611686018427387905,1,1]"}) ==
        "there can be at most 2^62 cells along an axis\n");
  CHECK(messages(sample::heat_job,
                 {"domain.cells=[4611686018427387904,4611686018427387904,4611686018427387904]"})
            .find("9.8e55 cells would need 1.6e48 GB") != std::string::npos);
}

TEST_CASE("a job is checked as far as possible without its solver") {
  Diagnostics problems;
  const Document valid{"job.toml", sample::waves_job, {}, problems};
  CHECK(check_without_solver(valid, problems));
  CHECK(problems.empty());
  const Document invalid{"job.toml",
                         sample::waves_job,
                         {"time.end=1 km", "domain.bounday=3", "parameters.anything=3"},
                         problems};
  CHECK_FALSE(check_without_solver(invalid, problems));
  CHECK(problems.size() == 2);
}

TEST_CASE("data sets are read and validated during the check") {
  const tessera::test::TemporaryFolder folder;
  folder.write("bed.asc",
               "ncols 4\nnrows 4\nxllcorner -1\nyllcorner -1\ncellsize 1\nNODATA_value -9999\n1 2 3 4\n1 2 3 "
               "4\n1 2 3 4\n1 2 3 4\n");
  folder.write(
      "hole.asc",
      "ncols 2\nnrows 2\nxllcorner -1\nyllcorner -1\ncellsize 2\nNODATA_value -9999\n1 2\n3 -9999\n");
  const std::string text =
      "[job]\nname='a'\nsolver='waves'\n[domain]\ncells=[8,8]\n[initial]\ndepth=1\nbed={file='bed.asc'}\n["
      "time]\nend=1\ndt=0.1\n";
  const auto run = [&](const std::vector<std::string>& overrides) {
    CheckResult result;
    const Document document{folder.file("job.toml"), text, overrides, result.problems};
    result.job = check(document, sample::waves(), result.problems);
    return result;
  };
  const auto valid = run({});
  INFO(valid.problems.render());
  REQUIRE(valid.job);
  CHECK(std::get<input::GridSources>(valid.job->initial[1].value).at(0).path == folder.file("bed.asc"));

  const auto outside = run({"domain.upper=[100,1]"});
  REQUIRE(outside.problems.size() == 1);
  CHECK(outside.problems.problems()[0].message == "the data set does not cover the domain");
  CHECK(outside.problems.problems()[0].line == 8);
  CHECK(outside.problems.problems()[0].column == 11);

  const auto hole = run({"initial.bed.file=hole.asc"});
  REQUIRE(hole.problems.size() == 1);
  CHECK(hole.problems.problems()[0].is_override);
  CHECK(run({"initial.bed.file=hole.asc", "initial.bed.fill=0"}).problems.empty());
  CHECK(run({"initial.bed.file=hole.asc", "initial.bed.fill=nearest"}).problems.empty());
  CHECK(run({"initial.bed.fill=zero"}).problems.problems().at(0).message.find("zero") != std::string::npos);
  CHECK(run({"initial.bed.at="}).problems.size() == 1);
  const auto list = run({"initial.bed.file=[\"hole.asc\", \"bed.asc\"]"});
  REQUIRE(list.job);
  const auto& sources = std::get<input::GridSources>(list.job->initial[1].value);
  REQUIRE(sources.size() == 2);
  CHECK(sources[0].partial);
  CHECK_FALSE(sources[1].partial);
  CHECK(run({"initial.bed.file=[\"bed.asc\", \"hole.asc\"]"}).problems.size() == 1);
  CHECK(run({"initial.bed.file=[]"}).problems.size() == 1);
  CHECK(run({"initial.bed.file=[1]"}).problems.size() == 1);
  CHECK(run({"initial.bed.file=bed.nc", "initial.bed.dataset=[\"a\", \"b\"]"})
            .problems.problems()
            .at(0)
            .message == "`dataset` lists 2 names for 1 file");
  std::filesystem::copy_file(folder.file("bed.asc"), folder.file("LOUD.ASC"));
  CHECK(run({"initial.bed.file=LOUD.ASC"}).problems.empty());
  for (const char* key : {"dataset=\"d\"", "axes=[\"x\",\"y\"]", "at=\"2004-12-26\""}) {
    const auto ignored = run({std::string("initial.bed.") + key});
    REQUIRE(ignored.problems.size() == 1);
    CHECK(ignored.problems.problems()[0].message.find("has no effect on an ESRI ASCII grid") !=
          std::string::npos);
  }
  CHECK(run({"initial.bed.file=none.asc"}).problems.problems().at(0).message ==
        "no such file: `" + folder.file("none.asc") + "`");
}

TEST_CASE("a data set used by several fields is read once, and can be kept") {
  const tessera::test::TemporaryFolder folder;
  folder.write("bed.asc", "not read by this test");
  const std::string text =
      "[job]\nname='a'\nsolver='waves'\n[domain]\ncells=[8,8]\n[initial]\ndepth={file='bed.asc'}\n"
      "bed={file='bed.asc'}\n[time]\nend=1\ndt=0.1\n";
  int reads = 0;
  input::DataSets sets{[&](const input::GridSource&, int, const auto&) {
    ++reads;
    return input::GridData{{{0, 1}, {0, 1}}, {1, 2, 3, 4}};
  }};
  Diagnostics problems;
  const Document document{folder.file("job.toml"), text, {}, problems};
  const auto job = check(document, sample::waves(), problems, {.data_sets = &sets});
  INFO(problems.render());
  REQUIRE(job);
  CHECK(reads == 1);
  CHECK(std::ranges::max(
            sets.get(std::get<input::GridSources>(job->initial[0].value).at(0), 2, data_region(job->geometry))
                ->values()) == 4);
  CHECK(reads == 1);
}

TEST_CASE("a resumed job is checked without reading its initial data") {
  const std::string text =
      "[job]\nname='a'\nsolver='waves'\n[domain]\ncells=[8,8]\n[initial]\ndepth=1\n"
      "bed={file='none.asc'}\n[time]\nend=1\ndt=0.1\n";
  input::DataSets sets{[](const input::GridSource&, int, const auto&) -> input::GridData {
    throw std::logic_error("a data set was read");
  }};
  const auto run = [&](const std::vector<std::string>& overrides) {
    CheckResult result;
    const Document document{"job.toml", text, overrides, result.problems};
    result.job = check(document, sample::waves(), result.problems, {.data_sets = &sets, .resumes = true});
    return result;
  };
  const auto valid = run({});
  INFO(valid.problems.render());
  REQUIRE(valid.job);
  CHECK(std::get<input::GridSources>(valid.job->initial[1].value).at(0).path == "none.asc");
  const auto invalid = run({"initial.bed.file=1", "time.dt=-1"});
  REQUIRE(invalid.problems.size() == 2);
  CHECK(invalid.problems.problems()[0].message == "`dt` must be above 0");
  CHECK(invalid.problems.problems()[1].message == "`file` expects a string, not an integer");
}

TEST_CASE("the keys in [checkpoint] are read") {
  const std::string text = read_file(job_folder / "bad" / "checkpoint.toml");
  const std::string job = text.substr(0, text.find("[checkpoint]"));
  CHECK(valid_job(job, {}).checkpoint.every.unit == Cadence::Unit::wall);
  CHECK(valid_job(job, {}).checkpoint.every.amount == 300);
  CHECK(valid_job(job, {}).checkpoint.keep == 3);
  CHECK(valid_job(job, {"checkpoint.every='30 s'"}).checkpoint.every.unit == Cadence::Unit::wall);
  CHECK(valid_job(job, {"checkpoint.every='30 s'"}).checkpoint.every.amount == 30);
  CHECK(valid_job(job, {"checkpoint.every='7 steps'"}).checkpoint.every.unit == Cadence::Unit::steps);
  CHECK(valid_job(job, {"checkpoint.every=never"}).checkpoint.every.unit == Cadence::Unit::never);
  const auto automatic = valid_job(job, {"checkpoint.every=auto", "checkpoint.mtbf='2 h'"}).checkpoint;
  CHECK(automatic.automatic);
  CHECK(automatic.mtbf == 7200);
  CHECK(automatic.max_loss == 600);
}
