// Records the results of a run in files and logs.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/outputs.h"
#include "grid/output/run_files.h"
#include "work/context.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::grid {

/// Writes the results of a run to its files, logs them, and publishes the progress of this rank.
class Recorder : public loop::Outputs {
 public:
  /// All arguments must outlive the object.
  Recorder(const work::Context& context, const JobSpec& job, output::RunFiles& files)
      : context_{&context}, job_{&job}, files_{&files} {}

  void on_step(std::int64_t step, double time, double dt) override;
  void on_diagnostics(const loop::StateView& state, const std::vector<double>& values) override;
  void on_probes(const loop::StateView& state) override;
  void on_regions(const loop::StateView& state, const std::vector<std::string>& columns,
                  const std::vector<double>& values) override;
  void on_transects(const loop::StateView& state, const loop::TransectSet& transects) override;
  void on_fields(const loop::StateView& state) override;
  void on_images(const loop::StateView& state) override;
  void on_warning(const std::string& problem, const std::string& advice) override;

  /// The records of all probes at the latest sample of this attempt; empty before the first sample.
  const std::vector<loop::ProbeRecord>& sampled_probes() const { return sampled_records_; }

 private:
  void log_moved_probes(const loop::ProbeSet& probes);

  const work::Context* context_;
  const JobSpec* job_;
  output::RunFiles* files_;
  std::vector<loop::ProbeRecord> sampled_records_;
};

}  // namespace tessera::grid
