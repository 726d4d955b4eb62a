// From a parsed job file to a checked job.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"
#include "job/diagnostics.h"
#include "job/document.h"

#include <limits>
#include <optional>

namespace tessera::grid {

struct CheckOptions {
  double memory_limit = std::numeric_limits<double>::infinity();  ///< bytes for the fields of all ranks
  /// Keeps the data sets that the check reads, for fill_initial() on the same rank. nullptr: not kept.
  input::DataSets* data_sets = nullptr;
  /// The job resumes from a checkpoint, which holds the fields: files of initial data are not opened and need
  /// not exist.
  bool resumes = false;
};

/// Checks the whole job against the framework and the solver and reports every problem to `out`. Reads
/// the data sets that the initial state names. Returns the job if there was no problem; throws nothing for
/// bad jobs.
std::optional<JobSpec> check(const job::Document& document, const solver::SolverSchema& schema,
                             job::Diagnostics& out, const CheckOptions& options = {});

/// Checks what needs no solver, for a job whose solver could not be loaded. Whether all was well.
bool check_without_solver(const job::Document& document, job::Diagnostics& out);

}  // namespace tessera::grid
