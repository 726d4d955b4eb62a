// The runs that `tessera submit` submits: their checked jobs and their directories.
#pragma once

#include "batch/batch_script.h"
#include "batch/rollback.h"
#include "batch/slurm.h"
#include "run/job_request.h"

#include <string>
#include <vector>

namespace tessera::app {

/// The options of `tessera submit`.
struct SubmitOptions {
  run::JobRequest job;  ///< its path may be empty if `jobs` are given
  /// Job files of an array, possibly mixed with overrides of the form "key.path=value".
  std::vector<std::string> jobs;
  std::vector<std::string> sweep;   ///< such as "diffusivity=0.1,0.2,0.4"; one run per combination of values
  std::string run_directory;        ///< run directory, or folder of the runs of an array; empty: a new folder
  std::string limit;                ///< time limit of a batch job: 1:30:00 or "1 h 30 min"
  batch::BatchRequest batch;        ///< the options that are copied to the batch script unchanged
  std::vector<std::string> accept;  ///< values of --accept-changed
  bool dry_run = false;
  bool json = false;
};

/// A run to submit, with its checked job.
struct SubmittedRun {
  run::JobRequest request;
  std::string label;  ///< name of its directory if it belongs to an array
  work::CheckedJob job;
};

/// Checks all jobs given in the options. Returns one run per job and combination of swept values. Throws
/// base::Error (usage, bad_job, ...).
std::vector<SubmittedRun> submitted_runs(const SubmitOptions& options);

/// The arguments of `tessera launch` for the run, except --run-dir. They do not include the job, which is in
/// the record of the run.
std::vector<std::string> launch_arguments(const SubmittedRun& run, const SubmitOptions& options);

/// A run directory, and whether its run is already done.
struct SubmittedDirectory {
  std::string path;  ///< absolute
  bool done = false;
};

/// Creates the directory of a run, or reuses an existing run directory. If `path` is empty, creates a
/// directory in the job's output folder. The record of the run then contains the job. `rollback` restores the
/// earlier record, or removes a new directory. Throws base::Error (cannot_create) if an existing run is
/// running or queued, or has another job.
SubmittedDirectory prepare_directory(const std::string& path, const SubmittedRun& run,
                                     const SubmitOptions& options, const batch::Slurm& slurm,
                                     batch::Rollback& rollback);

/// Creates the folder for the runs of an array, or reuses that of an earlier submission. `first`: any of the
/// runs. `rollback` removes a new folder. Returns its path.
std::string prepare_array_folder(const SubmitOptions& options, const SubmittedRun& first,
                                 batch::Rollback& rollback);

/// Time that an earlier part of the run in `run_directory` spent on checkpoints, in seconds; negative if
/// unknown.
double checkpoint_seconds(const std::string& run_directory);

}  // namespace tessera::app
