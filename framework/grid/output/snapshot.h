// Writes the fields at one point in time to an HDF5 file.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/output/stored_array.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// A snapshot, apart from its fields.
struct SnapshotInfo {
  std::string path;
  std::int64_t step = 0;
  double time = 0.0;
  std::string title;  ///< name of the job
  std::string start;  ///< date of t = 0; see grid::TimeSpec
};

/// What a snapshot consists of.
struct WrittenSnapshot {
  std::uint64_t hash = 0;           ///< see hash_of_rest(); on rank 0 only
  std::vector<StoredArray> fields;  ///< sorted by offset
};

/// Writes the fields with the indices `fields`, from all ranks, to one new file, which is a NetCDF-4 file
/// with the conventions CF-1.11 (see cf_metadata.h). It contains:
/// - one array per field, in the precision of the field, of shape [z][y][x] (only the axes of the domain),
///   with an additional last dimension for the components if there are several;
/// - the coordinates of the cell centres along each axis: x, y, z (lon, lat on a sphere); and the time;
/// - the group VTKHDF, from which VTK reads the arrays of the fields;
/// - the attributes `step`, `time_s` and `checksum`, and `digest` on each array; the digest is that of the
///   field, see base::Digest, and the checksum is described in snapshot_checksum.h.
/// Equal contents are equal files: there are no dates or names of hosts.
///
/// The file is written under a temporary name, synced, then renamed, so that a file with the final name is
/// complete. Each rank writes its own bricks independently.
///
/// If any rank fails, throws transport::AgreedError (cannot_create, io_error) on all ranks and leaves no
/// file. After an io_error HDF5 may keep the file open: exit the process with
/// transport::exit_without_finalize(). @note Collective over `comm`.
WrittenSnapshot write_snapshot(const transport::Communicator& comm, const grid::Geometry& geometry,
                               const solver::SolverSchema& schema, const field::FieldStore& store,
                               const std::vector<int>& fields, const SnapshotInfo& info);

}  // namespace tessera::output
