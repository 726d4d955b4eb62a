// Reads files with damaged bytes in child processes.
#pragma once

#include "base/error.h"
#include "grid/input/grid_data.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera::test {

/// What became of reading a file.
enum class Reading { right_values, other_values, rejected, crashed };

/// Reads a 2-D data set in a child process, with little memory and a time limit.
inline Reading read_in_child(const input::GridSource& source, const std::string& fingerprint) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const rlimit memory{rlim_t{4} << 30, rlim_t{4} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
    const rlimit seconds{10, 10};
    ::setrlimit(RLIMIT_CPU, &seconds);
    Reading result = Reading::crashed;
    try {
      const input::GridData grid = input::GridData::read(source, 2);
      result = grid.fingerprint() == fingerprint ? Reading::right_values : Reading::other_values;
    } catch (const base::Error& error) {
      const bool expected =
          error.code() == base::ExitCode::bad_data || error.code() == base::ExitCode::os_error;
      result = expected ? Reading::rejected : Reading::crashed;
    } catch (...) {
    }
    ::_exit(static_cast<int>(result));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? static_cast<Reading>(WEXITSTATUS(status)) : Reading::crashed;
}

/// Changes 1 to 3 random bytes of `bytes`, or, with one seed of eight, truncates it.
inline std::string damaged(std::string bytes, unsigned seed) {
  std::mt19937 random{seed};
  if (seed % 8 == 7) return bytes.substr(0, random() % bytes.size());
  for (auto n = random() % 3 + 1; n > 0; --n) {
    char& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + random() % 255));
  }
  return bytes;
}

/// The number of damaged files to try: TESSERA_FUZZ_FILES, or else a few.
inline unsigned damaged_file_count() {
  const char* text = std::getenv("TESSERA_FUZZ_FILES");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 100;
}

/// Reads damaged copies of the file of `source`, which contains `bytes`. Checks that none crashes the reader,
/// and that some are rejected. Returns the numbers of files.
inline std::map<Reading, unsigned> read_damaged_files(const TemporaryFolder& folder, input::GridSource source,
                                                      const std::string& bytes) {
  const std::string fingerprint = input::GridData::read(source, 2).fingerprint();
  std::map<Reading, unsigned> counts;
  std::string crashing_seeds;
  for (unsigned seed = 0; seed < damaged_file_count(); ++seed) {
    source.path = folder.write("damaged", damaged(bytes, seed));
    const Reading result = read_in_child(source, fingerprint);
    ++counts[result];
    if (result == Reading::crashed) crashing_seeds += std::to_string(seed) + " ";
  }
  CAPTURE(counts[Reading::right_values], counts[Reading::other_values], counts[Reading::rejected]);
  CHECK(crashing_seeds.empty());
  CHECK(counts[Reading::rejected] > 0);
  return counts;
}

}  // namespace tessera::test
