// Writes what a run produces.
#pragma once

#include "base/log.h"
#include "base/progress_board.h"
#include "checkpointing.h"
#include "driver/observer.h"
#include "output/run_directory.h"
#include "output/table.h"
#include "output/xdmf.h"
#include "run_progress.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::app {

/// The observer of a real run: fields, pictures, tables, log and progress in a run directory.
class RunOutputs : public driver::Observer {
 public:
  /// `directory`: of the run, on every rank; made by rank 0 before. `nodes`: the node of each rank; see
  /// transport::Communicator::node_numbers(). `progress`: on rank 0.
  RunOutputs(const transport::Communicator& comm, const job::JobSpec& job, std::string directory,
             const std::vector<int>& nodes, std::optional<RunProgress> progress);

  void started(const driver::StateView& state) override;
  void stepped(const driver::StateView& state, double dt) override;
  void diagnostics(const driver::StateView& state, const std::vector<double>& values) override;
  void probes(const driver::StateView& state, const driver::ProbeSet& probes) override;
  void fields(const driver::StateView& state) override;
  void images(const driver::StateView& state) override;

  void checkpoint(const driver::StateView& state, const driver::Checkpoint& checkpoint) override;
  void between_blocks(const driver::StateView& state) override;

  /// What makes its checkpoints, and what tells a supervisor how far it is; both outlive the outputs.
  void attach(Checkpointing* checkpointing, const base::BoardSlot* board, const base::FailPoints* faults) {
    checkpointing_ = checkpointing;
    board_ = board;
    faults_ = faults;
  }
  /// Goes on with the files of an earlier attempt as they were at a checkpoint. @note Collective.
  void resume(const transport::Communicator& comm, const checkpoint::RunState& state);
  /// The name of the checkpoint that the run goes on from.
  void trust_checkpoint(const std::string& name) {
    if (checkpointing_ != nullptr) checkpointing_->note_verified(name);
  }
  /// Waits for a checkpoint that is still on its way; rank 0 tells how it went. Why there is none for the
  /// last step, on rank 0; empty where there is. @note Collective.
  std::string finish_checkpoints();
  /// A line for who watches and for the log; a warning where `hint` is not empty. On rank 0.
  void tell(const std::string& text, const std::string& hint = {});

  /// Ends the progress line.
  void finish();
  base::Log& log() { return log_; }
  std::size_t snapshots() const { return steps_.size(); }
  std::size_t pictures() const { return pictures_; }
  const std::vector<driver::ProbeRecord>& probe_records() const { return probe_records_; }

 private:
  std::string file(const std::string& relative) const { return directory_ + "/" + relative; }
  void write_image(const driver::StateView& state, std::size_t number);
  void open_table(std::optional<output::CsvWriter>& table, const std::string& name,
                  const std::vector<std::string>& columns);
  std::string tell_of_checkpoint();
  void tell_of_local_checkpoint();
  void publish(base::BoardPhase phase, std::int64_t step);

  const job::JobSpec* job_;
  std::string directory_;
  std::optional<RunProgress> progress_;
  base::Log log_;
  std::optional<output::CsvWriter> diagnostics_;
  std::optional<output::CsvWriter> probes_;
  std::vector<output::XdmfStep> steps_;
  std::vector<driver::ProbeRecord> probe_records_;
  std::size_t pictures_ = 0;
  Checkpointing* checkpointing_ = nullptr;
  const base::BoardSlot* board_ = nullptr;
  const base::FailPoints* faults_ = nullptr;
  std::vector<checkpoint::TableMark> marks_;  // of tables to go on with
  bool talks_ = false;
};

}  // namespace tessera::app
