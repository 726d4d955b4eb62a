#include "base/error.h"
#include "grid/job/check.h"
#include "grid/job/identity.h"
#include "grid/job/spec_codec.h"
#include "grid/solver/solver.h"
#include "job/header_codec.h"
#include "plugin/library.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

using namespace tessera;
using namespace tessera::grid;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool equal(const job::Cadence& l, const job::Cadence& r) { return l.unit == r.unit && l.amount == r.amount; }

/// A header in which every member differs from its default.
job::Header sample_header() {
  job::Header h;
  h.path = "jobs/ä.toml";
  h.folder = "jobs";
  h.text = std::string("text with \0 in it", 17);
  h.name = "unusual";
  h.solver = "./libmine.so";
  h.output_directory = "/results";
  h.checkpoint = {{job::Cadence::Unit::steps, 7.0}, true, 1.0, 2.0, false, 99, true, "/dev/shm", 4.0};
  h.log = {job::LogLevel::error, true};
  return h;
}

void check_sample_header(const job::Header& h) {
  CHECK(h.path == "jobs/ä.toml");
  CHECK(h.folder == "jobs");
  CHECK(h.text == std::string("text with \0 in it", 17));
  CHECK(h.name == "unusual");
  CHECK(h.solver == "./libmine.so");
  CHECK(h.output_directory == "/results");
  CHECK(equal(h.checkpoint.every, {job::Cadence::Unit::steps, 7.0}));
  CHECK(h.checkpoint.automatic);
  CHECK(h.checkpoint.mtbf == 1.0);
  CHECK(h.checkpoint.max_loss == 2.0);
  CHECK_FALSE(h.checkpoint.at_end);
  CHECK(h.checkpoint.keep == 99);
  CHECK(h.checkpoint.compress);
  CHECK(h.checkpoint.local == "/dev/shm");
  CHECK(h.checkpoint.local_every == 4.0);
  CHECK(h.log.level == job::LogLevel::error);
  CHECK(h.log.per_rank);
}

/// A job in which every member differs from its default.
JobSpec sample_job() {
  JobSpec j;
  static_cast<job::Header&>(j) = sample_header();
  j.parameters.resize(3);
  j.parameters[0].reals = {-0.0, infinity};
  j.parameters[1].texts = {"", "b"};
  j.parameters[2].integers = {std::numeric_limits<std::int64_t>::min(), (std::int64_t{1} << 53) + 1};
  j.geometry = {
      Coordinates::spherical, 2,  {{std::int64_t{1} << 62, 3, 2}}, {-1.0, -2.0, -3.0}, {4.0, 5.0, 6.0},
      {false, true, true},    7.0};
  j.chunk = Index{{8, 9, 10}};
  j.partitioner = Partitioner::sfc;
  j.boundary[0][1] = {BoundaryKind::custom, {}};
  j.boundary[2][0] = {BoundaryKind::face, {{1, 2, 3.5}, {4, 5, FormulaText{"x"}}}};
  const input::GridSource source{"a.nc",
                                 "v",
                                 {"lon", "lat"},
                                 "2004-12-26",
                                 input::Between::linear,
                                 input::GapFill{true, 1.5},
                                 true,
                                 input::Region{{1, 2, 3}, {4, 5, 6}},
                                 true,
                                 "m",
                                 "runs/a",
                                 input::Component{2, 3}};
  j.initial = {{1, 0, -1.0}, {2, 1, FormulaText{"y"}}, {3, 0, input::GridSources{source}}};
  j.time = {10.0, 0.25, 0.5, 3, std::numeric_limits<std::int64_t>::max() - 1, false, "2004-12-26 00:58:53"};
  j.diagnostics_every = {job::Cadence::Unit::simulated, 1.5};
  j.health_every = {job::Cadence::Unit::end, 0.0};
  j.probes = {{3, 1},
              {job::Cadence::Unit::wall, 2.5},
              {{"p", {1, 2, 3}, 60.0}, {"q", {4, 5, 6}, std::nullopt}},
              "b < 0",
              2,
              0.125,
              {{"bay", {{-1.5, 2, 3}, {4, 5, 6}}, "a > 0", {{RegionStatistic::mean, 3, 2, ""}}},
               {"all", {}, "", {{RegionStatistic::max, 0, 0, "a^2"}}}},
              {{"shelf", {1, 2, 3}, {4, 5, 6}, 77}}};
  j.output.fields = {5, 6};
  j.output.every = {job::Cadence::Unit::steps, 11.0};
  j.output.hdf5 = false;
  j.output.kml = true;
  j.output.images = {{1, 2, 0, 3.5, "topo", std::array{-1.0, 1.0}, 4, 5.5, 640, false},
                     {9, 0, {}, 0.0, "gray", {}, {}, 0.0, 0, true}};
  j.output.images_every = {job::Cadence::Unit::simulated, 12.0};
  j.output.statistics = {{"late", "s", StatisticKind::first_above, 7, 2, "", -0.5},
                         {"peak", "", StatisticKind::min, 0, 0, "u + v", 0.0}};
  j.output.statistics_every = {job::Cadence::Unit::steps, 13.0};
  j.performance = {4, 0, false, false, Transport::messages, false, false, 17, !guards_by_default};
  return j;
}

void check_sample_grid(const JobSpec& j) {
  REQUIRE(j.parameters.size() == 3);
  CHECK(j.parameters[0].reals == std::vector<double>{0.0, infinity});
  CHECK(std::signbit(j.parameters[0].reals[0]));
  CHECK(j.parameters[1].texts == std::vector<std::string>{"", "b"});
  CHECK(j.parameters[2].integers ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), (std::int64_t{1} << 53) + 1});
  CHECK(j.geometry.coordinates == Coordinates::spherical);
  CHECK(j.geometry.dimensions == 2);
  CHECK(j.geometry.cells == Index{{std::int64_t{1} << 62, 3, 2}});
  CHECK(j.geometry.lower == std::array{-1.0, -2.0, -3.0});
  CHECK(j.geometry.upper == std::array{4.0, 5.0, 6.0});
  CHECK(j.geometry.periodic == std::array{false, true, true});
  CHECK(j.geometry.radius == 7.0);
  CHECK(j.chunk == Index{{8, 9, 10}});
  CHECK(j.partitioner == Partitioner::sfc);
  CHECK(j.boundary[0][0].kind == BoundaryKind::outflow);
  CHECK(j.boundary[0][1].kind == BoundaryKind::custom);
  CHECK(j.boundary[2][0].kind == BoundaryKind::face);
  REQUIRE(j.boundary[2][0].values.size() == 2);
  CHECK(j.boundary[2][0].values[0].field == 1);
  CHECK(j.boundary[2][0].values[0].component == 2);
  CHECK(std::get<double>(j.boundary[2][0].values[0].value) == 3.5);
  CHECK(std::get<FormulaText>(j.boundary[2][0].values[1].value).text == "x");
  REQUIRE(j.initial.size() == 3);
  CHECK(j.initial[1].field == 2);
  CHECK(j.initial[1].component == 1);
  CHECK(std::get<double>(j.initial[0].value) == -1.0);
  CHECK(std::get<FormulaText>(j.initial[1].value).text == "y");
  const auto& sources = std::get<input::GridSources>(j.initial[2].value);
  REQUIRE(sources.size() == 1);
  const input::GridSource& source = sources[0];
  CHECK(source.path == "a.nc");
  CHECK(source.dataset == "v");
  CHECK(source.axes == std::vector<std::string>{"lon", "lat"});
  CHECK(source.at == "2004-12-26");
  CHECK(source.between == input::Between::linear);
  CHECK(source.fill == input::GapFill{true, 1.5});
  CHECK(source.longitudes);
  CHECK(source.domain == input::Region{{1, 2, 3}, {4, 5, 6}});
  CHECK(source.partial);
  CHECK(source.unit == "m");
  CHECK(source.run == "runs/a");
  CHECK(source.component == input::Component{2, 3});
  CHECK(j.time.end == 10.0);
  CHECK(j.time.dt == 0.25);
  CHECK(j.time.cfl == 0.5);
  CHECK(j.time.cfl_every == 3);
  CHECK(j.time.max_steps == std::numeric_limits<std::int64_t>::max() - 1);
  CHECK(j.time.start == "2004-12-26 00:58:53");
  CHECK_FALSE(j.time.shorten_steps);
}

void check_sample_outputs(const JobSpec& j) {
  CHECK(equal(j.diagnostics_every, {job::Cadence::Unit::simulated, 1.5}));
  CHECK(equal(j.health_every, {job::Cadence::Unit::end, 0.0}));
  CHECK(j.probes.fields == std::vector<int>{3, 1});
  CHECK(equal(j.probes.every, {job::Cadence::Unit::wall, 2.5}));
  REQUIRE(j.probes.points.size() == 2);
  CHECK(j.probes.points[0].name == "p");
  CHECK(j.probes.points[0].at == std::array{1.0, 2.0, 3.0});
  CHECK(j.probes.points[0].observed_arrival == 60.0);
  CHECK_FALSE(j.probes.points[1].observed_arrival);
  CHECK(j.probes.where == "b < 0");
  CHECK(j.probes.arrival_field == 2);
  CHECK(j.probes.arrival_above == 0.125);
  REQUIRE(j.probes.regions.size() == 2);
  const Region& region = j.probes.regions[0];
  CHECK(region.name == "bay");
  CHECK(region.bounds.lower == std::array{-1.5, 2.0, 3.0});
  CHECK(region.bounds.upper == std::array{4.0, 5.0, 6.0});
  CHECK(region.where == "a > 0");
  REQUIRE(region.values.size() == 1);
  CHECK(region.values[0].kind == RegionStatistic::mean);
  CHECK(region.values[0].field == 3);
  CHECK(region.values[0].component == 2);
  REQUIRE(j.probes.transects.size() == 1);
  CHECK(j.probes.transects[0].name == "shelf");
  CHECK(j.probes.transects[0].from == std::array{1.0, 2.0, 3.0});
  CHECK(j.probes.transects[0].to == std::array{4.0, 5.0, 6.0});
  CHECK(j.probes.transects[0].points == 77);
  CHECK(j.probes.regions[1].values.at(0).formula == "a^2");
  CHECK(j.output.fields == std::vector<int>{5, 6});
  CHECK(equal(j.output.every, {job::Cadence::Unit::steps, 11.0}));
  CHECK_FALSE(j.output.hdf5);
  CHECK_FALSE(j.output.geotiff);
  CHECK(j.output.kml);
  REQUIRE(j.output.images.size() == 2);
  const ImageSpec& image = j.output.images[0];
  CHECK(image.field == 1);
  CHECK(image.component == 2);
  CHECK(image.slice_axis == 0);
  CHECK(image.slice_at == 3.5);
  CHECK(image.colormap == "topo");
  CHECK(image.range == std::array{-1.0, 1.0});
  CHECK(image.mask_field == 4);
  CHECK(image.mask_above == 5.5);
  CHECK(image.width == 640);
  CHECK_FALSE(image.probes);
  CHECK_FALSE(j.output.images[1].range);
  CHECK(equal(j.output.images_every, {job::Cadence::Unit::simulated, 12.0}));
  REQUIRE(j.output.statistics.size() == 2);
  const Statistic& statistic = j.output.statistics[0];
  CHECK(statistic.name == "late");
  CHECK(statistic.unit == "s");
  CHECK(statistic.kind == StatisticKind::first_above);
  CHECK(statistic.field == 7);
  CHECK(statistic.component == 2);
  CHECK(statistic.above == -0.5);
  CHECK(j.output.statistics[1].formula == "u + v");
  CHECK(equal(j.output.statistics_every, {job::Cadence::Unit::steps, 13.0}));
  const PerformanceSpec& p = j.performance;
  CHECK(p.steps_per_exchange == 4);
  CHECK(p.tile_rows == 0);
  CHECK(p.streaming == false);
  CHECK_FALSE(p.autotune);
  CHECK(p.transport == Transport::messages);
  CHECK_FALSE(p.bricks);
  CHECK_FALSE(p.balance);
  CHECK(p.balance_every == 17);
  CHECK(p.guard != guards_by_default);
}

job::Header decode_header(const std::string& bytes) { return base::decode<job::Header>(bytes, "a header"); }

/// Whether `decode` rejects `bytes`. The error must be bad_data.
template <class Decode>
bool is_rejected(Decode decode, const std::string& bytes) {
  try {
    static_cast<void>(decode(bytes));
    return false;
  } catch (const base::Error& e) {
    REQUIRE(e.code() == base::ExitCode::bad_data);
    return true;
  }
}

}  // namespace

TEST_CASE("decoding an encoded job returns the same job if no member has its default") {
  const JobSpec decoded = decode_spec(encode(sample_job()));
  check_sample_header(decoded);
  check_sample_grid(decoded);
  check_sample_outputs(decoded);
  CHECK(encode(decoded) == encode(sample_job()));
  CHECK(encode(decode_spec(encode(JobSpec{}))) == encode(JobSpec{}));
}

TEST_CASE("decoding an encoded header returns the same header, and truncated bytes are rejected") {
  const std::string bytes = base::encode(sample_header());
  check_sample_header(decode_header(bytes));
  CHECK(base::encode(decode_header(bytes)) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE(is_rejected(decode_header, bytes.substr(0, size)));
}

TEST_CASE("decoding an encoded bundled job returns the same job") {
  int count = 0;
  for (const std::string solver : {"heat", "shallow_water"}) {
    const std::filesystem::path folder{std::string(TESSERA_SOURCE_DIR "/apps/") + solver + "/jobs"};
    const solver::Solver plugin{plugin::find_library(solver, folder.string(), {{TESSERA_SOLVERS_DIR}})};
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
      if (entry.path().extension() != ".toml") continue;
      ++count;
      CAPTURE(entry.path());
      job::Diagnostics problems;
      const auto document = job::Document::read(entry.path().string(), {}, problems);
      const auto job = check(document, plugin.schema(), problems);
      REQUIRE(job);
      const JobSpec decoded = decode_spec(encode(*job));
      CHECK(encode(decoded) == encode(*job));
      CHECK(identity_of(decoded, plugin.schema()) == identity_of(*job, plugin.schema()));
      CHECK(decoded.text == document.text());
      CHECK(decoded.time.end == job->time.end);
      CHECK(decoded.probes.points.size() == job->probes.points.size());
      CHECK(decoded.output.images.size() == job->output.images.size());
    }
  }
  CHECK(count >= 11);
}

TEST_CASE("an encoded job with missing or extra bytes is rejected") {
  const std::string bytes = encode(sample_job());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE(is_rejected(decode_spec, bytes.substr(0, size)));
  CHECK(is_rejected(decode_spec, bytes + '\0'));
}

TEST_CASE("a corrupted job is decoded or rejected without a crash") {
  const std::string bytes = encode(sample_job());
  std::mt19937 random{1};
  int accepted = 0;
  constexpr int rounds = 20000;
  for (int round = 0; round < rounds; ++round) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<char>(1U << random() % 8);
    if (!is_rejected(decode_spec, damaged)) ++accepted;
  }
  CHECK(accepted > rounds / 10);
  CHECK(accepted < rounds * 9 / 10);
}
