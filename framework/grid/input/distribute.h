// Distributes a data set to all ranks, reading it once per node.
#pragma once

#include "grid/input/data_sets.h"
#include "transport/communicator.h"

#include <array>
#include <memory>
#include <optional>

namespace tessera::input {

/// A box of points, including its faces. Axes beyond the dimensions of a data set are ignored.
struct Region {
  std::array<double, 3> lower{};
  std::array<double, 3> upper{};
};

/// Returns on each rank a data set of `dimensions` dimensions that covers all points of `needed`, or nullptr
/// if the rank needs none. On each node, rank 0 of `node` gets the data set from `data_sets`, which reads it
/// if necessary, and sends each other rank the part it needs. The data set is not read on a node that does
/// not need it. Every rank drops it from its `data_sets`.
///
/// `comm`: all ranks; `node`: the ranks of `comm` on this rank's node, as from
/// transport::Communicator::node(). Throws transport::AgreedError on all ranks of `comm` if
/// GridData::read() throws on any of them.
/// @note Collective over `comm`.
std::shared_ptr<const GridData> distribute(const transport::Communicator& comm,
                                           const transport::Communicator& node, DataSets& data_sets,
                                           const GridSource& source, int dimensions,
                                           const std::optional<Region>& needed);

}  // namespace tessera::input
