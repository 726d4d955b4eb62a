// The state of a run's result files at a checkpoint.
#pragma once

#include "table/content.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::output {

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
  std::uint64_t hash =
      0;  ///< of an image: XXH3 of the file; of a field file: sum of the digests of its fields

  friend bool operator==(const FileState&, const FileState&) = default;
};

struct FieldFile : FileState {
  double time = 0.0;                ///< simulated seconds
  std::vector<std::string> fields;  ///< names of the fields in it

  friend bool operator==(const FieldFile&, const FieldFile&) = default;
};

struct OutputsState {
  std::vector<TableState> tables;      ///< without tables that have no rows yet
  std::vector<FieldFile> field_files;  ///< in the order in which they were written
  std::vector<FileState> images;       ///< in the order in which they were drawn

  friend bool operator==(const OutputsState&, const OutputsState&) = default;
};

/// Serializes a state in a fixed little-endian format.
std::string encode(const OutputsState& state);
/// The inverse of encode(). Throws base::Error (bad_data) if the bytes are not a valid state. `what` names
/// the bytes in messages.
OutputsState decode_outputs_state(std::string_view bytes, const std::string& what);

/// Removes the field files and images from `state` that are missing in `directory` or have another size, and
/// returns their names. No communication.
std::vector<std::string> remove_missing(OutputsState& state, const std::string& directory);

/// Removes incomplete files, and the field files and images of steps after `step`, which will be written
/// again. If `step` is negative, removes all results. Ignores errors. No communication.
void remove_later_results(const std::string& directory, std::int64_t step);

}  // namespace tessera::output
