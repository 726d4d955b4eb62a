// The columns of the table of regions.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// The names of all statistics of regions in a job file, in the order of RegionStatistic.
std::vector<std::string> region_statistic_names();

/// Returns the titles of the columns with the values of a region, such as "bay max surface [m]". Formulas
/// have no unit; an integral has one only on a sphere, where areas are in m^2.
std::vector<std::string> region_columns(const Region& region, const solver::SolverSchema& schema,
                                        Coordinates coordinates);

}  // namespace tessera::grid
