#include "base/error.h"
#include "grid/input/distribute.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"
#include "support/world.h"
#include "transport/agreement.h"
#include "transport/native.h"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tessera;
using input::DataSets;
using input::GridData;
using input::GridSource;
using input::Region;

namespace {

/// A communicator of the ranks of this rank's node, as if each node had `ranks_per_node` ranks.
transport::Communicator node_communicator(int ranks_per_node) {
  auto part = std::make_unique<transport::Communicator::Native>();
  REQUIRE(MPI_Comm_split(world().native().handle, world().rank() / ranks_per_node, world().rank(),
                         &part->handle) == MPI_SUCCESS);
  part->owned = true;
  return transport::Communicator{std::move(part)};
}

int node_count(int ranks_per_node) { return (world().size() + ranks_per_node - 1) / ranks_per_node; }

/// A temporary folder for files that rank 0 writes and all ranks read.
class SharedFolder {
 public:
  SharedFolder() {
    std::string path;
    if (world().is_root()) {
      folder_.emplace();
      path = folder_->path();
    }
    world().broadcast(path);
    path_ = path;
  }
  ~SharedFolder() { world().barrier(); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::optional<test::TemporaryFolder> folder_;
  std::string path_;
};

struct Sample {
  GridSource source;
  int dimensions;
  Region covered;  ///< the region that the data covers: up to one cell beyond the outermost nodes
};

std::vector<double> sample_values(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t n = 0; n < count; ++n) values[n] = std::sin(static_cast<double>(n)) * 1e3;
  return values;
}

/// Data sets of 1 to 3 dimensions, with ascending and descending axes, and an ESRI ASCII grid.
std::vector<Sample> write_samples(const SharedFolder& folder) {
  const std::string hdf5 = folder.file("a.h5");
  const std::string ascii = folder.file("b.asc");
  if (world().is_root()) {
    test::Hdf5Writer file{hdf5};
    file.write_reals("line", {9}, sample_values(9));
    file.write_reals("plane", {4, 9}, sample_values(36));
    file.write_reals("space", {3, 4, 9}, sample_values(108));
    file.write_reals("x", {9}, {8, 7, 6.5, 5, 4, 3.25, 2, 1, 0});
    file.write_reals("y", {4}, {-1, 0, 2, 3});
    file.write_reals("z", {3}, {5, 4, 1});
    std::string text = "ncols 3\nnrows 4\nxllcorner 0\nyllcorner 0\ncellsize 0.5\n";
    for (const double v : sample_values(12)) text += std::to_string(v) + "\n";
    std::ofstream{ascii} << text;
  }
  world().barrier();
  return {{{hdf5, "line", {}}, 1, {{-1, 0, 0}, {9, 0, 0}}},
          {{hdf5, "plane", {}}, 2, {{-1, -2, 0}, {9, 4, 0}}},
          {{hdf5, "space", {}}, 3, {{-1, -2, -2}, {9, 4, 6}}},
          {{ascii, "", {}}, 2, {{-0.25, -0.25, 0}, {1.75, 2.25, 0}}}};
}

/// The slab of a region, normal to the first axis, that rank `rank` of `count` needs.
Region slab(const Region& region, int rank, int count) {
  Region part = region;
  const double width = (region.upper[0] - region.lower[0]) / count;
  part.lower[0] = region.lower[0] + rank * width;
  part.upper[0] = rank + 1 == count ? region.upper[0] : part.lower[0] + width;
  return part;
}

/// Checks that two grids return the same bits throughout a region, including its faces.
void check_same_values(const GridData& part, const GridData& whole, const Region& region) {
  const auto d = static_cast<std::size_t>(whole.dimensions());
  constexpr std::size_t steps = 12;
  std::size_t points = 1;
  for (std::size_t a = 0; a < d; ++a) points *= steps + 1;
  for (std::size_t n = 0; n < points; ++n) {
    std::array<double, 3> point{};
    std::size_t rest = n;
    for (std::size_t a = 0; a < d; ++a, rest /= steps + 1) {
      const double fraction = static_cast<double>(rest % (steps + 1)) / steps;
      point[a] = std::lerp(region.lower[a], region.upper[a], fraction);
    }
    REQUIRE(part.at({point.data(), d}) == whole.at({point.data(), d}));
  }
}

}  // namespace

TEST_CASE("each rank gets the same bits as from the file, and each node reads the file once") {
  const SharedFolder folder;
  for (const Sample& sample : write_samples(folder)) {
    for (const int ranks_per_node : {1, 2, 3, 4}) {
      CAPTURE(sample.source.path, sample.source.dataset, ranks_per_node);
      const transport::Communicator node = node_communicator(ranks_per_node);
      std::int64_t reads = 0;
      DataSets sets{[&](const GridSource& source, int dimensions, const auto& region) {
        ++reads;
        return GridData::read(source, dimensions, region);
      }};
      const Region needed = slab(sample.covered, world().rank(), world().size());
      const auto data = input::distribute(world(), node, sets, sample.source, sample.dimensions, needed);
      REQUIRE(data != nullptr);
      check_same_values(*data, GridData::read(sample.source, sample.dimensions), needed);
      CHECK(reads == (node.is_root() ? 1 : 0));
      world().allreduce_sum(std::span{&reads, 1});
      CHECK(reads == node_count(ranks_per_node));
      CHECK(sets.empty());
    }
  }
}

TEST_CASE("a data set that the job check has read is not read again on that node") {
  const SharedFolder folder;
  const Sample sample = write_samples(folder)[1];
  const transport::Communicator node = world().node();
  std::int64_t reads = 0;
  DataSets sets{[&](const GridSource& source, int dimensions, const auto& region) {
    ++reads;
    return GridData::read(source, dimensions, region);
  }};
  if (world().is_root()) static_cast<void>(sets.get(sample.source, 2));
  const auto data = input::distribute(world(), node, sets, sample.source, 2, sample.covered);
  check_same_values(*data, GridData::read(sample.source, 2), sample.covered);
  world().allreduce_sum(std::span{&reads, 1});
  CHECK(reads == 1);
}

TEST_CASE("a rank gets only the part that it needs") {
  const transport::Communicator node = node_communicator(4);
  constexpr std::size_t count = 1000;
  DataSets sets{[](const GridSource&, int, const auto&) {
    std::vector<double> axis(count);
    for (std::size_t n = 0; n < count; ++n) axis[n] = static_cast<double>(n);
    return GridData{{axis}, sample_values(count)};
  }};
  const double start = 100.0 * world().rank() + 0.5;
  const Region needed{{start, 0, 0}, {start + 49.0, 0, 0}};
  const bool idle = world().rank() == 2;
  const auto data = input::distribute(world(), node, sets, {"line", "", {}}, 1,
                                      idle ? std::nullopt : std::optional{needed});
  CHECK((data == nullptr) == idle);
  if (!idle && !node.is_root()) {
    // 50 intervals have 51 nodes; the part has one more on each side.
    CHECK(data->axis(0).size() == 53);
    CHECK(data->axis(0).front() == start - 1.5);
  }
}

TEST_CASE("a node that needs no part of a data set does not read it") {
  const transport::Communicator node = node_communicator(2);
  std::int64_t reads = 0;
  DataSets sets{[&](const GridSource&, int, const auto&) {
    ++reads;
    return GridData{{{0.0, 1.0}}, {1.0, 2.0}};
  }};
  const bool needs = world().rank() == world().size() - 1;
  const auto data = input::distribute(world(), node, sets, {"line", "", {}}, 1,
                                      needs ? std::optional{Region{{0, 0, 0}, {1, 0, 0}}} : std::nullopt);
  CHECK((data != nullptr) == needs);
  world().allreduce_sum(std::span{&reads, 1});
  CHECK(reads == 1);
}

TEST_CASE("if one node cannot read a file, all ranks throw the same error") {
  const transport::Communicator node = node_communicator(2);
  const bool is_last_node = world().rank() / 2 == (world().size() - 1) / 2;
  DataSets sets{[&](const GridSource&, int, const auto&) -> GridData {
    if (is_last_node) throw base::Error(base::ExitCode::no_input, "cannot open `line`", "check the path");
    return {{{0.0, 1.0}}, {1.0, 2.0}};
  }};
  try {
    input::distribute(world(), node, sets, {"line", "", {}}, 1, Region{{0, 0, 0}, {1, 0, 0}});
    FAIL("no error");
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::no_input);
    CHECK_THAT(e.text(), Catch::Matchers::StartsWith("error: cannot open `line`\n  = check the path"));
  }
}

namespace {

constexpr hsize_t side = 2100;  // 4.4 million nodes, which are read block by block

double large_value(std::size_t column, std::size_t row) {
  return static_cast<double>((7 * column + 13 * row) % 1000);
}

const Region large_domain{{0, 0, 0}, {side - 1.0, side - 1.0, 0}};

/// Writes a large data set; `corner`: its first value.
GridSource write_large(const SharedFolder& folder, const std::string& name, float corner = 0.0F) {
  GridSource source{folder.file(name), "v"};
  source.domain = large_domain;
  if (world().is_root()) {
    test::Hdf5Writer file{source.path};
    std::vector<float> values;
    for (std::size_t row = 0; row < side; ++row)
      for (std::size_t column = 0; column < side; ++column)
        values.push_back(static_cast<float>(large_value(column, row)));
    values[0] = corner;
    std::vector<double> axis(side);
    for (std::size_t i = 0; i < side; ++i) axis[i] = static_cast<double>(i);
    file.write_dataset("v", H5T_NATIVE_FLOAT, {side, side}, values);
    file.write_reals("x", {side}, axis);
    file.write_reals("y", {side}, axis);
  }
  world().barrier();
  return source;
}

/// Checks the large data set on rank 0, changes it there, and distributes it. Returns the error, if any.
template <class Change>
std::string error_after(const GridSource& source, Change change) {
  const transport::Communicator node = node_communicator(2);
  DataSets sets;
  if (world().is_root()) {
    sets.survey(source, 2, large_domain);
    change();
  }
  world().barrier();
  try {
    input::distribute(world(), node, sets, source, 2, slab(large_domain, world().rank(), world().size()));
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    return e.text();
  }
  return {};
}

}  // namespace

TEST_CASE("of a large data set that was checked, each rank reads its part") {
  const SharedFolder folder;
  const GridSource source = write_large(folder, "a.h5");
  const transport::Communicator node = node_communicator(2);
  DataSets sets;
  if (world().is_root()) {
    sets.survey(source, 2, large_domain);
    CHECK_FALSE(sets.holds(source, 2));
  }
  const bool idle = world().rank() == 1;
  const Region needed = slab(large_domain, world().rank(), world().size());
  const auto data =
      input::distribute(world(), node, sets, source, 2, idle ? std::nullopt : std::optional{needed});
  CHECK(sets.empty());
  REQUIRE((data == nullptr) == idle);
  if (idle) return;
  // The part of this rank only, even on the first rank of a node.
  CHECK(data->axis(0).size() <= side / static_cast<std::size_t>(world().size()) + 4);
  bool same = true;
  for (std::size_t n = 0; n < data->values().size(); ++n) {
    const auto column = static_cast<std::size_t>(data->axis(0)[n % data->axis(0).size()]);
    const auto row = static_cast<std::size_t>(data->axis(1)[n / data->axis(0).size()]);
    same = same && data->values()[n] == large_value(column, row);
  }
  CHECK(same);
}

TEST_CASE("a file that is not the one that was checked is rejected on all ranks") {
  namespace fs = std::filesystem;
  const SharedFolder folder;
  const GridSource source = write_large(folder, "a.h5");
  const GridSource changed = write_large(folder, "b.h5", 1.0F);
  const auto set_time = [&](int seconds) {
    fs::last_write_time(source.path, fs::file_time_type::clock::now() - std::chrono::seconds{seconds});
  };
  CHECK(error_after(source, [] {}).empty());
  // A copy with the same values may have another time.
  CHECK(error_after(source, [&] { set_time(100); }).empty());
  const std::string name = "error: `" + source.path + "` on `";
  const auto replace = [&] {
    fs::copy_file(changed.path, source.path, fs::copy_options::overwrite_existing);
    set_time(200);
  };
  CHECK_THAT(
      error_after(source, replace),
      Catch::Matchers::StartsWith(name) &&
          Catch::Contains(
              "is not the file that was checked at the start: it was changed later, and its values differ"));
  CHECK_THAT(error_after(source,
                         [&] {
                           std::ofstream{source.path, std::ios::app} << "more";
                         }),
             Catch::Matchers::StartsWith(name) &&
                 Catch::Contains("is not the file that was checked at the start: it has"));
}
