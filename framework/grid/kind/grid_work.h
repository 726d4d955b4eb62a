// A grid job in progress.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/kind/grid_report.h"
#include "grid/kind/recorder.h"
#include "grid/loop/grid_loop.h"
#include "grid/loop/state_digest.h"
#include "grid/output/run_files.h"
#include "grid/solver/solver.h"
#include "work/context.h"
#include "work/work.h"

#include <memory>
#include <optional>
#include <vector>

namespace tessera::grid {

/// The name of the section of a checkpoint that lists the result files.
constexpr const char* outputs_section = "outputs";

/// See work::Work.
class GridWork : public work::Work {
 public:
  /// Partitions the domain and allocates the fields. `solver` must be configured for `job`. `data_sets`: the
  /// data sets of the job that this process has already read; they are released in begin() or resume().
  /// `context` must outlive the object. Throws transport::AgreedError. @note Collective.
  GridWork(const work::Context& context, solver::Solver solver, JobSpec job, input::DataSets data_sets);
  GridWork(const GridWork&) = delete;
  GridWork& operator=(const GridWork&) = delete;

  std::string banner() const override;
  std::string facts() const override;
  void begin() override;
  void restore(const checkpoint::Source& source) override;
  void resume() override;
  work::SafePoint advance(const work::AdvanceOptions& options) override;
  checkpoint::Contents save() override;
  std::uint64_t digest() override;
  work::SafePoint point() const override { return loop_->point(); }
  work::Progress progress() const override;
  work::Report report() override;

 private:
  GridReport initial_report() const;
  void make_loop();
  void use_fresh_loop();
  std::vector<std::optional<int>> saved_fields(const loop::LoopState& state) const;
  void log_own_cells() const;
  void warn_about_resources() const;
  void warn_about_shared_memory() const;
  const std::vector<loop::FieldDigest>& field_digests();

  const work::Context* context_;
  solver::Solver solver_;
  JobSpec job_;
  input::DataSets data_sets_;
  output::RunFiles files_;
  Recorder recorder_;
  std::unique_ptr<loop::GridLoop> loop_;
  bool loop_is_fresh_ = true;       // whether the loop has not been used yet: its fields are all zero
  double initial_imbalance_ = 0.0;  // on rank 0
  // Digests of the current state; nullopt: not computed yet.
  std::optional<std::vector<loop::FieldDigest>> digests_;
};

}  // namespace tessera::grid
