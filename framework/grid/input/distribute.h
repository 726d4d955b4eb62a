// Distributes a data set to all ranks, reading it once per node.
#pragma once

#include "grid/input/data_sets.h"
#include "transport/communicator.h"

#include <memory>
#include <optional>

namespace tessera::input {

/// Returns on each rank the part of a data set that covers all points of `needed`, or nullptr if `needed` is
/// nullopt; rank 0 of a node gets the part for all its ranks, or more. `dimensions`: number of dimensions of
/// the data set. On each node, rank 0 of `node` gets the data set from `data_sets`, which reads it if
/// necessary, and sends every other rank its part. The data set is not read on nodes where no rank needs it.
/// Every rank drops the data set from its `data_sets`.
///
/// `comm`: all ranks; `node`: the ranks of `comm` on this rank's node, as returned by
/// transport::Communicator::node(). Throws transport::AgreedError on all ranks of `comm` if reading or
/// sending the data set fails on any of them.
/// @note Collective over `comm`.
std::shared_ptr<const GridData> distribute(const transport::Communicator& comm,
                                           const transport::Communicator& node, DataSets& data_sets,
                                           const GridSource& source, int dimensions,
                                           const std::optional<Region>& needed);

}  // namespace tessera::input
