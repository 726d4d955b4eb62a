// Moves chunks to their new owners.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/balance/migration_plan.h"
#include "grid/field/field_store.h"
#include "grid/partition/partition.h"
#include "transport/communicator.h"

#include <span>

namespace tessera::balance {

/// Moves the owned cells of the current level of every field from the bricks of `from` in `old_store` to the
/// current level of the bricks of `to` in `new_store`, bit for bit. Ghost cells, other levels and the rest of
/// `new_store` remain unchanged. Returns the costs of the chunks that this rank owns afterwards: costs from
/// `costs_before`, and costs received along with migrated chunks. `speeds`, one per rank, are used to convert
/// the received costs to seconds on this rank (empty: all ranks are equally fast).
///
/// Boxes that stay on the rank are copied locally; the others are packed into one message per pair of ranks.
/// Besides the two stores, the rank needs memory for all data that it sends and receives.
///
/// Both partitions must cover the ranks of `comm` and have the same layout; `old_store` must hold the bricks
/// of `from`, and `new_store` those of `to`, with the same fields. Throws transport::AgreedError (internal)
/// on all ranks if this does not hold, or if a message does not match the receiver's plan. @note Collective.
CostTable migrate(const transport::Communicator& comm, const partition::Partition& from,
                  const field::FieldStore& old_store, const partition::Partition& to,
                  field::FieldStore& new_store, const CostTable& costs_before,
                  std::span<const double> speeds = {});

/// Message bytes per cell, summed over all fields.
std::int64_t message_bytes_per_cell(const field::FieldStore& store);

}  // namespace tessera::balance
