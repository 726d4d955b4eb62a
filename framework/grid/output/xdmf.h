// The index that lets ParaView and VisIt open the snapshots of a run as one time series.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/output/outputs_state.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::output {

/// Returns the XDMF 2 text that describes a series of snapshots as regular grids with cell-centred
/// attributes. Fields that the solver does not declare are left out.
std::string xdmf_text(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                      const std::vector<FieldFile>& files);

}  // namespace tessera::output
