// From a checkpoint back into fields.
#pragma once

#include "base/fail_points.h"
#include "base/progress_board.h"
#include "checkpoint/manifest.h"
#include "field/field_store.h"
#include "partition/partition.h"
#include "transport/communicator.h"

#include <map>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// What a run must find in a checkpoint to go on from it.
struct Wanted {
  Identity identity;
  grid::Index cells;
  grid::Index chunk;
  grid::Index lattice;
  std::vector<FieldEntry> fields;
};

/// Why a checkpoint cannot be restored into a run, as a sentence; empty where it can.
std::string mismatch(const Manifest& manifest, const Wanted& wanted);

/// Reads the manifest on rank 0 and hands it to all. Throws transport::AgreedError (bad_data). @note
/// Collective.
Manifest read_manifest_everywhere(const transport::Communicator& comm, const std::string& path,
                                  const base::FailPoints& faults);

/// Fills the current level of `fields` (indices into those of the store, in the manifest's order) of all
/// chunks of this rank, whichever ranks wrote them; every block is checked before it is used. Returns the
/// measured costs of those chunks. Each block is a sign of life on `board`. Throws transport::AgreedError
/// (bad_data) on all ranks; fields may be filled in part then.
/// @note Collective.
std::map<std::int64_t, double> restore(const transport::Communicator& comm, const std::string& path,
                                       const Manifest& manifest, const partition::Partition& partition,
                                       const field::FieldStore& store, const std::vector<int>& fields,
                                       const base::FailPoints& faults, const base::BoardSlot& board = {});

}  // namespace tessera::checkpoint
