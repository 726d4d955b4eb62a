// A table that a run continues after a restart.
#pragma once

#include "grid/output/outputs_state.h"
#include "table/table.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::output {

/// Reports a problem that does not end the run: what happened, and its consequence.
using Warn = std::function<void(const std::string& problem, const std::string& consequence)>;

/// A CSV file to which rows are appended. A table that was changed or removed by someone else is never
/// written to: it is moved to the folder `old-tables`, and its rows from then on are in a new file. Used on
/// rank 0 only. All functions but the constructor throw base::Error if a file cannot be read or written.
class RunTable {
 public:
  /// `directory`: the run directory; `name`: name of the file in it. Changes no file.
  RunTable(const std::string& directory, std::string name, Warn warn);

  /// Sets the content at the checkpoint from which the run resumes; nullopt: no rows had been written.
  void restore(std::optional<table::Content> content);
  /// After restore(): removes rows that were written after the checkpoint, of step `step`.
  void resume(std::int64_t step);
  /// Appends a row, with the columns `columns`.
  void write_row(const std::vector<std::string>& columns, const std::vector<table::CsvValue>& row);
  /// Flushes the table to disk. Returns its content; nullopt if it has no rows yet.
  std::optional<table::Content> sync();

  const std::string& name() const { return name_; }

 private:
  std::string old_path() const;
  void set_aside();

  std::string directory_;
  std::string name_;
  std::string path_;
  Warn warn_;
  std::int64_t resumed_step_ = 0;
  std::optional<table::Content> restored_;
  std::optional<table::CsvWriter> writer_;
};

}  // namespace tessera::output
