// The result files of a grid run.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/output/image_writer.h"
#include "grid/output/outputs_state.h"
#include "grid/solver/solver_schema.h"
#include "picture/picture.h"
#include "table/table.h"
#include "transport/agreement.h"
#include "transport/communicator.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::output {

/// Writes field files and their index, images, and the tables of diagnostics and probes to a run directory.
/// If a function other than an accessor fails on any rank, it throws transport::AgreedError on all ranks.
/// Only rank 0 writes tables and images. Call begin(), or restore() and resume(), before writing results.
class RunFiles {
 public:
  /// `directory`: the run directory, which must exist. The other arguments must outlive the object. Changes
  /// no file.
  RunFiles(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
           std::string directory);

  /// Removes all results of earlier attempts and creates the folders. @note Collective.
  void begin();
  /// Sets the state of the files to that at a checkpoint. Throws bad_data if a table is missing or shorter
  /// than at the checkpoint. Changes no file. @note Collective.
  void restore(const OutputsState& state);
  /// After restore(): removes results written after `step`, and truncates the tables to their lengths at the
  /// checkpoint. @note Collective.
  void resume(std::int64_t step);

  /// Appends a row to diagnostics.csv. `values`: one per diagnostic of the solver. @note Collective.
  void write_diagnostics(std::int64_t step, double time, std::span<const double> values);
  /// Appends a row to probes.csv. `columns`: one name per value. @note Collective.
  void write_probes(std::int64_t step, double time, const std::vector<std::string>& columns,
                    std::span<const double> values);
  /// Writes a field file and updates the index of all field files. Returns the path of the file relative to
  /// the run directory, or an empty string if the job writes no field files. Derived fields must be up to
  /// date. @note Collective.
  std::string write_fields(const field::FieldStore& store, std::int64_t step, double time);
  /// Draws all images of the job; returns their paths relative to the run directory. @note Collective.
  std::vector<std::string> write_images(const field::FieldStore& store,
                                        const std::vector<picture::Marker>& markers, std::int64_t step,
                                        double time);

  /// Syncs all tables to disk and returns the state of the files, for a checkpoint. Only rank 0 knows the
  /// lengths of the tables. @note Collective.
  OutputsState state();

  bool writes_fields() const { return job_->output.hdf5 && !job_->output.fields.empty(); }
  std::size_t field_file_count() const { return state_.field_files.size(); }
  std::uint64_t image_count() const { return state_.images; }

 private:
  std::string path_of(const std::string& relative) const { return directory_ + "/" + relative; }
  /// Runs `work` on rank 0; if it throws, all ranks throw.
  template <class Work>
  void on_root(const Work& work) const {
    transport::collectively(*comm_, [&] {
      if (comm_->is_root()) work();
    });
  }
  void make_folders() const;
  void truncate_table(const std::string& name) const;
  void write_row(std::optional<table::CsvWriter>& table, const std::string& name,
                 const std::vector<std::string>& columns, const std::vector<table::CsvValue>& row);
  std::optional<std::uint64_t> restored_length(const std::string& name) const;

  const transport::Communicator* comm_;
  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  std::string directory_;
  ImageWriter images_;
  std::optional<table::CsvWriter> diagnostics_;
  std::optional<table::CsvWriter> probes_;
  OutputsState state_;  // `tables` holds the lengths at the restored checkpoint
};

}  // namespace tessera::output
