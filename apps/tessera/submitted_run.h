// The runs of `tessera submit`: their jobs, checked, and their directories.
#pragma once

#include "batch/batch_script.h"
#include "batch/new_folders.h"
#include "batch/slurm.h"
#include "run/job_request.h"

#include <string>
#include <vector>

namespace tessera::app {

/// What `tessera submit` is asked to do.
struct SubmitOptions {
  run::JobRequest job;  ///< its path is empty if `jobs` are given
  /// Job files of an array; words of the form "key.path=value" among them are overrides.
  std::vector<std::string> jobs;
  std::vector<std::string> sweep;  ///< such as "diffusivity=0.1,0.2,0.4": one run per combination of values
  std::string run_directory;       ///< run directory, or folder of the runs of an array; empty: a new one
  std::string limit;               ///< time limit of a job, as Slurm writes it or as "1 h 30 min"
  batch::BatchRequest batch;       ///< the options that go into the batch script as they are
  bool dry_run = false;
  bool json = false;
};

/// A run to queue, with its job checked.
struct SubmittedRun {
  run::JobRequest request;
  std::string label;  ///< name of its folder, if it is one of an array
  work::Checked job;
};

/// Checks all jobs that the options name. Throws base::Error (usage, bad_job, ...).
std::vector<SubmittedRun> submitted_runs(const SubmitOptions& options);

/// The words with which `tessera launch` starts the run.
std::vector<std::string> launch_arguments(const SubmittedRun& run);

/// A run directory, and whether its run is done already.
struct SubmittedDirectory {
  std::string path;  ///< absolute
  bool done = false;
};

/// Makes the directory of a run, or takes over the existing one. An empty `path` makes a new one in the job's
/// output folder. New directories are added to `folders`. Throws base::Error (cannot_create) if the existing
/// one is in use or queued, or holds another job.
SubmittedDirectory directory_of(const std::string& path, const SubmittedRun& run, const batch::Slurm& slurm,
                                batch::NewFolders& folders);

/// Makes the folder of the runs of an array, or returns that of an earlier array.
std::string array_folder(const SubmitOptions& options, const SubmittedRun& first, batch::NewFolders& folders);

/// Seconds that checkpoints took in an earlier part of the run in a directory; negative if not known.
double checkpoint_seconds(const std::string& run_directory);

}  // namespace tessera::app
