// Carries chunks to the ranks that own them from now on.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/balance/migration_plan.h"
#include "grid/field/field_store.h"
#include "grid/partition/partition.h"
#include "transport/communicator.h"

#include <span>

namespace tessera::balance {

/// Moves the owned cells of the current level of every field from the bricks of `from` in `old_store` to the
/// current level of the bricks of `to` in `new_store`, bit by bit. Ghost cells, other levels and the rest of
/// `new_store` stay as they are. Returns the costs of the chunks that this rank owns now: those it had, and
/// those that have come with their chunks; `speeds`, one a rank, turns the latter into seconds on this rank
/// (empty: all ranks are equally fast).
///
/// Boxes are copied on the rank, or packed into one envelope for each pair of ranks. Beside the two stores,
/// memory is needed for what the rank sends and receives.
///
/// Both partitions are over the ranks of `comm` and of one layout, and the stores have their bricks and the
/// same fields. Throws transport::AgreedError (internal) on all ranks when that is not so, or when an
/// envelope holds other than what the receiver's plan expects. @note Collective.
CostTable migrate(const transport::Communicator& comm, const partition::Partition& from,
                  const field::FieldStore& old_store, const partition::Partition& to,
                  field::FieldStore& new_store, const CostTable& costs_before,
                  std::span<const double> speeds = {});

/// Bytes of all fields of a cell, as they travel.
std::int64_t bytes_of_cell(const field::FieldStore& store);

}  // namespace tessera::balance
