// The group of a field file from which VTK's HDF reader, and therefore ParaView, reads the fields.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/solver/solver_schema.h"

#include <hdf5.h>

#include <vector>

namespace tessera::output {

/// Writes the group VTKHDF, in the format VTKHDF 1.0, for the data sets of `fields`, which must exist. The
/// points of its image are the cell centres, because VTK 9.1 misreads cell data. Throws hdf5::WriteFailure.
/// @note Collective if the file is open for parallel access.
void write_vtk_group(hid_t file, const std::vector<solver::FieldSchema>& fields,
                     const grid::Geometry& geometry);

}  // namespace tessera::output
