// The state of a run's result files at a checkpoint.
#pragma once

#include "grid/output/xdmf.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::output {

/// The length of a table to which rows are appended.
struct TableLength {
  std::string name;
  std::uint64_t bytes = 0;

  friend bool operator==(const TableLength&, const TableLength&) = default;
};

struct OutputsState {
  std::vector<TableLength> tables;    ///< without tables that have no rows yet
  std::vector<XdmfStep> field_files;  ///< in the order in which they were written
  std::uint64_t images = 0;           ///< number of images drawn

  friend bool operator==(const OutputsState&, const OutputsState&) = default;
};

/// Serializes a state in a fixed little-endian format.
std::string encode(const OutputsState& state);
/// The inverse of encode(). Throws base::Error (bad_data) if the bytes are not a valid state. `what`: the
/// origin of the bytes, for messages.
OutputsState decode_outputs_state(std::string_view bytes, const std::string& what);

/// Throws base::Error (bad_data) if a table in `directory` is missing or shorter than in `state`, because the
/// missing rows would not be written again. No communication.
void check_tables(const OutputsState& state, const std::string& directory);

/// Removes the field files and images of steps after `step`, which will be written again, and incomplete
/// files. With a negative step, removes all results. Ignores errors. No communication.
void remove_later_results(const std::string& directory, std::int64_t step);

}  // namespace tessera::output
