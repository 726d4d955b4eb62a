#include "grid/loop/fixed_dt.h"

#include "grid/field/field_store.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/initial_state.h"
#include "grid/loop/patch_table.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

namespace tessera::loop {

std::optional<base::Error> fixed_dt_error(double dt, double stable_dt) {
  constexpr double rounding = 1.0 + 1e-9;
  if (!(dt > stable_dt * rounding)) return std::nullopt;
  return base::Error{base::ExitCode::bad_job,
                     fmt::format("the fixed time step of {:.6g} s is longer than the stable time step of the "
                                 "solver, {:.6g} s",
                                 dt, stable_dt),
                     "reduce `dt` in [time], or use `cfl` instead"};
}

std::optional<double> stable_dt_of_grid(const solver::Solver& solver, const grid::JobSpec& job) {
  const solver::SolverSchema& schema = solver.schema();
  const bool has_constants =
      std::ranges::any_of(schema.fields, [](const auto& f) { return f.kind == solver::FieldKind::constant; });
  if (!schema.has_dt || schema.local_dt || has_constants) return std::nullopt;
  const std::vector<grid::Box> cells{grid::box_at({}),
                                     grid::box_at(job.geometry.cells - grid::Index::all(1))};
  field::FieldStore store{field_specs(schema, TilingLimits{}), cells, job.geometry.dimensions};
  fill_defaults(job.geometry, schema, store);
  PatchTable patches{solver, store};
  double least = std::numeric_limits<double>::infinity();
  for (int b = 0; b < 2; ++b) {
    const tessera_region cell = region_of({{}, grid::Index::all(1)});
    least = std::min(least, solver.stable_dt(patches.for_stable_dt(b), cell, 0.0));
  }
  return least;
}

}  // namespace tessera::loop
