// Compares a fixed time step with the stable one.
#pragma once

#include "base/error.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"

#include <optional>

namespace tessera::loop {

/// Returns an error (bad_job) if `dt` is longer than `stable_dt`, both in seconds; nullopt otherwise.
std::optional<base::Error> fixed_dt_error(double dt, double stable_dt);

/// Returns the stable time step, in seconds, in the first and the last cell of the domain, between which the
/// size of the cells varies most. That of the whole domain is no longer. Returns nullopt if it is not known
/// before the run: it depends on the fields, or it may depend on constant fields, whose values are not known.
/// `solver` must be configured. Does not communicate. Throws base::Error if the solver fails.
std::optional<double> stable_dt_of_grid(const solver::Solver& solver, const grid::JobSpec& job);

}  // namespace tessera::loop
