// Access to Slurm through its commands.
#pragma once

#include "base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::batch {

/// An entry of the job queue.
struct QueuedJob {
  std::string id;         ///< 1234, or 1234_7 for a task of an array
  std::string state;      ///< PENDING, RUNNING, COMPLETING, ... as printed by squeue
  std::string reason;     ///< why it is pending: Resources, Priority, BeginTime, ...; else "None"
  std::string time_left;  ///< time remaining, as printed by squeue

  /// Whether the job is pending, running, or about to be either again.
  bool is_active() const;
};

/// What sbatch prints for a job it accepted.
struct Submission {
  std::string job_id;
  std::string cluster;  ///< empty if there is only one cluster
};

/// Parses the output of `squeue --noheader --format=%i|%T|%r|%L`. Skips lines in any other form.
std::vector<QueuedJob> parse_queue(const std::string& text);
/// Parses the output of `sbatch --parsable`, "1234" or "1234;cluster", possibly after site-specific lines.
/// Returns nullopt if there is no such line.
std::optional<Submission> parse_submission(const std::string& text);
/// Whether an error message from Slurm means that the controller is busy or unreachable, so that a retry is
/// worthwhile.
bool is_transient(const std::string& message);

/// Thrown if Slurm returned no id for a submitted job, which may be in the queue.
class NoJobId : public base::Error {
 public:
  using base::Error::Error;
};

/// Runs Slurm commands, and retries them if the controller is busy or does not reply.
class Slurm {
 public:
  struct RetryPolicy {
    double timeout_seconds = 30.0;  ///< time limit for one reply
    int max_attempts = 5;           ///< at least 1
    double initial_backoff = 1.0;   ///< seconds before the second attempt; doubled after each attempt
  };

  Slurm() = default;
  explicit Slurm(RetryPolicy policy) : policy_{policy} {}

  /// Whether sbatch is in PATH.
  static bool available();

  /// Submits a script. If sbatch accepted the job but its reply was lost, the job is looked up by its script,
  /// so that nothing is submitted twice. Throws base::Error: unavailable if sbatch is missing or cannot find
  /// its controller; NoJobId (also unavailable) if no job id was obtained after all attempts; cannot_create,
  /// with the reason, if the job is rejected.
  Submission submit(const std::string& script) const;

  /// The jobs in `ids` that are in the queue, from one squeue call; nullopt if Slurm is missing or fails.
  std::optional<std::vector<QueuedJob>> queue(const std::vector<std::string>& ids) const;

 private:
  /// Waits after attempt number `attempt`, unless it is the last one.
  void back_off(int attempt) const;
  /// Looks for a job of this user with this script. Returns nullopt if there is none or squeue fails.
  std::optional<Submission> find_submission(const std::string& script) const;

  RetryPolicy policy_;
};

}  // namespace tessera::batch
