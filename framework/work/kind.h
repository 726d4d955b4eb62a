// The interface of a kind of job, such as grid jobs.
#pragma once

#include "checkpoint/identity.h"
#include "host/memory_shortage.h"
#include "job/diagnostics.h"
#include "job/document.h"
#include "job/header.h"
#include "rundir/examination.h"
#include "work/context.h"
#include "work/work.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::work {

/// A remark on a job that does not keep it from running.
struct Remark {
  std::string text;
  std::string advice;  ///< empty if there is nothing to correct
};

/// The result of checking a job, which is done on rank 0 only. All members except `data_files`, `remarks` and
/// `cache` are sent to the other ranks.
struct CheckedJob {
  job::Header header;
  checkpoint::Identity identity;  ///< a run can be resumed only by a job with the same identity
  std::string plugin_file;        ///< path of the plugin; empty if the job needs none
  bool savable = true;            ///< whether the state can be saved; if not, no checkpoints are written
  std::string spec;               ///< the rest of the job, in an encoding that only its kind can decode
  std::string data_files;         ///< path, size and time of change of each input file; one per line
  std::vector<Remark> remarks;
  /// Data that check() has read, such as input data sets, so that data_identity() and make() on the same rank
  /// need not read them again.
  std::shared_ptr<void> cache;
};

struct CheckOptions {
  std::vector<std::string> plugin_folders;  ///< searched before the standard folders
  std::vector<host::RankLimits>
      limits;  ///< by rank; a job that needs more memory is rejected; empty: unknown
  /// Whether the run resumes from a checkpoint. If so, input data that the checkpoint makes unnecessary is
  /// not read and need not exist.
  bool resumes = false;
};

/// What is known about the result files of a run.
struct RecordedOutputs {
  std::vector<checkpoint::Section>
      sections;  ///< from a checkpoint or, for a finished run, its report; empty if there is neither
  bool is_complete = false;  ///< whether the sections list all files of the run
  std::int64_t step = -1;    ///< step at which the sections were written
};

/// A kind of job. Stateless.
class Kind {
 public:
  virtual ~Kind() = default;

  /// Checks a whole job and adds every problem to `problems`. Makes no MPI calls. Returns nullopt if there is
  /// a problem. Throws base::Error: unavailable if the only problem is that the plugin cannot be loaded (also
  /// added to `problems`), bad_job if a solver rejects the job.
  virtual std::optional<CheckedJob> check(const job::Document& document, const CheckOptions& options,
                                          job::Diagnostics& problems) const = 0;

  /// Whether the job is complete once `step` and, if the kind has a simulated time, `time` are reached. Runs
  /// on one rank, without MPI.
  virtual bool is_complete(const CheckedJob& checked, std::int64_t step,
                           std::optional<double> time) const = 0;

  /// Describes the input data that the results depend on: one line per value that is read from files, with a
  /// digest of the data used, which depends on neither the format nor the order of the data in the file.
  /// Reads the data sets that are not in `checked.cache`, and adds them and the result to the cache, so that
  /// further calls cost nothing. Runs without MPI, on the rank that has checked the job. Throws base::Error
  /// as check() does.
  virtual std::string data_identity(const CheckedJob& /*checked*/) const { return {}; }

  /// Compares the result files of a run with what was recorded about them, and adds the findings to
  /// `examination`. Marks these files as belonging to the run. Runs on one rank, without MPI. Throws
  /// base::Error (bad_data) if the sections cannot be decoded.
  virtual void examine_outputs(const RecordedOutputs& /*recorded*/,
                               rundir::Examination& /*examination*/) const {}

  /// Creates the work of a checked job on the ranks of `context.comm`, without computing anything yet. Throws
  /// transport::AgreedError. @note Collective.
  virtual std::unique_ptr<Work> make(const CheckedJob& checked, const Context& context) const = 0;
};

}  // namespace tessera::work
