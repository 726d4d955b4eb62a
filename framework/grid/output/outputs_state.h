// The state of a run's result files at a checkpoint.
#pragma once

#include "grid/output/stored_array.h"
#include "table/content.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::output {

/// The names of all tables of a run.
inline constexpr std::array table_names{"diagnostics.csv", "probes.csv", "regions.csv", "transects.csv"};

/// A table to which rows are appended.
struct TableState {
  std::string name;
  table::Content content;

  friend bool operator==(const TableState&, const TableState&) = default;
};

/// A file that is complete.
struct FileState {
  std::string name;         ///< path relative to the run directory
  std::uint64_t bytes = 0;  ///< its size
  std::uint64_t hash = 0;   ///< XXH3 of the file; of a field file: see hash_of_rest()

  friend bool operator==(const FileState&, const FileState&) = default;
};

struct FieldFile : FileState {
  double time = 0.0;                ///< simulated seconds
  std::vector<StoredArray> fields;  ///< the fields in it, sorted by offset

  friend bool operator==(const FieldFile&, const FieldFile&) = default;
};

struct OutputsState {
  std::vector<TableState> tables;      ///< without tables that have no rows yet
  std::vector<FieldFile> field_files;  ///< in the order in which they were written
  std::vector<FileState> images;       ///< images and maps, in the order in which they were written
  FileState index;                     ///< the index of the field files; without a name if there is none

  friend bool operator==(const OutputsState&, const OutputsState&) = default;
};

/// Serializes a state in a fixed little-endian format.
std::string encode(const OutputsState& state);
/// The inverse of encode(). Throws base::Error (bad_data) if the bytes are not a valid state. `what` names
/// the bytes in messages.
OutputsState decode_outputs_state(std::string_view bytes, const std::string& what);

/// Removes the field files, images and maps from `state` that are missing in `directory` or have another
/// size, and returns their names. No communication.
std::vector<std::string> remove_missing(OutputsState& state, const std::string& directory);

/// The step in the name of a field file, an image or a map, such as fields_00000120.h5 or depth_00000120.png;
/// nullopt for other names.
std::optional<std::int64_t> step_in(const std::string& name);

/// Whether `name` is that of a temporary file (host/replacement_file.h), or of a file that parallel HDF5 uses
/// while it writes one, such as fields_00000120.h5.RANDOM.tmp.data.0.
bool is_temporary_result(std::string_view name);

/// Removes incomplete files, and the field files, images and maps of steps after `step`, which will be
/// written again. If `step` is negative, removes all results. Ignores errors. No communication.
void remove_later_results(const std::string& directory, std::int64_t step);

}  // namespace tessera::output
