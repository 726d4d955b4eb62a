#include "grid/loop/health.h"

#include "grid/field/cells.h"
#include "transport/agreement.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

constexpr std::int64_t no_cell = std::numeric_limits<std::int64_t>::max();

/// Whether all values of a row are finite. In NaN and infinity, all bits of the exponent are set. The loop
/// has no branches, so that the compiler can vectorise it.
template <class T>
bool all_finite(const T* values, std::int64_t count) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  constexpr Bits exponent =
      sizeof(T) == 8 ? static_cast<Bits>(0x7ff0000000000000u) : static_cast<Bits>(0x7f800000u);
  Bits non_finite = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    non_finite |= (std::bit_cast<Bits>(values[i]) & exponent) == exponent ? Bits{1} : Bits{0};
  }
  return non_finite == 0;
}

/// Linear index of the first owned cell in which a component of a field is not finite; `no_cell` if there is
/// none.
std::int64_t first_non_finite_cell(const field::FieldStore& store, int field, int component,
                                   const grid::Index& cells) {
  std::int64_t found = no_cell;
  field::for_each_row(store, field, component,
                      [&](const grid::Index& first, const auto* values, std::int64_t count) {
                        if (all_finite(values, count)) return;
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

void check_health(const transport::Communicator& comm, const solver::SolverSchema& schema,
                  const grid::ChunkLayout& layout, const field::FieldStore& store, std::int64_t step,
                  double time) {
  std::vector<std::int64_t> non_finite_cells(schema.fields.size(), no_cell);
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    if (schema.fields[f].kind != solver::FieldKind::state) continue;
    for (int c = 0; c < schema.fields[f].components; ++c) {
      non_finite_cells[f] =
          std::min(non_finite_cells[f], first_non_finite_cell(store, static_cast<int>(f), c, layout.cells()));
    }
  }
  comm.allreduce_min(std::span<std::int64_t>{non_finite_cells});
  for (std::size_t f = 0; f < non_finite_cells.size(); ++f) {
    if (non_finite_cells[f] == no_cell) continue;
    const grid::Index cell = grid::index_at(non_finite_cells[f], layout.cells());
    const grid::Index chunk = layout.chunks_of(grid::box_at(cell)).lower;
    throw transport::AgreedError{base::Error{
        base::ExitCode::internal,
        fmt::format("the field `{}` is not finite at cell {}, in chunk {}, found after step {}, t = {:.6g} s",
                    schema.fields[f].name, grid::to_string(cell, store.dimensions()),
                    grid::to_string(chunk, store.dimensions()), step, time),
        step == 0 ? "the initial state is wrong there: check [initial] and the parameters"
                  : "the usual cause is too large a time step: lower `cfl` or `dt`; otherwise check the "
                    "initial and boundary values there"}};
  }
}

}  // namespace tessera::loop
