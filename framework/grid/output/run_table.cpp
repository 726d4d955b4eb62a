#include "grid/output/run_table.h"

#include "base/error.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tessera::output {

namespace {

namespace fs = std::filesystem;

}  // namespace

RunTable::RunTable(const std::string& directory, std::string name, Warn warn)
    : directory_{directory}, name_{std::move(name)}, path_{directory + "/" + name_}, warn_{std::move(warn)} {}

void RunTable::restore(std::optional<table::Content> content) {
  restored_ = content;
  writer_.reset();
}

/// The path in `old-tables` to which a table is moved.
std::string RunTable::old_path() const {
  const fs::path name{name_};
  return directory_ + "/old-tables/" +
         fmt::format("{}-to-step-{}{}", name.stem().string(), resumed_step_, name.extension().string());
}

/// Moves the file, of any type, to `old-tables`, under a name that shows its last step.
void RunTable::set_aside() {
  restored_.reset();
  if (!fs::exists(fs::symlink_status(path_))) return;
  const fs::path wanted{old_path()};
  const fs::path folder = wanted.parent_path();
  try {
    fs::create_directories(folder);
    fs::path target = wanted;
    for (int n = 2; fs::exists(fs::symlink_status(target)); ++n)
      target = folder / fmt::format("{}-{}{}", wanted.stem().string(), n, wanted.extension().string());
    fs::rename(path_, target);
    for (const std::string& changed : {folder.string(), directory_}) host::sync_folder(changed);
  } catch (const fs::filesystem_error& e) {
    throw base::Error(base::ExitCode::io_error, fmt::format("cannot move `{}` to `{}`: {}", path_,
                                                            folder.string(), e.code().message()));
  }
}

void RunTable::resume(std::int64_t step) {
  resumed_step_ = step;
  if (!restored_) {
    std::error_code ec;
    fs::remove(path_, ec);  // all its rows will be written again
    return;
  }
  // An earlier attempt has already moved the table away; its new table is begun once more.
  if (table::compare(old_path(), *restored_) == table::Match::same &&
      table::compare(path_, *restored_) != table::Match::same) {
    std::error_code ec;
    fs::remove(path_, ec);
    restored_.reset();
    return;
  }
  const char* const consequence = "rows from this step on are in a new table";
  switch (table::compare(path_, *restored_)) {
    case table::Match::other_line_endings:
      table::restore_line_endings(path_, *restored_);
      warn_(fmt::format("the line endings of `{}` had been changed", path_), "they have been restored");
      break;
    case table::Match::same:
      // Truncate now, so that rows about to be rewritten never appear twice.
      host::OutputFile::reopen(path_, restored_->bytes).close();
      break;
    case table::Match::missing:
      warn_(fmt::format("`{}` no longer exists", path_), consequence);
      restored_.reset();
      break;
    case table::Match::different:
      warn_(fmt::format("`{}` has been changed by another program, and is now in `old-tables`", path_),
            consequence);
      set_aside();
      break;
  }
}

void RunTable::write_row(const std::vector<std::string>& columns, const std::vector<table::CsvValue>& row) {
  if (!writer_ && restored_) {
    const std::vector<table::CsvValue> names(columns.begin(), columns.end());
    if (table::first_line(path_) == table::csv_line(names)) {
      writer_.emplace(table::CsvWriter::reopen(path_, columns.size(), *restored_));
    } else {
      warn_(fmt::format("the columns of `{}` have changed: the earlier rows are in `old-tables`", path_),
            "rows from this step on are in a new table");
      set_aside();
    }
  }
  if (!writer_) writer_.emplace(path_, columns);
  writer_->write_row(row);
}

std::optional<table::Content> RunTable::sync() {
  if (writer_) return writer_->sync();
  return restored_;
}

}  // namespace tessera::output
