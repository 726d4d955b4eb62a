// The index that lets ParaView and VisIt open the snapshots of a run as one time series.
#pragma once

#include "grid/geometry.h"
#include "job/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::output {

/// One snapshot of the series; `file` is relative to the index.
struct XdmfStep {
  std::string file;
  double time = 0.0;
};

/// The XDMF 2 text for a series of snapshots: a regular grid with cell-centred attributes.
std::string xdmf_text(const grid::Geometry& geometry, const job::SolverSchema& schema,
                      const std::vector<int>& fields, const std::vector<XdmfStep>& steps);

}  // namespace tessera::output
