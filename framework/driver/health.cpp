#include "driver/health.h"

#include "driver/cells.h"
#include "transport/agreement.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tessera::driver {

namespace {

constexpr std::int64_t nowhere = std::numeric_limits<std::int64_t>::max();

/// Linear index of the first owned value of a component that is not finite.
std::int64_t first_bad(const field::FieldStore& store, int field, int component, const grid::Index& cells) {
  std::int64_t found = nowhere;
  for_each_row(store, field, component,
               [&](const grid::Index& first, const auto* values, std::int64_t count) {
                 // x - x is 0 for a finite x and NaN otherwise; the sum needs no branch a cell.
                 auto sum = values[0] - values[0];
                 for (std::int64_t i = 1; i < count; ++i) sum += values[i] - values[i];
                 if (sum == 0) return;
                 for (std::int64_t i = 0; i < count; ++i) {
                   if (!std::isfinite(values[i])) {
                     found = std::min(found, linear_index(first, cells) + i);
                     return;
                   }
                 }
               });
  return found;
}

}  // namespace

void check_health(const transport::Communicator& comm, const job::SolverSchema& schema,
                  const grid::ChunkLayout& layout, const field::FieldStore& store, std::int64_t step,
                  double time) {
  std::vector<std::int64_t> bad(schema.fields.size(), nowhere);
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    if (schema.fields[f].kind != job::FieldKind::state) continue;
    for (int c = 0; c < schema.fields[f].components; ++c) {
      bad[f] = std::min(bad[f], first_bad(store, static_cast<int>(f), c, layout.cells()));
    }
  }
  comm.smallest(std::span<std::int64_t>{bad});
  for (std::size_t f = 0; f < bad.size(); ++f) {
    if (bad[f] == nowhere) continue;
    const grid::Index& n = layout.cells();
    const grid::Index cell{{bad[f] % n[0], bad[f] / n[0] % n[1], bad[f] / (n[0] * n[1])}};
    const grid::Index chunk = layout.chunks_of({cell, cell + grid::Index{{1, 1, 1}}}).lower;
    throw transport::AgreedError{base::Error{
        base::ExitCode::internal,
        fmt::format(
            "the field `{}` is no longer a finite number at cell ({}, {}, {}) of chunk ({}, {}, {}), found "
            "after step {}, t = {:.6g} s",
            schema.fields[f].name, cell[0], cell[1], cell[2], chunk[0], chunk[1], chunk[2], step, time),
        step == 0 ? "the solver's initial state is wrong there: look at [initial] and the parameters"
                  : "a time step that is too large is the usual cause: lower `cfl` or `dt`; or look at the "
                    "initial and "
                    "boundary values there"}};
  }
}

}  // namespace tessera::driver
