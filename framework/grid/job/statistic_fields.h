// The statistics of a job as fields.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// Returns the fields in which the statistics of a job are stored, in the order of the job. They follow the
/// fields of the solver. `schema`: of the solver.
std::vector<solver::FieldSchema> statistic_fields(const OutputSpec& output,
                                                  const solver::SolverSchema& schema);

/// Returns what a statistic is, such as "max of surface[0]". `schema`: of the solver.
std::string meaning_of(const Statistic& statistic, const solver::SolverSchema& schema);

/// Returns the definition of a statistic, such as "highest: max of surface[0]". Equal texts mean that a run
/// that is resumed can continue the statistic. `schema`: of the solver.
std::string definition_of(const Statistic& statistic, const solver::SolverSchema& schema);

/// The name of a kind of statistic in a job file.
std::string name_of(StatisticKind kind);

/// The names of all kinds of statistics, in the order of StatisticKind.
std::vector<std::string> statistic_names();

}  // namespace tessera::grid
