// Writes what a run produces.
#pragma once

#include "base/log.h"
#include "driver/observer.h"
#include "output/run_directory.h"
#include "output/table.h"
#include "output/xdmf.h"
#include "report/progress.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::app {

/// The observer of a real run: fields, pictures, tables, log and progress in a run directory.
class RunOutputs : public driver::Observer {
 public:
  /// `directory`: of the run, on every rank; made by rank 0 before. `progress`: on rank 0, unless quiet.
  RunOutputs(const transport::Communicator& comm, const job::JobSpec& job, std::string directory,
             std::optional<report::Progress> progress);

  void started(const driver::StateView& state) override;
  void stepped(const driver::StateView& state, double dt) override;
  void diagnostics(const driver::StateView& state, const std::vector<double>& values) override;
  void probes(const driver::StateView& state, const driver::ProbeSet& probes) override;
  void fields(const driver::StateView& state) override;
  void images(const driver::StateView& state) override;

  /// Ends the progress line.
  void finish();
  base::Log& log() { return log_; }
  std::size_t snapshots() const { return steps_.size(); }
  std::size_t pictures() const { return pictures_; }
  const std::vector<driver::ProbeRecord>& probe_records() const { return probe_records_; }

 private:
  std::string file(const std::string& relative) const { return directory_ + "/" + relative; }
  void write_image(const driver::StateView& state, std::size_t number);

  const job::JobSpec* job_;
  std::string directory_;
  std::optional<report::Progress> progress_;
  base::Log log_;
  std::optional<output::CsvWriter> diagnostics_;
  std::optional<output::CsvWriter> probes_;
  std::vector<output::XdmfStep> steps_;
  std::vector<driver::ProbeRecord> probe_records_;
  std::size_t pictures_ = 0;
};

}  // namespace tessera::app
