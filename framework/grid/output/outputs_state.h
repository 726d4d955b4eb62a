// What the result files of a run held at a checkpoint.
#pragma once

#include "grid/output/xdmf.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::output {

/// A table that rows are appended to.
struct TableLength {
  std::string name;
  std::uint64_t bytes = 0;

  friend bool operator==(const TableLength&, const TableLength&) = default;
};

struct OutputsState {
  std::vector<TableLength> tables;
  std::vector<XdmfStep> field_files;  ///< in the order in which they were written
  std::uint64_t images = 0;

  friend bool operator==(const OutputsState&, const OutputsState&) = default;
};

/// Fixed little-endian records.
std::string encoded(const OutputsState& state);
/// Throws base::Error (bad_data) for bytes that are not those of a state. `what`: where they are from, for
/// messages.
OutputsState decoded_outputs_state(std::string_view bytes, const std::string& what);

/// Throws base::Error (bad_data) if a table in `directory` is missing or shorter than it was: its rows would
/// not be written again. No communication.
void check_tables(const OutputsState& state, const std::string& directory);

/// Removes the field files and images that a run wrote after `step`, and what it left unfinished: they will
/// be written again. With a negative step, removes all results. No communication.
void remove_later_results(const std::string& directory, std::int64_t step);

}  // namespace tessera::output
