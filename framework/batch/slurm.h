// The commands of Slurm.
#pragma once

#include "base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::batch {

/// A job as the queue shows it.
struct QueuedJob {
  std::string id;      ///< 1234, or 1234_7 for a task of an array
  std::string state;   ///< PENDING, RUNNING, COMPLETING, ... as squeue writes it
  std::string reason;  ///< why it waits: Resources, Priority, BeginTime, ...; "None" when it does not
  std::string left;    ///< time left, as squeue writes it

  /// Whether it waits, runs, or is about to do so again.
  bool is_active() const;
};

/// What sbatch says of a job that it took.
struct Submission {
  std::string job_id;
  std::string cluster;  ///< empty: the only one
};

/// Lines of `squeue --noheader --format=%i|%T|%r|%L`; those that are no such line are left out.
std::vector<QueuedJob> parse_queue(const std::string& text);
/// What `sbatch --parsable` prints: "1234" or "1234;cluster", maybe after lines of a site's own. Nothing for
/// anything else.
std::optional<Submission> parse_submission(const std::string& text);
/// Whether a message of a command of Slurm is about a controller that is busy or out of reach, so that it is
/// of use to ask again.
bool is_passing(const std::string& message);

/// The controller has not said what became of a job: it may be queued.
class NoAnswer : public base::Error {
 public:
  using base::Error::Error;
};

/// Asks Slurm through its commands, and asks again when the controller is busy or does not answer.
class Slurm {
 public:
  struct Patience {
    double seconds = 30.0;     ///< for one answer
    int tries = 5;             ///< at least 1
    double first_pause = 1.0;  ///< seconds before the second try; doubled each time
  };

  Slurm() = default;
  explicit Slurm(Patience patience) : patience_{patience} {}

  /// Whether its commands are in PATH.
  static bool available();

  /// Queues a script. A job that was taken without an answer is found again by its script, and none is
  /// queued twice. Throws base::Error: unavailable without sbatch or an answer, cannot_create with the reason
  /// where it is refused.
  Submission submit(const std::string& script) const;

  /// Those of `ids` that the queue knows; all in one question. Nothing where Slurm is not there or gives no
  /// answer.
  std::optional<std::vector<QueuedJob>> queue(const std::vector<std::string>& ids) const;

 private:
  std::optional<Submission> find(const std::string& script) const;

  Patience patience_;
};

}  // namespace tessera::batch
