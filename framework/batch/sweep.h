// Parameter sweeps: the runs of a job array and the names of their folders.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::batch {

/// Maximum number of runs in one job array.
constexpr std::size_t max_runs = 10000;

/// Expands "key=value,value" texts into all combinations of their values, each a list of overrides; the
/// values of the last text vary fastest. A key without a dot names a parameter of the solver. Commas within
/// brackets and quotes belong to the value. If `sweep` is empty, there is one empty combination. Throws
/// base::Error (usage) if a text has another form or there are more than `max_runs` combinations.
std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep);

/// Throws base::Error (usage) if `jobs` job files with `combinations` each make more than `max_runs` runs.
void check_run_count(std::size_t jobs, std::size_t combinations);

/// Turns a text into a folder name of at most 120 characters. Everything but letters, digits and -_.=+,
/// becomes an underscore.
std::string folder_name(const std::string& text);

/// Name of the folder of one run: its overrides, after the name of its job file if there are several files.
std::string run_label(const std::string& job_path, bool several_jobs,
                      const std::vector<std::string>& combination);

/// The words of a command line that name jobs.
struct JobWords {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;
};

/// Sorts words into job files and overrides. `job` and `overrides` are the positional words, `array` the
/// words after --array; a list of files that the shell expanded there may extend into the positional words. A
/// word with an `=` is an override unless a file of that name exists. Throws base::Error (usage) if no job
/// file is named.
JobWords sort_words(const std::string& job, const std::vector<std::string>& overrides,
                    const std::vector<std::string>& array);

}  // namespace tessera::batch
