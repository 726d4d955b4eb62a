// The results of a step loop, on their way to files and logs.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/outputs.h"
#include "grid/output/run_files.h"
#include "work/context.h"

#include <cstdint>
#include <vector>

namespace tessera::grid {

/// Writes the results of a run to its files, logs them, and publishes how far this rank is.
class Recorder : public loop::Outputs {
 public:
  /// All arguments must outlive it.
  Recorder(const work::Context& context, const JobSpec& job, output::RunFiles& files)
      : context_{&context}, job_{&job}, files_{&files} {}

  void stepped(std::int64_t step, double time, double dt) override;
  void diagnostics(const loop::Instant& now, const std::vector<double>& values) override;
  void probes(const loop::Instant& now) override;
  void fields(const loop::Instant& now) override;
  void images(const loop::Instant& now) override;

  /// The probes at their last sample in this attempt; empty before the first one.
  const std::vector<loop::ProbeRecord>& sampled_probes() const { return sampled_; }

 private:
  void log_moved_probes(const loop::ProbeSet& probes);

  const work::Context* context_;
  const JobSpec* job_;
  output::RunFiles* files_;
  std::vector<loop::ProbeRecord> sampled_;
};

}  // namespace tessera::grid
