// The interface of a kind of job, such as grid jobs.
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

/// A job that has been checked, on rank 0 only. Everything except `cache` is sent to the other ranks.
struct CheckedJob {
  job::Header header;
  checkpoint::Identity identity;  ///< a run can be resumed only by a job with the same identity
  std::string plugin_file;        ///< empty if the job needs no plugin
  bool savable = true;            ///< whether the state can be saved; if not, no checkpoints are written
  std::string spec;               ///< the rest of the job, encoded by its kind
  /// Data that the check has read, for make() on the same rank, such as input data sets.
  std::shared_ptr<const void> cache;
};

struct CheckOptions {
  std::vector<std::string> plugin_folders;                        ///< searched before the standard ones
  double memory_limit = std::numeric_limits<double>::infinity();  ///< for all ranks together, in bytes
  /// Whether the job resumes from a checkpoint. If so, input data that the checkpoint contains is not read
  /// and need not exist.
  bool resumes = false;
};

/// A kind of job. Stateless.
class Kind {
 public:
  virtual ~Kind() = default;

  /// Checks a whole job and reports every problem to `problems`. Runs on one rank, without MPI. Returns
  /// nullopt if there was a problem. Throws base::Error: unavailable if the plugin cannot be loaded and that
  /// is the only problem (`problems` then contains it), bad_job if a solver rejects the job.
  virtual std::optional<CheckedJob> check(const job::Document& document, const CheckOptions& options,
                                          job::Diagnostics& problems) const = 0;

  /// Creates the work of a checked job on the ranks of `context.comm`, without computing anything yet. Throws
  /// transport::AgreedError. @note Collective.
  virtual std::unique_ptr<Work> make(const CheckedJob& checked, const Context& context) const = 0;
};

}  // namespace tessera::work
