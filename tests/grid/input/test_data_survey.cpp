#include "base/error.h"
#include "grid/input/data_sets.h"
#include "grid/input/data_survey.h"
#include "support/address_space_limit.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace tessera;
using input::DataSets;
using input::DataSurvey;
using input::GridSource;
using input::Region;

namespace {

constexpr hsize_t columns = 10000;
constexpr hsize_t rows = 5000;

/// A grid of floats, 200 MB, of which only a few values take room on the disk; the others are 0.
class SparseFile {
 public:
  explicit SparseFile(const std::string& path) : file_{path} {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    const hsize_t shape[] = {rows, columns};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    dataset_ = H5Dcreate2(file_.id(), "bed", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    REQUIRE(dataset_ >= 0);
    H5Sclose(space);
    H5Pclose(creation);
    for (const auto& [name, count] : {std::pair{"x", columns}, {"y", rows}}) {
      std::vector<double> axis(count);
      for (hsize_t i = 0; i < count; ++i) axis[i] = static_cast<double>(i);
      file_.write_reals(name, {count}, axis);
    }
  }
  SparseFile(const SparseFile&) = delete;
  SparseFile& operator=(const SparseFile&) = delete;
  ~SparseFile() { H5Dclose(dataset_); }

  void set(hsize_t column, hsize_t row, float value) const {
    const hid_t space = H5Dget_space(dataset_);
    const hsize_t at[] = {row, column};
    REQUIRE(H5Sselect_elements(space, H5S_SELECT_SET, 1, at) >= 0);
    const hid_t memory = H5Screate(H5S_SCALAR);
    REQUIRE(H5Dwrite(dataset_, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, &value) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
  }

 private:
  test::Hdf5Writer file_;
  hid_t dataset_ = -1;
};

const Region domain{{0, 0, 0}, {9999, 4999, 0}};

GridSource source_of(const std::string& path) {
  GridSource source{path, "bed"};
  source.domain = domain;
  source.unit = "m";
  return source;
}

std::string error_of(const GridSource& source) {
  try {
    input::survey_file(source, 2, domain);
  } catch (const base::Error& error) {
    CHECK(error.code() == base::ExitCode::bad_data);
    return error.problem();
  }
  return {};
}

}  // namespace

TEST_CASE("a large data set is surveyed in little memory") {
  const test::TemporaryFolder folder;
  GridSource source = source_of(folder.file("a.h5"));
  {
    const SparseFile file{source.path};
    file.set(9999, 4999, 12500.0F);
    file.set(17, 104, -1001.0F);  // the blocks begin at multiples of 104 rows
  }
  // All values would take 400 MB as doubles.
  const test::AddressSpaceLimit limit{rlim_t{64} << 20};
  const auto [survey, data] = input::survey_file(source, 2, domain);
  CHECK_FALSE(data.has_value());
  CHECK(survey.nodes == rows * columns);
  CHECK(survey.filled == 0);
  CHECK(survey.stamp == input::stamp_of(source.path));
  REQUIRE(survey.findings.size() == 2);
  CHECK(survey.findings[0].text == "reaches 12500 m at x = 9999, y = 4999");
  CHECK(survey.findings[1].text ==
        "jumps from 0 to 12500 m between the neighbours x = 9999, y = 4998 and x = 9999, y = 4999");
  DataSets sets;
  CHECK(sets.survey(source, 2, domain).fingerprint == survey.fingerprint);
  CHECK_FALSE(sets.holds(source, 2));
  CHECK(sets.bytes() == 0.0);
  CHECK(sets.largest_bytes_left() == 8.0 * rows * columns);
}

TEST_CASE("jumps across the edge of a block are found") {
  const test::TemporaryFolder folder;
  const GridSource source = source_of(folder.file("a.h5"));
  {
    const SparseFile file{source.path};
    for (hsize_t row = 0; row < 104; ++row) file.set(17, row, -1001.0F);
    file.set(17, 104, 3000.0F);
  }
  const DataSurvey survey = input::survey_file(source, 2, domain).survey;
  REQUIRE(survey.findings.size() == 1);
  CHECK(survey.findings[0].text ==
        "jumps from -1001 to 3000 m between the neighbours x = 17, y = 103 and x = 17, y = 104");
}

TEST_CASE("missing values of a large data set are reported or filled") {
  const test::TemporaryFolder folder;
  GridSource source = source_of(folder.file("a.h5"));
  {
    const SparseFile file{source.path};
    file.set(8000, 4000, std::nanf(""));
    file.set(5, 300, std::nanf(""));
  }
  CHECK(error_of(source) == "data set `bed` in `" + source.path +
                                "` contains NaN at x = 5 (index 5), y = 300 (index 300), and 1 more");
  source.fill = input::GapFill{false, 7.0};
  const DataSurvey filled = input::survey_file(source, 2, domain).survey;
  CHECK(filled.filled == 2);
  CHECK(filled.findings.empty());
  const GridSource other = source_of(folder.file("b.h5"));
  {
    const SparseFile file{other.path};
    file.set(8000, 4000, 7.0F);
    file.set(5, 300, 7.0F);
  }
  CHECK(input::survey_file(other, 2, domain).survey.fingerprint == filled.fingerprint);
}

TEST_CASE("the survey of a large data set and that of its values in memory are the same") {
  const test::TemporaryFolder folder;
  const GridSource source = source_of(folder.file("a.h5"));
  {
    const SparseFile file{source.path};
    file.set(1000, 1000, 20000.0F);
    file.set(1999, 3000, -3000.0F);
  }
  const Region part{{0, 0, 0}, {1999, 3499, 0}};  // 7 million nodes
  const auto [in_blocks, data] = input::survey_file(source, 2, part);
  REQUIRE_FALSE(data.has_value());
  const auto whole = input::GridData::read(source, 2, part);
  const DataSurvey in_memory = input::survey_of(whole, source, part);
  CHECK(in_blocks.fingerprint == in_memory.fingerprint);
  REQUIRE(in_blocks.findings.size() == in_memory.findings.size());
  CHECK(in_blocks.findings.size() == 2);
  for (std::size_t n = 0; n < in_blocks.findings.size(); ++n)
    CHECK(in_blocks.findings[n].text == in_memory.findings[n].text);
}

TEST_CASE("a small data set is kept, and a large one is read when it is needed") {
  const test::TemporaryFolder folder;
  const GridSource source = source_of(folder.file("a.h5"));
  { const SparseFile file{source.path}; }
  const Region small{{0, 0, 0}, {99, 99, 0}};
  DataSets sets;
  sets.survey(source, 2, small);
  CHECK(sets.holds(source, 2));
  CHECK(sets.largest_bytes_left() == 0.0);
  CHECK(sets.known(source, 2)->nodes == 102 * 102);
  sets.drop(source, 2);
  CHECK(sets.known(source, 2) == nullptr);
  CHECK(sets.empty());
  CHECK(sets.get(source, 2, small)->values().size() == 102 * 102);
}
