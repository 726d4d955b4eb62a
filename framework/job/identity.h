// What of a job decides the bits of its results.
#pragma once

#include "job/job_spec.h"
#include "job/solver_schema.h"

#include <string>

namespace tessera::job {

/// One line for each thing that decides what is computed: domain, boundaries, parameters, initial values and the
/// rules of the time step. What may change from one part of a run to the next (its end, outputs, checkpoints, probes,
/// performance) is not in it. Two jobs of equal text and solver compute the same.
std::string identity_of(const JobSpec& job, const SolverSchema& schema);

}  // namespace tessera::job
