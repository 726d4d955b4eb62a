#include "grid/output/run_files.h"

#include "grid/output/snapshot.h"
#include "host/output_file.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::output {

namespace {

constexpr const char* diagnostics_name = "diagnostics.csv";
constexpr const char* probes_name = "probes.csv";

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " [" + unit + "]";
}

std::vector<table::CsvValue> row_of(std::int64_t step, double time, std::span<const double> values) {
  std::vector<table::CsvValue> row{step, time};
  row.insert(row.end(), values.begin(), values.end());
  return row;
}

}  // namespace

RunFiles::RunFiles(const transport::Communicator& comm, const grid::JobSpec& job,
                   const solver::SolverSchema& schema, std::string directory)
    : comm_{&comm},
      job_{&job},
      schema_{&schema},
      directory_{std::move(directory)},
      images_{comm, job, schema, directory_} {}

void RunFiles::make_folders() const {
  std::error_code ec;  // writing to a missing directory will report an error
  std::filesystem::create_directories(path_of("fields"), ec);
  if (!job_->output.images.empty()) std::filesystem::create_directories(path_of("frames"), ec);
}

void RunFiles::begin() {
  state_ = {};
  on_root([&] {
    remove_later_results(directory_, -1);
    make_folders();
  });
}

void RunFiles::restore(const OutputsState& state) {
  on_root([&] { check_tables(state, directory_); });
  state_ = state;
}

void RunFiles::resume(std::int64_t step) {
  on_root([&] {
    remove_later_results(directory_, step);
    make_folders();
    // Truncate now, so that rows about to be rewritten never appear twice.
    for (const char* name : {diagnostics_name, probes_name}) truncate_table(name);
  });
}

void RunFiles::truncate_table(const std::string& name) const {
  if (const auto bytes = restored_length(name)) {
    host::OutputFile::reopen(path_of(name), *bytes).close();
  } else {
    std::error_code ec;
    std::filesystem::remove(path_of(name), ec);
  }
}

/// The length of a table at the restored checkpoint; nullopt if it had no rows then.
std::optional<std::uint64_t> RunFiles::restored_length(const std::string& name) const {
  const auto found = std::find_if(state_.tables.begin(), state_.tables.end(),
                                  [&](const TableLength& t) { return t.name == name; });
  return found == state_.tables.end() ? std::nullopt : std::optional{found->bytes};
}

/// Appends a row. The first row creates the table or continues the restored one. Called on rank 0 only.
void RunFiles::write_row(std::optional<table::CsvWriter>& table, const std::string& name,
                         const std::vector<std::string>& columns, const std::vector<table::CsvValue>& row) {
  if (!table) {
    if (const auto bytes = restored_length(name)) {
      table.emplace(table::CsvWriter::reopen(path_of(name), columns.size(), *bytes));
    } else {
      table.emplace(path_of(name), columns);
    }
  }
  table->write_row(row);
}

void RunFiles::write_diagnostics(std::int64_t step, double time, std::span<const double> values) {
  on_root([&] {
    if (values.empty()) return;
    std::vector<std::string> columns{"step", "time [s]"};
    for (const solver::DiagnosticSchema& d : schema_->diagnostics)
      columns.push_back(with_unit(d.name, d.unit));
    write_row(diagnostics_, diagnostics_name, columns, row_of(step, time, values));
  });
}

void RunFiles::write_probes(std::int64_t step, double time, const std::vector<std::string>& columns,
                            std::span<const double> values) {
  on_root([&] {
    std::vector<std::string> all_columns{"step", "time [s]"};
    all_columns.insert(all_columns.end(), columns.begin(), columns.end());
    write_row(probes_, probes_name, all_columns, row_of(step, time, values));
  });
}

std::string RunFiles::write_fields(const field::FieldStore& store, std::int64_t step, double time) {
  if (!writes_fields()) return {};
  const std::string name = fmt::format("fields/fields_{:08}.h5", step);
  write_snapshot(*comm_, job_->geometry, *schema_, store, job_->output.fields, {path_of(name), step, time});
  state_.field_files.push_back({name, time});
  on_root([&] {
    host::write_whole_file(path_of("fields.xdmf"),
                           xdmf_text(job_->geometry, *schema_, job_->output.fields, state_.field_files));
  });
  return name;
}

std::vector<std::string> RunFiles::write_images(const field::FieldStore& store,
                                                const std::vector<picture::Marker>& markers,
                                                std::int64_t step, double time) {
  std::vector<std::string> names;
  for (std::size_t n = 0; n < job_->output.images.size(); ++n) {
    names.push_back(images_.write(store, n, markers, step, time));
    ++state_.images;
  }
  return names;
}

OutputsState RunFiles::state() {
  OutputsState current = state_;
  on_root([&] {
    current.tables.clear();
    const auto add = [&](const char* name, std::optional<table::CsvWriter>& table) {
      if (table) {
        current.tables.push_back({name, table->sync()});
      } else if (const auto bytes = restored_length(name)) {  // no row since restore()
        current.tables.push_back({name, *bytes});
      }
    };
    add(diagnostics_name, diagnostics_);
    add(probes_name, probes_);
  });
  return current;
}

}  // namespace tessera::output
