#include "property/serial_grid.h"

#include <cstdint>

namespace property {

namespace {

constexpr int max_radius = 3;

/// Calls f(cell) for all cells from `low` (inclusive) to `high` (exclusive).
template <class F>
void for_each(const SerialGrid::Cell& low, const SerialGrid::Cell& high, F f) {
  for (int k = low[2]; k < high[2]; ++k) {
    for (int j = low[1]; j < high[1]; ++j) {
      for (int i = low[0]; i < high[0]; ++i) f(SerialGrid::Cell{i, j, k});
    }
  }
}

}  // namespace

SerialGrid::SerialGrid(const Job& job) : job_{&job}, kernels_{kernels_of(job.graph)} {
  std::size_t size = 1;
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<std::size_t>(a);
    ghost_[n] = a < job.graph.dimensions ? max_radius : 0;
    extent_[n] = job.cells[n] + 2 * ghost_[n];
    size *= static_cast<std::size_t>(extent_[n]);
  }
  for (int f = 0; f < static_cast<int>(job.graph.fields.size()); ++f) {
    const Field& field = job.graph.field(f);
    values_.emplace_back(size * static_cast<std::size_t>(field.components), 0.0);
    if (field.kind == Kind::work || field.kind == Kind::derived) continue;
    const std::vector<Formula>& formulas = job.initial[static_cast<std::size_t>(f)];
    for (int c = 0; c < field.components; ++c) {
      for_each({0, 0, 0}, job.cells, [&](const Cell& cell) {
        const std::array<std::int64_t, 3> indices{cell[0], cell[1], cell[2]};
        set(f, c, cell,
            formulas.empty() ? initial_value(job.graph, f, c, indices)
                             : formulas[static_cast<std::size_t>(c)](centre(cell), 0.0));
      });
    }
  }
}

void SerialGrid::run() {
  double end = 0.0;
  for (const StepTime& step : job_->step_times()) {
    for (std::size_t s = 0; s < job_->graph.stages.size(); ++s) {
      const Stage& stage = job_->graph.stages[s];
      for (const Read& r : stage.reads) fill_ghosts(r.field, r.radius, step.time + stage.offset * step.dt);
      compute(kernels_[s], step.time, step.dt);
    }
    end = step.time + step.dt;
  }
  compute(kernels_.back(), end, 0.0);
}

std::size_t SerialGrid::index(int component, const Cell& cell) const {
  std::size_t at = static_cast<std::size_t>(component);
  for (std::size_t a = 3; a-- > 0;) {
    at = at * static_cast<std::size_t>(extent_[a]) + static_cast<std::size_t>(cell[a] + ghost_[a]);
  }
  return at;
}

double SerialGrid::rounded(int field, double value) const {
  return job_->graph.field(field).is_float32 ? static_cast<double>(static_cast<float>(value)) : value;
}

Point SerialGrid::centre(const Cell& cell) const {
  return {job_->centre(0, cell[0]), job_->centre(1, cell[1]), job_->centre(2, cell[2])};
}

void SerialGrid::set(int field, int component, const Cell& cell, double value) {
  values_[static_cast<std::size_t>(field)][index(component, cell)] = rounded(field, value);
}

/// Fills the ghost cells axis by axis. Each axis includes the ghost layers of the axes that were filled
/// before, so that edges and corners are filled, too. Periodic axes come last, because their ghost cells are
/// copies of cells and ghost cells at the opposite end.
void SerialGrid::fill_ghosts(int field, int width, double time) {
  Cell low{0, 0, 0};
  Cell high = job_->cells;
  for (const bool periodic : {false, true}) {
    for (int a = 0; a < job_->graph.dimensions; ++a) {
      if (job_->periodic(a) != periodic) continue;
      if (periodic) {
        fill_periodic(field, width, a, low, high);
      } else {
        for (const int side : {0, 1}) fill_face(field, width, a, side, low, high, time);
      }
      low[static_cast<std::size_t>(a)] = -width;
      high[static_cast<std::size_t>(a)] += width;
    }
  }
}

void SerialGrid::fill_periodic(int field, int width, int axis, Cell low, Cell high) {
  const auto a = static_cast<std::size_t>(axis);
  const int cells = job_->cells[a];
  low[a] = 0;
  high[a] = width;
  for (int c = 0; c < job_->graph.field(field).components; ++c) {
    for_each(low, high, [&](const Cell& cell) {
      Cell from = cell;
      Cell to = cell;
      to[a] = cells + cell[a];
      set(field, c, to, value(field, c, from));
      from[a] = cells - 1 - cell[a];
      to[a] = -1 - cell[a];
      set(field, c, to, value(field, c, from));
    });
  }
}

void SerialGrid::fill_face(int field, int width, int axis, int side, Cell low, Cell high, double time) {
  const auto a = static_cast<std::size_t>(axis);
  low[a] = side == 0 ? -width : job_->cells[a];
  high[a] = low[a] + width;
  for (int c = 0; c < job_->graph.field(field).components; ++c) {
    for_each(low, high, [&](const Cell& ghost) {
      set(field, c, ghost, ghost_value(field, c, axis, side, ghost, time));
    });
  }
}

double SerialGrid::ghost_value(int field, int component, int axis, int side, const Cell& ghost,
                               double time) const {
  const auto a = static_cast<std::size_t>(axis);
  const int cells = job_->cells[a];
  Cell image = ghost;
  image[a] = side == 0 ? -1 - ghost[a] : 2 * cells - 1 - ghost[a];
  Cell nearest = ghost;
  nearest[a] = side == 0 ? 0 : cells - 1;
  const double mirrored = value(field, component, image);
  const Face& face = job_->face(axis, side);
  const Formula* formula = nullptr;
  for (const FaceValues& v : face.values) {
    if (v.field == field) formula = &v.components[static_cast<std::size_t>(component)];
  }
  Point at = centre(ghost);
  if (face.kind == Boundary::custom) {
    return custom_boundary_value(job_->graph, field, component, axis, side, mirrored,
                                 value(field, component, nearest), at, time);
  }
  if (face.kind == Boundary::wall) {
    const int odd = job_->graph.field(field).odd[static_cast<std::size_t>(component)];
    return ((odd >> axis) & 1) != 0 ? -mirrored : mirrored;
  }
  if (formula == nullptr) return value(field, component, nearest);
  if (face.kind == Boundary::fixed) return (*formula)(at, time);
  at[a] = side == 0 ? job_->lower[a] : job_->upper(axis);
  return rounded(field, 2.0 * (*formula)(at, time)) - mirrored;
}

/// Computes the results of all cells before storing any, because a kernel may read a field that it writes.
void SerialGrid::compute(const Kernel& kernel, double time, double dt) {
  std::vector<std::array<double, max_components>> results;
  for_each({0, 0, 0}, job_->cells, [&](const Cell& cell) {
    const auto neighbour = [&](std::size_t n, int di, int dj, int dk) {
      const Input& in = kernel.inputs()[n];
      return value(in.field, in.component, {cell[0] + di, cell[1] + dj, cell[2] + dk});
    };
    results.push_back(kernel(neighbour, centre(cell), time, dt));
  });
  std::size_t next = 0;
  for_each({0, 0, 0}, job_->cells, [&](const Cell& cell) {
    for (std::size_t n = 0; n < kernel.outputs().size(); ++n) {
      set(kernel.outputs()[n].field, kernel.outputs()[n].component, cell, results[next][n]);
    }
    ++next;
  });
}

}  // namespace property
