// The field files of a run, in the folder `fields` of its directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::rundir {

/// A field file of a run.
struct FieldFile {
  std::string path;
  std::int64_t step = 0;
};

/// The path of the field file of a step, relative to the run directory.
std::string field_file_name(std::int64_t step);

/// The step in the path of a field file; nullopt if it is not the path of one.
std::optional<std::int64_t> step_of_field_file(std::string_view path);

/// Returns the field file with the highest step in `run_directory`. Throws base::Error (no_input) if there is
/// none, or if the folder cannot be read.
FieldFile newest_field_file(const std::string& run_directory);

}  // namespace tessera::rundir
