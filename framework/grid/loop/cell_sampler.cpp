#include "grid/loop/cell_sampler.h"

#include "grid/solver/field_names.h"

#include <algorithm>

namespace tessera::loop {

CellSampler::CellSampler(const solver::SolverSchema& schema, const std::vector<int>& fields) {
  for (const int f : fields) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    for (int c = 0; c < field.components; ++c) {
      sources_.push_back({f, c});
      columns_.push_back(solver::heading(solver::component_name(field, c), field.unit));
    }
  }
}

std::size_t CellSampler::add(int field) {
  const auto found = std::ranges::find(sources_, field, &Source::field);
  const auto position = static_cast<std::size_t>(found - sources_.begin());
  if (found == sources_.end()) sources_.push_back({field, 0});
  return position;
}

std::span<const double> CellSampler::sample(const transport::Communicator& comm, Stepper& stepper,
                                            const field::FieldStore& store,
                                            std::span<const grid::Index> cells, double time) {
  // Each cell has one owner, so the sum over all ranks adds only zeros to its value. This turns -0.0 into
  // 0.0; adding 0.0 below has the same effect on a single rank.
  values_.assign(cells.size() * sources_.size(), 0.0);
  for (std::size_t n = 0; n < cells.size(); ++n) {
    for (std::size_t b = 0; b < store.bricks().size(); ++b) {
      if (!store.bricks()[b].contains(cells[n])) continue;
      const grid::Index local = cells[n] - store.bricks()[b].lower;
      stepper.derive_cell(static_cast<int>(b), local, time);
      for (std::size_t s = 0; s < sources_.size(); ++s) {
        values_[n * sources_.size() + s] =
            0.0 + store.current(static_cast<int>(b), sources_[s].field).value(local, sources_[s].component);
      }
    }
  }
  comm.allreduce_sum(std::span<double>{values_});
  return values_;
}

}  // namespace tessera::loop
