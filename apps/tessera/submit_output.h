// What `tessera submit` prints.
#pragma once

#include "submitted_run.h"

#include "batch/batch_script.h"
#include "rundir/batch_record.h"

#include <string>
#include <vector>

namespace tessera::app {

/// Prints the batch script that would be submitted. NAME stands for a name that is not generated yet.
void print_dry_run(batch::BatchRequest request, const SubmitOptions& options,
                   const std::vector<SubmittedRun>& runs);

/// Prints the job that was submitted. `top`: the run directory, or the folder of the runs of an array.
void print_submitted(const SubmitOptions& options, const rundir::BatchRecord& record,
                     const batch::BatchRequest& request, const std::string& top);

/// Prints that all runs are done already.
void print_done(const SubmitOptions& options, const std::string& top);

}  // namespace tessera::app
