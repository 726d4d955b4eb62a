// Parameter sweeps: the runs of a job array and the names of their folders.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::batch {

/// Maximum number of runs in one job array.
constexpr std::size_t max_runs = 10000;

/// Expands texts of the form "key=value,value" into all combinations of their values. Each combination is a
/// list of overrides; the values of the last text vary fastest. A key without a dot names a parameter of the
/// solver. Commas within brackets and quotes belong to the value. If `sweep` is empty, returns one empty
/// combination. Throws base::Error (usage) if a text has another form or there are more than `max_runs`
/// combinations.
std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep);

/// Throws base::Error (usage) if `jobs` job files with `combinations` runs each are more than `max_runs`
/// runs.
void check_run_count(std::size_t jobs, std::size_t combinations);

/// Converts a text to a folder name: replaces everything but letters, digits and -_.=+, with underscores,
/// truncates it to 120 characters, and prefixes an underscore if it is empty or starts with a dot.
std::string folder_name(const std::string& text);

/// Name of the folder of a run: its overrides, after the name of the job file if there are several job files.
std::string run_label(const std::string& job_path, bool several_jobs,
                      const std::vector<std::string>& combination);

/// The job files and overrides of a command line.
struct JobWords {
  std::vector<std::string> paths;
  std::vector<std::string> overrides;
};

/// Classifies words as job files or overrides. `job` and `overrides` are the positional words, `array` the
/// words after --array. If the shell has expanded a pattern there, some of its files may be among the
/// positional words. A word with an `=` is an override unless a file of that name exists. Throws base::Error
/// (usage) if there is no job file.
JobWords classify_words(const std::string& job, const std::vector<std::string>& overrides,
                        const std::vector<std::string>& array);

}  // namespace tessera::batch
