#include "base/error.h"
#include "grid/input/grid_data.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tessera;
using input::GridData;
using input::GridSource;

namespace {

enum class Result { right_values, other_values, rejected, crashed };

/// Writes a chunked, compressed 2-D data set and its coordinates. In the latest format, checksums protect all
/// of the file.
std::string sample_file(const std::string& path, bool latest_format) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (latest_format) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  REQUIRE(file >= 0);
  const auto write = [&](const char* name, const std::vector<hsize_t>& shape,
                         const std::vector<double>& values) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const std::vector<hsize_t> chunk(shape.size(), 2);
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 6);
    H5Pset_fletcher32(creation);
    const hid_t dataset =
        H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    REQUIRE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
  };
  write("v", {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  write("x", {4}, {0, 1, 2, 4});
  write("y", {3}, {0, 1, 3});
  H5Fclose(file);
  H5Pclose(access);
  return test::bytes_of(path);
}

/// Reads the data set in a child process, with little memory and a time limit.
Result read_in_child(const std::string& path, const std::string& fingerprint) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const rlimit memory{rlim_t{4} << 30, rlim_t{4} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
    const rlimit seconds{10, 10};
    ::setrlimit(RLIMIT_CPU, &seconds);
    Result result = Result::crashed;
    try {
      const GridData grid = GridData::read({path, "v", {}}, 2);
      result = grid.fingerprint() == fingerprint ? Result::right_values : Result::other_values;
    } catch (const base::Error& error) {
      const bool expected =
          error.code() == base::ExitCode::bad_data || error.code() == base::ExitCode::os_error;
      result = expected ? Result::rejected : Result::crashed;
    } catch (...) {
    }
    ::_exit(static_cast<int>(result));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? static_cast<Result>(WEXITSTATUS(status)) : Result::crashed;
}

/// Changes 1 to 3 random bytes of `bytes`.
std::string damaged(std::string bytes, unsigned seed) {
  std::mt19937 random{seed};
  for (auto n = random() % 3 + 1; n > 0; --n) {
    char& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + random() % 255));
  }
  return bytes;
}

/// The number of damaged files to try: TESSERA_HDF5_FUZZ_FILES, or else a few.
unsigned file_count() {
  const char* text = std::getenv("TESSERA_HDF5_FUZZ_FILES");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 300;
}

}  // namespace

TEST_CASE("a file with damaged bytes never crashes the reader, and checksums prevent wrong values") {
  const test::TemporaryFolder folder;
  for (const bool latest_format : {true, false}) {
    const std::string bytes = sample_file(folder.file("whole.h5"), latest_format);
    const std::string fingerprint = GridData::read({folder.file("whole.h5"), "v", {}}, 2).fingerprint();
    unsigned counts[4] = {};
    std::string crashing_seeds;
    for (unsigned seed = 0; seed < file_count(); ++seed) {
      const Result result = read_in_child(folder.write("damaged.h5", damaged(bytes, seed)), fingerprint);
      ++counts[static_cast<int>(result)];
      if (result == Result::crashed) crashing_seeds += std::to_string(seed) + " ";
      if (latest_format && result == Result::other_values) FAIL_CHECK("wrong values with seed " << seed);
    }
    CAPTURE(latest_format, counts[0], counts[1], counts[2], counts[3]);
    CHECK(crashing_seeds.empty());
    CHECK(counts[static_cast<int>(Result::right_values)] > 0);
    CHECK(counts[static_cast<int>(Result::rejected)] > 0);
  }
}
