// Fields of one instant in an HDF5 file.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

#include <string>
#include <vector>

namespace tessera::output {

/// What a snapshot holds besides the values.
struct SnapshotInfo {
  std::string path;
  std::int64_t step = 0;
  double time = 0.0;
};

/// Writes the given fields of all ranks into one new file: a data set a field, of shape [z][y][x] (axes
/// beyond the domain's dimensions left out) with a last dimension for components, in the field's own
/// precision; the group VTKHDF, by which VTK opens the same data sets; coordinates of the cell centres as x,
/// y, z (lon, lat on a sphere); attributes `step`, `time_s`, and `unit` on each. Written under a temporary
/// name, synced, then renamed: a file of the final name is whole. Ranks write independently, each its own
/// bricks.
///
/// Throws transport::AgreedError on all ranks (cannot_create, io_error) and leaves no file then. After an
/// io_error HDF5 may hold on to the file: leave the process with transport::leave_at_once().
/// @note Collective over `comm`.
void write_snapshot(const transport::Communicator& comm, const grid::Geometry& geometry,
                    const solver::SolverSchema& schema, const field::FieldStore& store,
                    const std::vector<int>& fields, const SnapshotInfo& info);

}  // namespace tessera::output
