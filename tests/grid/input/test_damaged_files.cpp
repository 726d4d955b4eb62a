#include "damaged_files.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

using namespace tessera;
using input::GridSource;

namespace {

/// Builds a file in the format CDF-1, CDF-2 or CDF-5.
class ClassicWriter {
 public:
  explicit ClassicWriter(int version) : version_{version} {
    bytes_ = "CDF";
    bytes_ += static_cast<char>(version);
  }
  void integer(std::uint64_t value, int width) {
    for (int n = width; n-- > 0;) bytes_ += static_cast<char>(value >> (8 * n));
  }
  void count(std::uint64_t value) { integer(value, version_ == 5 ? 8 : 4); }
  void offset(std::uint64_t value) { integer(value, version_ == 1 ? 4 : 8); }
  void text(std::string text) {
    count(text.size());
    while (text.size() % 4 != 0) text += '\0';
    bytes_ += text;
  }
  void real(double value) { integer(std::bit_cast<std::uint64_t>(value), 8); }
  /// Begins a list of `length` dimensions (tag 10), variables (11) or attributes (12); 0, 0: no list.
  void list(std::uint64_t tag, std::uint64_t length) {
    integer(tag, 4);
    count(length);
  }
  void dimension(const char* name, std::uint64_t length) {
    text(name);
    count(length);
  }
  void variable(const char* name, const std::vector<std::uint64_t>& dimensions, const char* attribute,
                const char* value, int type, std::uint64_t bytes, std::uint64_t begin) {
    text(name);
    count(dimensions.size());
    for (const std::uint64_t d : dimensions) count(d);
    list(12, 1);
    text(attribute);
    integer(2, 4);
    text(value);
    integer(static_cast<std::uint64_t>(type), 4);
    count(bytes);
    offset(begin);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  int version_;
  std::string bytes_;
};

/// A file with two record variables, time and v, and coordinates. `data`: offset of the first value.
std::string classic_header(int version, std::uint64_t data) {
  ClassicWriter file{version};
  file.count(1);
  file.list(10, 3);
  file.dimension("time", 0);
  file.dimension("lat", 3);
  file.dimension("lon", 4);
  file.list(0, 0);
  file.list(11, 4);
  file.variable("lat", {1}, "units", "degrees_north", 6, 24, data);
  file.variable("lon", {2}, "units", "degrees_east", 6, 32, data + 24);
  file.variable("time", {0}, "units", "days since 2004-12-26", 6, 8, data + 56);
  file.variable("v", {0, 1, 2}, "units", "m", 3, 24, data + 64);
  return file.bytes();
}

std::string classic_file(int version) {
  ClassicWriter data{version};
  for (const double y : {0.0, 1.0, 3.0}) data.real(y);
  for (const double x : {0.0, 1.0, 2.0, 4.0}) data.real(x);
  data.real(0.0);
  for (std::uint64_t n = 1; n <= 12; ++n) data.integer(n, 2);
  return classic_header(version, classic_header(version, 0).size()) + data.bytes().substr(4);
}

}  // namespace

TEST_CASE("a classic NetCDF file with damaged bytes never crashes the reader") {
  const test::TemporaryFolder folder;
  for (const int version : {1, 2, 5}) {
    CAPTURE(version);
    const std::string bytes = classic_file(version);
    const GridSource source{folder.write("whole.nc", bytes), "v", {}};
    const auto data = input::GridData::read(source, 2);
    CHECK(data.values()[0] == 1.0);
    CHECK(data.values()[11] == 12.0);
    CHECK(data.axis(0)[3] == 4.0);
    auto counts = test::read_damaged_files(folder, source, bytes);
    CHECK(counts[test::Reading::right_values] > 0);
  }
}

TEST_CASE("coordinates of another dimension of the same name are not used") {
  const test::TemporaryFolder folder;
  const auto header = [](std::uint64_t data) {
    ClassicWriter file{1};
    file.count(0);
    file.list(10, 3);
    file.dimension("lat", 2);
    file.dimension("lon", 3);
    file.dimension("lon", 2);
    file.list(0, 0);
    file.list(11, 3);
    file.variable("lat", {0}, "units", "degrees_north", 6, 16, data);
    file.variable("lon", {1}, "units", "degrees_east", 6, 24, data + 16);
    file.variable("v", {0, 2}, "units", "m", 6, 32, data + 40);
    return file.bytes();
  };
  ClassicWriter data{1};
  for (const double value : {0.0, 1.0, 0.0, 1.0, 2.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0}) data.real(value);
  const std::string bytes = header(header(0).size()) + data.bytes().substr(4);
  const GridSource source{folder.write("twice.nc", bytes), "v", {}};
  CHECK_THROWS_WITH(input::GridData::read(source, 2), Catch::Contains("has no coordinates along x"));
}

TEST_CASE("a variable with absurdly many dimensions is rejected before they fill the memory") {
  const test::TemporaryFolder folder;
  ClassicWriter file{1};
  file.count(0);
  file.list(10, 1);
  file.dimension(std::string(4096, 'x').c_str(), 1);
  file.list(0, 0);
  file.list(11, 1);
  file.variable("v", std::vector<std::uint64_t>(20000, 0), "units", "m", 6, 8, 0);
  const GridSource source{folder.write("many.nc", file.bytes()), "v", {}};
  CHECK_THROWS_WITH(input::GridData::read(source, 2), Catch::Contains("has an invalid header"));
}

TEST_CASE("a classic NetCDF file with very many variables is searched in a short time") {
  const test::TemporaryFolder folder;
  constexpr std::uint64_t count = 100000;
  ClassicWriter file{1};
  file.count(0);
  file.list(10, 1);
  file.dimension("x", 1);
  file.list(0, 0);
  file.integer(11, 4);
  file.count(count);
  for (std::uint64_t n = 0; n < count; ++n)
    file.variable(std::to_string(n).c_str(), {0}, "units", "m", 6, 8, 0);
  const GridSource source{folder.write("many.nc", file.bytes()), "", {}};
  // The child process has 10 seconds; comparing each name with all others takes minutes.
  CHECK(test::read_in_child(source, "") == test::Reading::rejected);
}

TEST_CASE("an unknown number of records follows from the size of the file") {
  const test::TemporaryFolder folder;
  ClassicWriter second{1};
  second.real(1.0);
  for (std::uint64_t n = 21; n <= 32; ++n) second.integer(n, 2);
  std::string bytes = classic_file(1) + second.bytes().substr(4);
  bytes.replace(4, 4, "\xff\xff\xff\xff");
  GridSource source{folder.write("streaming.nc", bytes), "v", {}};
  CHECK_THROWS_WITH(input::GridData::read(source, 2), Catch::Contains("has 2 times"));
  source.at = "2004-12-27";
  CHECK(input::GridData::read(source, 2).values()[11] == 32.0);
  // Of an incomplete record, nothing is read.
  source = {folder.write("incomplete.nc", bytes.substr(0, bytes.size() - 2)), "v", {}};
  CHECK(input::GridData::read(source, 2).values()[11] == 12.0);
}

TEST_CASE("an ASCII grid with damaged bytes never crashes the reader") {
  const test::TemporaryFolder folder;
  for (const std::string text :
       {"ncols 3\nnrows 2\nxllcorner 10\nyllcorner 20\ndx 2\ndy 2.5\nNODATA_value -9999\n1 2 3\n4 5 6\n",
        "3 mx\n2 my\n10 xll\n20 yll\n2 cellsize\n-9999 nodata_value\n1\n2\n3\n4\n5\n6\n",
        "0 1 5.5\n1 1 6.5\n2 1 7\n0 0 8\n1 0 9\n2 0 10\n"}) {
    CAPTURE(text);
    const GridSource source{folder.write("whole.asc", text), "", {}};
    test::read_damaged_files(folder, source, text);
  }
}
