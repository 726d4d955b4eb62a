// The list of the files that an ended run has written: the file `inventory` in its directory.
#pragma once

#include "checkpoint/contents.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::run {

/// Written when a run is done or stopped. The record of the run contains its fingerprint, so that both belong
/// together even after a crash.
struct Inventory {
  std::uint64_t report_bytes = 0;            ///< size of run.json
  std::uint64_t report_hash = 0;             ///< XXH3 of run.json
  std::vector<checkpoint::Section> outputs;  ///< the list of the result files, see work::Report::outputs

  static constexpr const char* file_name = "inventory";

  /// Replaces the file atomically and durably, and returns its fingerprint. Throws base::Error
  /// (cannot_create, io_error).
  std::string write(const std::string& run_directory) const;
  /// Reads the file. Throws base::Error (bad_data) unless it has the fingerprint.
  static Inventory read(const std::string& run_directory, const std::string& fingerprint);

  /// Whether `content` is that of run.json.
  bool has_report(const std::string& content) const;
};

}  // namespace tessera::run
