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

/// Writes field files with their index, images and the tables of diagnostics and probes to a run directory.
/// Every function but the accessors throws transport::AgreedError on all ranks. Rank 0 alone writes tables
/// and images. Before the first result, either begin() or resume().
class RunFiles {
 public:
  /// `directory`: the run directory, which exists. Changes no file. The other arguments must outlive it.
  RunFiles(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
           std::string directory);

  /// Removes all results of earlier attempts. @note Collective.
  void begin();
  /// Checks that the files reach as far as at a checkpoint, and takes over what it knows of them. Throws
  /// bad_data if they do not. Changes no file. @note Collective.
  void restore(const OutputsState& state);
  /// After restore(): removes what was written after `step`, and truncates the tables. @note Collective.
  void resume(std::int64_t step);

  /// Appends a row to diagnostics.csv. `values`: one per diagnostic of the solver. @note Collective.
  void write_diagnostics(std::int64_t step, double time, std::span<const double> values);
  /// Appends a row to probes.csv. `columns`: the names of the values. @note Collective.
  void write_probes(std::int64_t step, double time, const std::vector<std::string>& columns,
                    std::span<const double> values);
  /// Writes a field file, and the index of all field files; returns its name below the run directory, or an
  /// empty one if the job wants no field files. Derived fields must be up to date. @note Collective.
  std::string write_fields(const field::FieldStore& store, std::int64_t step, double time);
  /// Draws all images of the job; returns their names below the run directory. @note Collective.
  std::vector<std::string> write_images(const field::FieldStore& store,
                                        const std::vector<picture::Marker>& markers, std::int64_t step,
                                        double time);

  /// Puts the rows of all tables on the disk and returns what a checkpoint must know of the files. The
  /// lengths of tables are known to rank 0 alone. @note Collective.
  OutputsState state();

  bool writes_fields() const { return job_->output.hdf5 && !job_->output.fields.empty(); }
  std::size_t field_files() const { return state_.field_files.size(); }
  std::uint64_t images() const { return state_.images; }

 private:
  std::string file(const std::string& relative) const { return directory_ + "/" + relative; }
  /// Runs `work` on rank 0; its error becomes that of all ranks.
  template <class Work>
  void on_root(const Work& work) const {
    transport::collectively(*comm_, [&] {
      if (comm_->root()) work();
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
  OutputsState state_;  // its tables: as restored
};

}  // namespace tessera::output
