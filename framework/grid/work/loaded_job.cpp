#include "grid/work/loaded_job.h"

#include "grid/job/configure.h"
#include "grid/job/spec_codec.h"

#include <utility>

namespace tessera::grid {

LoadedJob load(const work::Checked& checked) {
  solver::Solver solver{checked.plugin_file};
  JobSpec spec = decoded_spec(checked.spec);
  configure(solver, spec);
  return {std::move(solver), std::move(spec)};
}

}  // namespace tessera::grid
