// The thread of a rank that writes while the run goes on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace tessera::checkpoint {

/// Does one piece of work after the other, each in a thread of its own, and keeps what went wrong. The work
/// uses no MPI. One thread calls all of its functions.
class WriteThread {
 public:
  WriteThread() = default;
  WriteThread(const WriteThread&) = delete;
  WriteThread& operator=(const WriteThread&) = delete;
  /// Waits for the work.
  ~WriteThread() { wait(); }

  /// Forgets what went wrong before.
  void reset();
  /// Waits for the work before, and starts `work` unless something has gone wrong since reset().
  void start(std::function<void()> work);
  bool done() const { return done_; }
  void wait();

  /// What the ranks agree on: all_well, or a word that names this rank and its errno. The smallest of all is
  /// heard. No rank may wait for another's words while it owes that one its ghost cells, so a number must do.
  static constexpr std::int64_t all_well = std::int64_t{1} << 60;
  std::int64_t word(int rank) const;
  /// "rank 3 could not write its part: No space left on device"; `doing`: "could not write its part".
  static std::string text_of(std::int64_t word, const std::string& doing);

  /// What went wrong on this rank; empty: nothing. While work is under way it must not be called.
  const std::string& problem() const { return problem_; }
  /// The exception being handled is what went wrong.
  void fail();

 private:
  std::thread thread_;
  std::atomic<bool> done_{true};
  std::string problem_;
  int system_error_ = 0;  // errno behind it, where there is one
};

}  // namespace tessera::checkpoint
