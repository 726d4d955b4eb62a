// What a step does, derived from what the solver declares.
#pragma once

#include "field/field_store.h"
#include "halo/halo_exchange.h"
#include "job/solver_schema.h"

#include <vector>

namespace tessera::driver {

/// The storage each field needs: ghost layers as wide as the widest stage reads it, two levels when a
/// stage reads it beyond the cell itself and writes it.
std::vector<field::FieldSpec> field_specs(const job::SolverSchema& schema);

/// One stage of a step.
struct StagePlan {
  int stage = 0;
  int radius = 0;  ///< widest read
  double time_offset = 0.0;
  std::vector<halo::HaloField> exchange;  ///< ghost cells to refresh before it
  std::vector<int> advances;              ///< fields of two levels to switch after it
};

/// The stages in order, with the fewest exchanges: ghost cells stay valid until their field is written,
/// and are refreshed as wide as any later stage of the step reads them. Pure.
std::vector<StagePlan> plan_step(const job::SolverSchema& schema);

/// Fields that no stage writes: their ghost cells are filled once, at the start.
std::vector<halo::HaloField> fixed_fields(const job::SolverSchema& schema);

}  // namespace tessera::driver
