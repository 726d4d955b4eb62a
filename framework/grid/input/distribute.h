// A data set that is read once per node.
#pragma once

#include "grid/input/data_sets.h"
#include "transport/communicator.h"

#include <array>
#include <memory>
#include <optional>

namespace tessera::input {

/// A box of points, its faces included. Axes beyond the dimensions of a data set are ignored.
struct Region {
  std::array<double, 3> lower{};
  std::array<double, 3> upper{};
};

/// Gives each rank a data set of `dimensions` dimensions that serves all points of `needed`, or nullptr if it
/// needs none. On each node, rank 0 of `node` takes the data set from `data_sets`, which may read it, drops
/// it there, and sends the other ranks their parts. It is not read on a node that does not need it.
///
/// `comm`: all ranks; `node`: those of them that share a node with this rank, as from
/// transport::Communicator::node(). Throws transport::AgreedError on all ranks of `comm`, for what
/// GridData::read() throws on any of them.
/// @note Collective over `comm`.
std::shared_ptr<const GridData> distribute(const transport::Communicator& comm,
                                           const transport::Communicator& node, DataSets& data_sets,
                                           const GridSource& source, int dimensions,
                                           const std::optional<Region>& needed);

}  // namespace tessera::input
