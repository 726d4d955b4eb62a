#include "grid/output/run_files.h"

#include "base/digest.h"
#include "grid/output/snapshot.h"
#include "grid/output/xdmf.h"
#include "grid/solver/field_names.h"
#include "host/durable_file.h"
#include "host/output_file.h"
#include "rundir/field_files.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::output {

namespace {

constexpr const char* index_name = "fields.xdmf";
constexpr std::uint64_t max_image_bytes = std::uint64_t{1} << 32;

std::vector<std::string> with_step_and_time(const std::vector<std::string>& columns) {
  std::vector<std::string> all{"step", "time [s]"};
  all.insert(all.end(), columns.begin(), columns.end());
  return all;
}

}  // namespace

RunFiles::RunFiles(const transport::Communicator& comm, const grid::JobSpec& job,
                   const solver::SolverSchema& schema, std::string directory, Warn warn)
    : comm_{&comm},
      job_{&job},
      schema_{&schema},
      directory_{std::move(directory)},
      warn_{std::move(warn)},
      image_writer_{comm, job, schema, directory_},
      map_writer_{comm, job, schema, directory_},
      diagnostics_{directory_, table_names[0], warn_},
      probes_{directory_, table_names[1], warn_},
      regions_{directory_, table_names[2], warn_},
      transects_{directory_, table_names[3], warn_} {}

void RunFiles::create_directories() const {
  std::error_code ec;  // ignored: writing to a missing directory will report the error
  std::filesystem::create_directories(path_of("fields"), ec);
  if (!job_->output.images.empty()) std::filesystem::create_directories(path_of("frames"), ec);
  if (job_->output.writes_maps()) std::filesystem::create_directories(path_of("maps"), ec);
}

void RunFiles::begin() {
  restore({});
  folders_are_synced_ = false;
  on_root([&] {
    remove_later_results(directory_, -1);
    create_directories();
  });
}

void RunFiles::restore(const OutputsState& state) {
  state_ = state;
  synced_images_ = state.images.size();
  for (RunTable* table : tables()) {
    const auto found = std::find_if(state.tables.begin(), state.tables.end(),
                                    [&](const TableState& t) { return t.name == table->name(); });
    table->restore(found == state.tables.end() ? std::nullopt : std::optional{found->content});
  }
}

void RunFiles::resume(std::int64_t step) {
  folders_are_synced_ = false;
  on_root([&] {
    remove_later_results(directory_, step);
    create_directories();
    for (RunTable* table : tables()) table->resume(step);
    const std::vector<std::string> missing = remove_missing(state_, directory_);
    synced_images_ = state_.images.size();
    // The index may list files that have just been removed.
    if (state_.field_files.empty()) {
      std::error_code ec;
      std::filesystem::remove(path_of(index_name), ec);
      state_.index = {};
    } else {
      write_index();
    }
    if (missing.empty()) return;
    warn_(missing.size() == 1
              ? fmt::format("`{}` has been changed or removed since the run wrote it", missing.front())
              : fmt::format("{} files, such as `{}`, have been changed or removed since the run wrote them",
                            missing.size(), missing.front()),
          "they are not written again, and fields.xdmf does not list field files among them");
  });
}

/// Writes the index of all field files. Called on rank 0 only.
void RunFiles::write_index() {
  const std::string text = xdmf_text(job_->geometry, *schema_, state_.field_files);
  index_is_synced_ = false;
  host::write_whole_file(path_of(index_name), text);
  state_.index = {index_name, text.size(), base::hash_of(std::as_bytes(std::span{text}))};
}

/// Appends a row that begins with the step and the time. `columns`: one name per value. @note Collective.
void RunFiles::write_row(RunTable& table, std::int64_t step, double time,
                         const std::vector<std::string>& columns, std::span<const double> values) {
  on_root([&] {
    std::vector<table::CsvValue> row{step, time};
    row.insert(row.end(), values.begin(), values.end());
    folders_are_synced_ = false;
    table.write_row(with_step_and_time(columns), row);
  });
}

void RunFiles::write_diagnostics(std::int64_t step, double time, std::span<const double> values) {
  if (values.empty()) return;
  std::vector<std::string> columns;
  for (const solver::DiagnosticSchema& d : schema_->diagnostics)
    columns.push_back(solver::heading(d.name, d.unit));
  write_row(diagnostics_, step, time, columns, values);
}

void RunFiles::write_probes(std::int64_t step, double time, const std::vector<std::string>& columns,
                            std::span<const double> values) {
  write_row(probes_, step, time, columns, values);
}

void RunFiles::write_regions(std::int64_t step, double time, const std::vector<std::string>& columns,
                             std::span<const double> values) {
  write_row(regions_, step, time, columns, values);
}

void RunFiles::write_transects(std::int64_t step, double time, const std::vector<std::string>& columns,
                               const std::vector<std::string>& names, std::span<const double> numbers) {
  on_root([&] {
    folders_are_synced_ = false;
    const std::vector<std::string> all_columns = with_step_and_time(columns);
    const std::size_t count = columns.size() - 1;
    for (std::size_t n = 0; n < names.size(); ++n) {
      std::vector<table::CsvValue> row{step, time, names[n]};
      const std::span<const double> values = numbers.subspan(n * count, count);
      row.insert(row.end(), values.begin(), values.end());
      transects_.write_row(all_columns, row);
    }
  });
}

std::string RunFiles::write_fields(const field::FieldStore& store, std::int64_t step, double time) {
  if (!writes_fields()) return {};
  const std::string name = rundir::field_file_name(step);
  FieldFile file;
  file.name = name;
  file.time = time;
  WrittenSnapshot written = write_snapshot(*comm_, job_->geometry, *schema_, store, job_->output.fields,
                                           {path_of(name), step, time, job_->name, job_->time.start});
  file.hash = written.hash;
  file.fields = std::move(written.fields);
  folders_are_synced_ = false;
  on_root([&] {
    file.bytes = std::filesystem::file_size(path_of(name));
    state_.field_files.push_back(std::move(file));
    write_index();
  });
  return name;
}

std::vector<std::string> RunFiles::write_images(const field::FieldStore& store,
                                                const std::vector<picture::Marker>& markers,
                                                std::int64_t step, double time) {
  std::vector<std::string> names;
  for (std::size_t n = 0; n < job_->output.images.size(); ++n) {
    names.push_back(image_writer_.write(store, n, markers, step, time));
    record(names.back());
  }
  return names;
}

std::vector<std::string> RunFiles::write_maps(const field::FieldStore& store, std::int64_t step,
                                              double time) {
  std::vector<std::string> names;
  for (std::size_t n = 0; n < job_->output.statistics.size(); ++n) {
    for (const std::string& name : map_writer_.write(store, n, step, time)) {
      record(name);
      names.push_back(name);
    }
  }
  return names;
}

void RunFiles::record(const std::string& name) {
  on_root([&] {
    const std::string bytes = host::read_small_file(path_of(name), max_image_bytes);
    state_.images.push_back({name, bytes.size(), base::hash_of(std::as_bytes(std::span{bytes}))});
  });
  folders_are_synced_ = false;
}

/// Flushes files that are not yet known to be on disk, and all names. Called on rank 0 only.
void RunFiles::sync_new_files() {
  const auto sync = [&](const std::string& name) {
    const std::string path = path_of(name);
    std::error_code ec;
    // The user may have moved the file away.
    if (std::filesystem::symlink_status(path, ec).type() == std::filesystem::file_type::regular)
      host::sync_file(path);
  };
  for (; synced_images_ < state_.images.size(); ++synced_images_) sync(state_.images[synced_images_].name);
  if (!index_is_synced_) sync(index_name);
  index_is_synced_ = true;
  if (folders_are_synced_) return;
  for (const char* folder : {"fields", "frames", "maps", "."}) {
    std::error_code ec;
    if (std::filesystem::is_directory(path_of(folder), ec)) host::sync_folder(path_of(folder));
  }
  folders_are_synced_ = true;
}

OutputsState RunFiles::state() {
  on_root([&] {
    state_.tables.clear();
    for (RunTable* table : tables()) {
      if (const auto content = table->sync()) state_.tables.push_back({table->name(), *content});
    }
    sync_new_files();
  });
  return state_;
}

}  // namespace tessera::output
