// Where a run begins.
#pragma once

#include "checkpoint/run_state.h"
#include "field/field_store.h"
#include "partition/partition.h"

#include <cstdint>
#include <map>
#include <optional>

namespace tessera::driver {

/// What a run goes on from instead of its initial state.
class StartingPoint {
 public:
  /// The state between two steps, and the measured costs of this rank's chunks.
  struct State {
    checkpoint::RunState run;
    std::map<std::int64_t, double> costs;
  };

  virtual ~StartingPoint() = default;
  /// Fills the state and constant fields of this rank's bricks, which hold their initial values before.
  /// Throws transport::AgreedError on all ranks. @note Collective.
  virtual State load(const partition::Partition& partition, field::FieldStore& store) = 0;
};

}  // namespace tessera::driver
