// Parameter sweeps: the runs of a job array and the names of their folders.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::batch {

/// Maximum number of runs in one job array.
constexpr std::size_t max_runs = 10000;

/// Expands strings of the form "key=value,value" into all combinations of their values. Each combination is a
/// list of overrides; the values of the last string vary fastest. A key without a dot is a parameter of the
/// solver. Commas within brackets and quotes belong to the value. If `sweep` is empty, returns one empty
/// combination. Throws base::Error (usage) if a string has another form or there are more than `max_runs`
/// combinations.
std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep);

/// Throws base::Error (usage) if `jobs` job files with `combinations` runs each are more than `max_runs`
/// runs.
void check_run_count(std::size_t jobs, std::size_t combinations);

/// Converts a string to a folder name: replaces characters other than letters, digits and `-_.=+,` with
/// underscores, truncates the name to 120 characters, and prepends an underscore if it is empty or starts
/// with a dot.
std::string folder_name(const std::string& text);

/// Name of the folder of a run: its overrides, preceded by the name of the job file if there are several.
std::string run_label(const std::string& job_path, bool several_jobs,
                      const std::vector<std::string>& combination);

/// The job files and overrides of a command line.
struct JobArguments {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;
};

/// Classifies arguments as job files or overrides. `job` and `overrides` are the positional arguments,
/// `array` the arguments of --array. If the shell has expanded a pattern after --array, the positional
/// arguments may contain some of the resulting files. An argument with an `=` is an override unless a file of
/// that name exists. Throws base::Error (usage) if there is no job file.
JobArguments classify_arguments(const std::string& job, const std::vector<std::string>& overrides,
                                const std::vector<std::string>& array);

}  // namespace tessera::batch
