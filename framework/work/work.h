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

/// The arguments of advance().
struct Until {
  std::int64_t step = std::numeric_limits<std::int64_t>::max();  ///< the latest step to advance to
  unsigned requests = 0;  ///< new requests to this rank, as bits of Request; may differ between ranks
};

/// A safe point: the state is consistent and may be saved.
struct Point {
  std::int64_t step = 0;
  std::optional<double> time;  ///< simulated seconds, if the kind of job has a simulated time
  /// Whether the work is complete; after restore(): whether the job ends at this point or earlier.
  bool done = false;
  /// Requests that were passed to advance() on any rank, as bits of Request; the same on all ranks. The ranks
  /// agree on them in the background, so a request may appear only after the next call.
  unsigned requests = 0;
};

/// The progress of the work, for the progress line, progress.json and the estimated time remaining.
struct Progress {
  std::int64_t step = 0;
  std::optional<std::int64_t> steps_expected;
  std::optional<double> time;      ///< simulated seconds
  std::optional<double> end_time;  ///< simulated seconds
  double fraction_done = 0.0;      ///< 0 to 1
  double units_per_step = 0.0;     ///< amount of work per step, in `unit`
  std::string unit;                ///< unit of work, such as "cell"
};

/// The part of a run's report that depends on the kind of job; filled in on rank 0.
struct Report {
  std::string json;      ///< a JSON object, whose members become members of run.json
  std::string headline;  ///< part of the first printed line, such as "4920 steps   84 Mcell/s   1.2 GB sent"
  std::string summary;   ///< printed below the headline
  std::string results;   ///< printed last: lines with the paths of the results, such as "images     …"
};

/// A job in progress, with everything that depends on the assignment of chunks to ranks. Functions that are
/// not const are collective and throw transport::AgreedError on all ranks.
class Work {
 public:
  virtual ~Work() = default;

  /// A few lines that describe the work and its distribution, for the terminal of rank 0.
  virtual std::string banner() const = 0;
  /// A JSON object with the facts known before the first step; its members become members of run.json.
  virtual std::string facts() const = 0;

  /// Starts from the beginning: removes what earlier attempts wrote, computes the initial state and writes
  /// the first outputs. @note Collective.
  virtual void begin() = 0;

  /// Called instead of begin(): restores the state from a checkpoint. Each rank restores the chunks that it
  /// owns. Reads no initial data and changes no file. If it throws bad_data, it may be called again with
  /// another checkpoint, or begin() may be called. @note Collective.
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

  /// Returns the digest of the state, which does not depend on the ranks or the assignment of chunks to them.
  /// @note Collective.
  virtual std::uint64_t digest() = 0;

  virtual Point point() const = 0;
  virtual Progress progress() const = 0;

  /// Returns the report. Must be called after the last advance(). @note Collective.
  virtual Report report() = 0;
};

}  // namespace tessera::work
