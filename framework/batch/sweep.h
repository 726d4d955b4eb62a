// Parameter sweeps: the runs of a job array and the names of their folders.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::batch {

/// Most runs that one job array may have.
constexpr std::size_t max_runs = 10000;

/// Expands "key=value,value" texts into all combinations of their values, each a list of overrides; the last
/// text varies fastest. A key without a dot is a parameter of the solver. Commas within brackets and quotes
/// belong to the value. Without texts there is one empty combination. Throws base::Error (usage) if a text
/// has another form or there are more than `max_runs` combinations.
std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep);

/// Throws base::Error (usage) if `jobs` job files with `combinations` each are more than `max_runs` runs.
void check_run_count(std::size_t jobs, std::size_t combinations);

/// A text as the name of a folder, at most 120 characters; all but letters, digits and -_.=+, becomes _.
std::string folder_name(const std::string& text);

/// Name of the folder of one run: the name of its job file, if there are several, and its overrides.
std::string run_label(const std::string& job_path, bool several_jobs,
                      const std::vector<std::string>& combination);

/// The words of a command line that name jobs.
struct JobWords {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;
};

/// Sorts words into job files and overrides. `job` and `overrides` are the positional words; `array` holds
/// the words after --array, which takes a list of files from the shell that continues among the positional
/// words. A word with an `=` is an override unless there is such a file. Throws base::Error (usage) if no job
/// file is named.
JobWords sort_words(const std::string& job, const std::vector<std::string>& overrides,
                    const std::vector<std::string>& array);

}  // namespace tessera::batch
