// Checks the text of a grid job against the sample schemas.
#pragma once

#include "grid/job/check.h"
#include "sample_schemas.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace tessera::grid::sample {

inline const std::filesystem::path job_folder{TESSERA_SOURCE_DIR "/tests/grid/job"};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE(file);
  return {std::istreambuf_iterator<char>{file}, {}};
}

struct CheckResult {
  std::optional<JobSpec> job;
  tessera::job::Diagnostics problems;
};

inline CheckResult check_job(const std::string& text, const std::vector<std::string>& overrides = {}) {
  CheckResult result;
  const job::Document document{"job.toml", text, overrides, result.problems};
  result.job = check(document, schema_of(document.solver_name().value_or("heat")), result.problems);
  CHECK(result.job.has_value() == result.problems.empty());
  return result;
}

inline JobSpec valid_job(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto c = check_job(text, overrides);
  INFO(c.problems.render());
  REQUIRE(c.job);
  return *c.job;
}

/// The messages for a job with overrides, one per line.
inline std::string messages(const std::string& text, const std::vector<std::string>& overrides) {
  std::string out;
  const CheckResult c = check_job(text, overrides);
  for (const job::Problem& p : c.problems.problems()) out += p.message + "\n";
  return out;
}

}  // namespace tessera::grid::sample
