// The job files of the bundled solvers.
#pragma once

#include "support/job_runner.h"
#include "support/world.h"

#include "grid/job/check.h"
#include "grid/job/configure.h"
#include "grid/solver/solver.h"
#include "job/document.h"
#include "plugin/library.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace job_files {

/// Returns the sorted names of the job files in apps/SOLVER/jobs.
inline std::vector<std::string> list(const std::string& solver) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator{TESSERA_SOURCE_DIR "/apps/" + solver + "/jobs"}) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Reads a job file, checks it without overrides and configures its solver. Fails the test if the job has
/// problems.
inline tessera::grid::JobSpec load(const std::string& solver, const std::string& name) {
  tessera::job::Diagnostics problems;
  const auto document =
      tessera::job::Document::read(TESSERA_SOURCE_DIR "/apps/" + solver + "/jobs/" + name, {}, problems);
  const tessera::plugin::SearchPath path{{TESSERA_SOLVERS_DIR}};
  tessera::solver::Solver plugin{tessera::plugin::find_library(solver, document.folder(), path)};
  const auto spec = tessera::grid::check(document, plugin.schema(), problems);
  REQUIRE(problems.render() == "");
  tessera::grid::configure(plugin, *spec);
  return *spec;
}

/// Returns the contents of a job file, with its paths relative to the repository, as run_job() expects them.
inline std::string read(const std::string& solver, const std::string& name) {
  std::string text = repository_file("apps/" + solver + "/jobs/" + name);
  const std::string from = "\"../data/", to = "\"apps/" + solver + "/data/";
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// Runs three steps of a job on a grid with `cells[axis]` cells along each axis; extra entries are ignored.
/// Fails the test if the job has problems. Collective.
inline FinishedRun run_three_steps(const std::string& solver, const std::string& name,
                                   const std::vector<int>& cells) {
  std::string cell_list;
  const int dimensions = load(solver, name).geometry.dimensions;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a)
    cell_list += std::to_string(cells.at(a)) + ", ";
  return run_job(world(), read(solver, name),
                 {"domain.cells=[" + cell_list + "]", "time.end=1000 weeks", "time.max_steps=3"});
}

}  // namespace job_files
