// Distributes a data set to all ranks.
#pragma once

#include "grid/input/data_sets.h"
#include "transport/communicator.h"

#include <memory>
#include <optional>

namespace tessera::input {

/// Returns on each rank the part of a data set that covers all points of `needed`, or nullptr if `needed` is
/// nullopt. `dimensions`: number of dimensions of the data set.
///
/// If the job check on rank 0 has read the data set block by block, because it is large, every rank reads its
/// part. Otherwise, rank 0 of each node gets the data set from `data_sets`, which reads it if necessary, and
/// sends every other rank of the node its part; rank 0 gets the part for all of them, or more. The data set
/// is not read on nodes where no rank needs it. Every rank drops it from its `data_sets`.
///
/// `comm`: all ranks; `node`: the ranks of `comm` on this rank's node, as returned by
/// transport::Communicator::node(). Throws transport::AgreedError on all ranks of `comm` if reading or
/// sending the data set fails on any of them, or if the file differs from the one that rank 0 has checked:
/// in its size, or, if its time of change differs, in its values.
/// @note Collective over `comm`.
std::shared_ptr<const GridData> distribute(const transport::Communicator& comm,
                                           const transport::Communicator& node, DataSets& data_sets,
                                           const GridSource& source, int dimensions,
                                           const std::optional<Region>& needed);

}  // namespace tessera::input
