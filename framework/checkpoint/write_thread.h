// The thread of a rank that writes while the run continues.
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
  double seconds = 0.0;          ///< from begin() until a run could be resumed from it
  double stopped_seconds = 0.0;  ///< of these, the run was blocked
  std::string problem;           ///< why there is no checkpoint; empty if there is one
};

/// Runs one piece of work after the other, each in a thread of its own, and records the first failure. The
/// work must not use MPI. All functions must be called by the same thread.
class WriteThread {
 public:
  WriteThread() = default;
  WriteThread(const WriteThread&) = delete;
  WriteThread& operator=(const WriteThread&) = delete;
  /// Waits for the work to end.
  ~WriteThread() { wait(); }

  /// Waits for the work to end and forgets an earlier failure.
  void reset();
  /// Waits for the previous work to end, then starts `work` unless there was a failure since reset().
  void start(std::function<void()> work);
  bool done() const { return done_; }
  void wait();

  /// The status that the ranks agree on by its minimum: all_well, or a number that encodes this rank and its
  /// errno. It has to be a number: the reduction runs in the background, since a rank must not wait for text
  /// from another rank that waits for its ghost cells.
  static constexpr std::int64_t all_well = std::int64_t{1} << 60;
  std::int64_t status(int rank) const;
  /// "rank 3 could not write: No space left on device" for a `failure` of "could not write".
  static std::string text_of(std::int64_t status, const std::string& failure);

  /// The failure on this rank; empty if there is none. Must not be called while work is running.
  const std::string& problem() const { return problem_; }
  /// Records the exception that is being handled as the failure.
  void fail();

 private:
  std::thread thread_;
  std::atomic<bool> done_{true};
  std::string problem_;
  int system_error_ = 0;  // errno of the failure, or 0
};

}  // namespace tessera::checkpoint
