// A kind of job: grids; later farms and shuffles.
#pragma once

#include "checkpoint/identity.h"
#include "job/diagnostics.h"
#include "job/document.h"
#include "job/header.h"
#include "work/context.h"
#include "work/work.h"

#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace tessera::work {

/// A job that has been checked once, on rank 0. Everything but `cache` is sent to the other ranks as it is.
struct Checked {
  job::Header header;
  checkpoint::Identity identity;  ///< what must match for a run to be resumed
  std::string plugin_file;        ///< empty: the kind needs no plugin
  bool savable = true;            ///< false: the state cannot be saved, so that a run has no checkpoints
  std::string spec;               ///< the rest of the job, encoded by its kind
  /// What the check has read and make() can use on the same rank, such as data sets.
  std::shared_ptr<const void> cache;
};

struct CheckOptions {
  std::vector<std::string> plugin_folders;                        ///< searched before the standard ones
  double memory_limit = std::numeric_limits<double>::infinity();  ///< bytes, over all ranks
  /// The job resumes from a checkpoint: input data that it holds need not exist any more, and is not read.
  bool resumes = false;
};

/// Stateless.
class Kind {
 public:
  virtual ~Kind() = default;

  /// Checks a whole job and reports every problem to `problems`. Runs on one rank, without MPI. Returns
  /// nullopt if there was a problem. Throws base::Error: unavailable if the plugin cannot be loaded and that
  /// is the only problem (`problems` holds it then), bad_job with the words of a solver that refuses the job.
  virtual std::optional<Checked> check(const job::Document& document, const CheckOptions& options,
                                       job::Diagnostics& problems) const = 0;

  /// The work of a checked job on the ranks of `context.comm`; nothing is computed yet. Throws
  /// transport::AgreedError. @note Collective.
  virtual std::unique_ptr<Work> make(const Checked& checked, const Context& context) const = 0;
};

}  // namespace tessera::work
