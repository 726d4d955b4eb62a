// Writes the data of a rank in a thread while the run continues.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace tessera::checkpoint {

/// The outcome of writing a checkpoint.
struct WriteReport {
  std::int64_t step = 0;
  std::uint64_t bytes = 0;       ///< size of all parts
  double seconds = 0.0;          ///< from begin() until a run could be resumed from the checkpoint
  double blocked_seconds = 0.0;  ///< time for which the run was blocked; included in `seconds`
  std::string problem;           ///< why there is no checkpoint; empty if there is one
  std::string foreground;        ///< why the run was blocked while it was written; empty if it was not
};

/// Runs tasks one after another, each in its own thread, and records the first failure. If no thread can be
/// created, a task runs in the next call of done() or wait() instead. Tasks must not call MPI. All functions
/// must be called by the same thread.
class WriteThread {
 public:
  WriteThread() = default;
  WriteThread(const WriteThread&) = delete;
  WriteThread& operator=(const WriteThread&) = delete;
  /// Waits for the current task to end.
  ~WriteThread() { wait(); }

  /// Waits for the current task to end and clears the recorded failure.
  void reset();
  /// Waits for the previous task to end, then starts `task` unless there has been a failure since reset().
  void start(std::function<void()> task);
  /// Whether no task is running.
  bool done();
  /// Waits for the current task to end.
  void wait();

  /// The status of a rank without a failure.
  static constexpr std::int64_t success = std::int64_t{1} << 60;
  /// The status of this rank: success, or a smaller number that encodes the rank and its errno. The minimum
  /// over all ranks is the status of the checkpoint. The status is a number, so that it can be reduced
  /// without blocking: if a rank waited for the error texts of all ranks, its neighbours would wait for ghost
  /// cells.
  std::int64_t status(int rank) const;
  /// Describes a status other than success: "rank 3 could not write: No space left on device" if `failure`
  /// is "could not write".
  static std::string describe(std::int64_t status, const std::string& failure);

  /// The failure on this rank; empty if there is none. Must not be called while a task is running.
  const std::string& problem() const { return problem_; }
  /// Why tasks run without a thread of their own; empty if they do not.
  const std::string& foreground_reason() const { return foreground_reason_; }
  /// Records the current exception as the failure of this rank. Must be called in a catch block.
  void record_failure();

 private:
  void run(const std::function<void()>& task);

  std::thread thread_;
  std::atomic<bool> done_{true};
  std::function<void()> deferred_;  // a task for which no thread could be created
  std::string problem_;
  int system_error_ = 0;  // errno of the failure, or 0
  std::string foreground_reason_;
};

}  // namespace tessera::checkpoint
