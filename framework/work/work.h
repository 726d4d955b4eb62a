// The interface of a job in progress.
#pragma once

#include "checkpoint/contents.h"
#include "checkpoint/source.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tessera::work {

/// Requests to a run; the values are bits of a mask.
enum Request : unsigned {
  save_to_run_directory = 1,  ///< write a checkpoint to the run directory, then continue
  save_to_nodes = 2,          ///< write a node-local checkpoint, then continue
  stop = 4                    ///< write a checkpoint, then stop
};

/// Arguments of Work::advance().
struct AdvanceOptions {
  /// The work must not advance beyond this step.
  std::int64_t step = std::numeric_limits<std::int64_t>::max();
  /// New requests to this rank, as bits of Request; may differ between ranks.
  unsigned requests = 0;
};

/// A point in the run at which the state is consistent and may be saved.
struct SafePoint {
  std::int64_t step = 0;
  std::optional<double> time;  ///< simulated seconds, if the kind of job has a simulated time
  /// Whether the work is complete; after restore(): whether the job ends at this step or earlier.
  bool done = false;
  /// Requests that were passed to advance() on any rank, as bits of Request; the same on all ranks. The ranks
  /// agree on them in the background, so a request may appear only after the next call.
  unsigned requests = 0;
};

/// Progress of the work, for the progress line and progress.json.
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
  std::string json;      ///< a JSON object; its members become members of run.json
  std::string headline;  ///< part of the first printed line, such as "4920 steps   84 Mcell/s   1.2 GB sent"
  std::string summary;   ///< lines printed below the headline
  std::string results;   ///< lines printed last, with the paths of the results, such as "images     …"
  /// The list of the result files, as in the sections of a checkpoint; see Kind::examine_outputs().
  std::vector<checkpoint::Section> outputs;
};

/// A job in progress. Owns everything that depends on the assignment of chunks to ranks. The non-const
/// functions are collective; if they fail, they throw transport::AgreedError on all ranks.
class Work {
 public:
  virtual ~Work() = default;

  /// A few lines that describe the work and its distribution, for the terminal of rank 0.
  virtual std::string banner() const = 0;
  /// A JSON object with the information available before the first step; its members become members of
  /// run.json.
  virtual std::string facts() const = 0;

  /// Starts from the beginning: removes the outputs of earlier attempts, computes the initial state and
  /// writes the first outputs. @note Collective.
  virtual void begin() = 0;

  /// Restores the state from a checkpoint; called instead of begin(). Each rank restores the chunks that it
  /// owns. Reads no initial data and changes no file. If this throws bad_data, the caller may try another
  /// checkpoint, or call begin(). @note Collective.
  virtual void restore(const checkpoint::Source& source) = 0;

  /// Removes from the run directory all outputs of earlier attempts after the restored point. Must be called
  /// once, after a successful restore(). @note Collective.
  virtual void resume() = 0;

  /// Advances to the next safe point, but not beyond `options.step`, and writes the outputs that are due
  /// there. Must not be called once the work is done. @note Collective.
  virtual SafePoint advance(const AdvanceOptions& options) = 0;

  /// Returns the state at point(). The result is valid until the state changes. Throws if the state must not
  /// be saved, for example because it contains NaNs. @note Collective.
  virtual checkpoint::Contents save() = 0;

  /// Returns the digest of the state. It does not depend on the number of ranks or on the assignment of
  /// chunks to ranks. @note Collective.
  virtual std::uint64_t digest() = 0;

  /// The safe point that begin(), restore() or advance() has reached.
  virtual SafePoint point() const = 0;
  virtual Progress progress() const = 0;

  /// Returns the report. Must be called after the last advance(). @note Collective.
  virtual Report report() = 0;
};

}  // namespace tessera::work
