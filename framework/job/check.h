// From a parsed job file to a checked job.
#pragma once

#include "job/diagnostics.h"
#include "job/document.h"
#include "job/job_spec.h"
#include "job/solver_schema.h"

#include <limits>
#include <optional>

namespace tessera::job {

/// Checks the whole job against the framework and the solver and reports every problem to `out`. Reads
/// the data sets that the initial state names. A job whose fields need more than `memory_limit` bytes is
/// refused. Gives the job when there was no problem; throws nothing for bad jobs.
std::optional<JobSpec> check(const Document& document, const SolverSchema& schema, Diagnostics& out,
                             double memory_limit = std::numeric_limits<double>::infinity());

/// Checks what needs no solver, for a job whose solver could not be loaded. Whether all was well.
bool check_without_solver(const Document& document, Diagnostics& out);

}  // namespace tessera::job
