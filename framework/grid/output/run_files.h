// The result files of a grid run.
#pragma once

#include "grid/field/field_store.h"
#include "grid/job/job_spec.h"
#include "grid/output/image_writer.h"
#include "grid/output/map_writer.h"
#include "grid/output/outputs_state.h"
#include "grid/output/run_table.h"
#include "grid/solver/solver_schema.h"
#include "picture/picture.h"
#include "table/table.h"
#include "transport/agreement.h"
#include "transport/communicator.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::output {

/// Writes the results of a run to its directory: field files and their index, images, maps, and the tables of
/// diagnostics, probes, regions and transects.
/// If a function other than an accessor fails on any rank, it throws transport::AgreedError on all ranks.
/// Only rank 0 writes tables, images and maps. Call begin(), or restore() and resume(), before writing
/// results.
class RunFiles {
 public:
  /// `directory`: the run directory, which must exist. `warn` is called on rank 0 if files of an earlier
  /// attempt were changed or removed. The other arguments must outlive the object. Does not change any files.
  RunFiles(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema,
           std::string directory, Warn warn);

  /// Removes all results of earlier attempts and creates the directories for new results. @note Collective.
  void begin();
  /// Restores the record of the files from a checkpoint; the files themselves are not changed before
  /// resume(). @note Collective.
  void restore(const OutputsState& state);
  /// After restore(): removes results written after `step`, and restores the tables to their content at the
  /// checkpoint; see RunTable. Field files, images and maps that are missing or have another size are
  /// reported and left out of the index. @note Collective.
  void resume(std::int64_t step);

  /// Appends a row to diagnostics.csv. `values`: one per diagnostic of the solver. @note Collective.
  void write_diagnostics(std::int64_t step, double time, std::span<const double> values);
  /// Appends a row to probes.csv. `columns`: one name per value. @note Collective.
  void write_probes(std::int64_t step, double time, const std::vector<std::string>& columns,
                    std::span<const double> values);
  /// As write_probes(), but to regions.csv. @note Collective.
  void write_regions(std::int64_t step, double time, const std::vector<std::string>& columns,
                     std::span<const double> values);
  /// Appends rows to transects.csv. `columns`: titles of all columns after the time; `names`: the first value
  /// of each row; `numbers`: the other values, row by row. @note Collective.
  void write_transects(std::int64_t step, double time, const std::vector<std::string>& columns,
                       const std::vector<std::string>& names, std::span<const double> numbers);
  /// Writes a field file and updates the index of all field files. Returns the path of the file relative to
  /// the run directory, or an empty string if the job writes no field files. Derived fields must be up to
  /// date. @note Collective.
  std::string write_fields(const field::FieldStore& store, std::int64_t step, double time);
  /// Draws all images of the job and returns their paths relative to the run directory. @note Collective.
  std::vector<std::string> write_images(const field::FieldStore& store,
                                        const std::vector<picture::Marker>& markers, std::int64_t step,
                                        double time);

  /// Writes maps of all statistics, if the job has a format for maps. Returns the paths of the files relative
  /// to the run directory. @note Collective.
  std::vector<std::string> write_maps(const field::FieldStore& store, std::int64_t step, double time);

  /// Syncs all files to disk and returns their state, for a checkpoint. The result is complete only on
  /// rank 0. @note Collective.
  OutputsState state();

  bool writes_fields() const { return job_->output.hdf5 && !job_->output.fields.empty(); }
  /// Numbers of field files, and of images and files of maps, written so far, on rank 0.
  std::size_t field_file_count() const { return state_.field_files.size(); }
  std::size_t image_count() const { return state_.images.size(); }

 private:
  std::string path_of(const std::string& relative) const { return directory_ + "/" + relative; }
  /// Runs `work` on rank 0; if it throws, all ranks throw.
  template <class Work>
  void on_root(const Work& work) const {
    transport::collectively(*comm_, [&] {
      if (comm_->is_root()) work();
    });
  }
  std::array<RunTable*, 4> tables() { return {&diagnostics_, &probes_, &regions_, &transects_}; }
  void write_row(RunTable& table, std::int64_t step, double time, const std::vector<std::string>& columns,
                 std::span<const double> values);
  /// Records a complete file on rank 0. @note Collective.
  void record(const std::string& name);
  void create_directories() const;
  void write_index();
  void sync_new_files();

  const transport::Communicator* comm_;
  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  std::string directory_;
  Warn warn_;
  ImageWriter image_writer_;
  MapWriter map_writer_;
  RunTable diagnostics_;
  RunTable probes_;
  RunTable regions_;
  RunTable transects_;
  OutputsState state_;              // `tables` is set in state() only
  std::size_t synced_images_ = 0;   // the first of state_.images, which are known to be on disk
  bool folders_are_synced_ = true;  // whether the names of all files are on disk
  bool index_is_synced_ = true;     // whether the content of fields.xdmf is on disk
};

}  // namespace tessera::output
