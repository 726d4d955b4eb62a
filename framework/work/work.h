// A job in progress.
#pragma once

#include "checkpoint/contents.h"
#include "checkpoint/source.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace tessera::work {

/// Requests to a run, as bits.
enum Request : unsigned {
  save_to_run_directory = 1,  ///< make a checkpoint in the run directory, then continue
  save_to_nodes = 2,          ///< make a node-local checkpoint, then continue
  stop = 4                    ///< make a checkpoint, then end
};

/// How far advance() may go.
struct Until {
  std::int64_t step = std::numeric_limits<std::int64_t>::max();  ///< not beyond this step
  unsigned requests = 0;  ///< requests that this rank has received; may differ between ranks
};

/// A safe point: the state is consistent and may be saved.
struct Point {
  std::int64_t step = 0;
  std::optional<double> time;  ///< simulated seconds, if the kind of job has a simulated time
  bool done =
      false;  ///< whether the work is complete; after restore(): the job ends at this point or earlier
  /// Requests that any rank received in an earlier call; the same on all ranks. The ranks agree on a request
  /// in the background, so that it may appear one call later.
  unsigned requests = 0;
};

/// How much of the work is done, for the progress line, progress.json and the estimated time remaining.
struct Progress {
  std::int64_t step = 0;
  std::optional<std::int64_t> steps_expected;
  std::optional<double> time;      ///< simulated seconds
  std::optional<double> end_time;  ///< simulated seconds
  double fraction_done = 0.0;      ///< 0 to 1
  double units_per_step = 0.0;     ///< work per step, from which the rate is computed
  std::string unit;                ///< unit of the work: "cell"
};

/// What a kind of job adds to the report of a run; filled in on rank 0.
struct Report {
  std::string json;  ///< a JSON object, whose members become members of run.json
  std::string
      headline;  ///< "4920 steps   84 Mcell/s   1.2 GB sent": is part of the first line that is printed
  std::string summary;  ///< printed below it
  std::string results;  ///< lines that name where the results are, "images     …"
};

/// Owns everything that depends on which rank has which chunk. Functions that are not const are collective
/// and throw transport::AgreedError on all ranks.
class Work {
 public:
  virtual ~Work() = default;

  /// A few lines about what is about to run and how it is distributed, for the terminal of rank 0.
  virtual std::string banner() const = 0;
  /// A JSON object with what is known before the first step; its members become members of run.json.
  virtual std::string facts() const = 0;

  /// Starts from the beginning: removes what earlier attempts wrote, computes the initial state and writes
  /// the first outputs. @note Collective.
  virtual void begin() = 0;

  /// Instead of begin(): restores its sections, and the blocks of the chunks that this rank owns, from a
  /// checkpoint. Reads no initial data and changes no file. If it throws bad_data, it may be called again
  /// with another checkpoint, or begin() may be called instead. @note Collective.
  virtual void restore(const checkpoint::Source& source) = 0;

  /// Removes from the run directory what earlier attempts wrote after the restored point. Must be called
  /// once, after a successful restore(). @note Collective.
  virtual void resume() = 0;

  /// Advances to the next safe point, at `until.step` at the latest, and writes the outputs that are due
  /// there. Must not be called again once the work is done. @note Collective.
  virtual Point advance(const Until& until) = 0;

  /// Returns the state at the point that begin(), restore() or advance() reached, valid until the next call.
  /// Throws if the state must not be saved, for example because it contains NaNs. @note Collective.
  virtual checkpoint::Contents save() = 0;

  /// Digest of the state; does not depend on the ranks or the assignment of chunks. @note Collective.
  virtual std::uint64_t digest() = 0;

  virtual Point point() const = 0;
  virtual Progress progress() const = 0;

  /// Returns the report, after the last advance(). @note Collective.
  virtual Report report() = 0;
};

}  // namespace tessera::work
