// A thread that writes the data of a rank while the run continues.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace tessera::checkpoint {

/// The outcome of a checkpoint.
struct WriteReport {
  std::int64_t step = 0;
  std::uint64_t bytes = 0;       ///< size of all parts
  double seconds = 0.0;          ///< from begin() until a run could be resumed from the checkpoint
  double blocked_seconds = 0.0;  ///< time for which the run was blocked; part of `seconds`
  std::string problem;           ///< why there is no checkpoint; empty if there is one
};

/// Runs tasks one after another, each in its own thread, and records the first failure. Tasks must not use
/// MPI. All functions must be called by the same thread.
class WriteThread {
 public:
  WriteThread() = default;
  WriteThread(const WriteThread&) = delete;
  WriteThread& operator=(const WriteThread&) = delete;
  /// Waits for the current task to end.
  ~WriteThread() { wait(); }

  /// Waits for the current task to end and clears the recorded failure.
  void reset();
  /// Waits for the previous task to end, then starts the task `work` unless there has been a failure since
  /// reset().
  void start(std::function<void()> work);
  bool done() const { return done_; }
  /// Waits for the current task to end.
  void wait();

  /// The status of a rank without a failure.
  static constexpr std::int64_t success = std::int64_t{1} << 60;
  /// The status of this rank: success, or a smaller number that encodes the rank and its errno. The minimum
  /// over all ranks is the status of the checkpoint. A number allows a non-blocking reduction: a rank that
  /// waited for the error texts of all ranks would keep its neighbours waiting for ghost cells.
  std::int64_t status(int rank) const;
  /// Describes a status other than success: "rank 3 could not write: No space left on device" if `failure`
  /// is "could not write".
  static std::string text_of(std::int64_t status, const std::string& failure);

  /// The failure on this rank; empty if there is none. Must not be called while a task is running.
  const std::string& problem() const { return problem_; }
  /// Records the exception that is being handled as the failure.
  void record_failure();

 private:
  std::thread thread_;
  std::atomic<bool> done_{true};
  std::string problem_;
  int system_error_ = 0;  // errno of the failure, or 0
};

}  // namespace tessera::checkpoint
