// Turns a parsed job file into a checked job.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"
#include "job/diagnostics.h"
#include "job/document.h"

#include <optional>

namespace tessera::grid {

struct CheckOptions {
  /// Receives the data sets that the check reads, so that fill_initial_values() on the same rank need not
  /// read them again. nullptr: the data sets are discarded after the check.
  input::DataSets* data_sets = nullptr;
  /// Whether the job resumes from a checkpoint. The fields are then read from the checkpoint; files with
  /// initial data are not opened and need not exist.
  bool resumes = false;
};

/// Checks the whole job, including everything that depends on the solver, and reports every problem to `out`.
/// Reads the data sets with initial values. Returns the job, or nullopt if there was a problem; does not
/// throw if the job is invalid.
std::optional<JobSpec> check(const job::Document& document, const solver::SolverSchema& schema,
                             job::Diagnostics& out, const CheckOptions& options = {});

/// Checks everything that does not depend on the solver, for a job whose solver could not be loaded. Reports
/// every problem to `out`. Returns whether there were no problems.
bool check_without_solver(const job::Document& document, job::Diagnostics& out);

}  // namespace tessera::grid
