// A job in progress.
#pragma once

#include "checkpoint/contents.h"
#include "checkpoint/source.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace tessera::work {

/// Requests from outside, as bits.
enum Request : unsigned {
  save_to_run_directory = 1,  ///< make a checkpoint in the run directory, then continue
  save_to_nodes = 2,          ///< make a node-local checkpoint, then continue
  stop = 4                    ///< make a checkpoint, then end
};

/// How far advance() may go.
struct Until {
  std::int64_t step = std::numeric_limits<std::int64_t>::max();  ///< not past this step
  unsigned requests = 0;  ///< what this rank has been asked for; may differ between ranks
};

/// A safe point: the state is consistent and may be saved.
struct Point {
  std::int64_t step = 0;
  std::optional<double> time;  ///< simulated seconds, if the kind has such
  bool done = false;  ///< nothing is left to do; after restore(): the job ends at this point or before
  /// What any rank was asked for in an earlier call; the same on all ranks. A request is agreed on in the
  /// background and may come one call later.
  unsigned requests = 0;
};

/// How much is done, for the progress line, progress.json and the estimate of the time remaining.
struct Progress {
  std::int64_t step = 0;
  std::optional<std::int64_t> steps_expected;
  std::optional<double> time;      ///< simulated seconds
  std::optional<double> end_time;  ///< simulated seconds
  double fraction_done = 0.0;      ///< 0 to 1
  double units_per_step = 0.0;     ///< the rate is counted in these
  std::string unit;                ///< "cell"
};

/// What a kind of job adds to the report of a run; filled in on rank 0.
struct Report {
  std::string json;  ///< an object, whose members become members of run.json
  std::string
      headline;         ///< "4920 steps   84 Mcell/s   1.2 GB sent": goes into the first line that is printed
  std::string summary;  ///< printed below it
  std::string results;  ///< lines that name where the results are, "pictures   …"
};

/// Owns everything that depends on which rank has which chunk. Functions that are not const are collective
/// and throw transport::AgreedError on all ranks.
class Work {
 public:
  virtual ~Work() = default;

  /// A few lines on what is about to run and how it is distributed, for the terminal of rank 0.
  virtual std::string banner() const = 0;
  /// What is known before the first step: a JSON object, whose members become members of run.json.
  virtual std::string facts() const = 0;

  /// Starts from the job alone: removes what earlier attempts wrote, computes the initial state and writes
  /// the first outputs. @note Collective.
  virtual void begin() = 0;

  /// Instead of begin(): takes its sections and the blocks of the chunks that this rank owns from a
  /// checkpoint. Reads no initial data. May be called again, with another checkpoint, or followed by begin(),
  /// if it throws bad_data. Changes no file. @note Collective.
  virtual void restore(const checkpoint::Source& source) = 0;

  /// After a successful restore(), once: removes from the run directory what earlier attempts wrote after
  /// that point. @note Collective.
  virtual void resume() = 0;

  /// The next safe point at most at `until.step`; writes the outputs that are due there. Not called again
  /// once done. @note Collective.
  virtual Point advance(const Until& until) = 0;

  /// The state at the point that begin(), restore() or advance() reached. It refuses to hand out a state that
  /// must not be kept, such as one with NaNs. Valid until the next call. @note Collective.
  virtual checkpoint::Contents save() = 0;

  /// Identifies the state, independently of ranks and chunk assignment. @note Collective.
  virtual std::uint64_t digest() = 0;

  virtual Point point() const = 0;
  virtual Progress progress() const = 0;

  /// After the last advance(): what there is to report. @note Collective.
  virtual Report report() = 0;
};

}  // namespace tessera::work
