#include "grid/job/configure.h"

namespace tessera::grid {

void configure(solver::Solver& solver, const JobSpec& job) {
  std::vector<int> given;
  for (const InitialValue& v : job.initial) given.push_back(v.field);
  solver.configure(job.geometry, job.parameters, given);
}

}  // namespace tessera::grid
