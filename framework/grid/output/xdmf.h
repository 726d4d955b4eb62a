// The index that lets ParaView and VisIt open the snapshots of a run as one time series.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::output {

/// One snapshot of the series; `file` is relative to the index.
struct XdmfStep {
  std::string file;
  double time = 0.0;

  friend bool operator==(const XdmfStep&, const XdmfStep&) = default;
};

/// The XDMF 2 text for a series of snapshots: a regular grid with cell-centred attributes.
std::string xdmf_text(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                      const std::vector<int>& fields, const std::vector<XdmfStep>& steps);

}  // namespace tessera::output
