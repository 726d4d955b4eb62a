#include "grid/loop/initial_state.h"

#include "grid/input/distribute.h"
#include "grid/job/box_formula.h"
#include "grid/loop/patch_table.h"
#include "transport/agreement.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace tessera::loop {

namespace {

/// Sets a component of a field in each owned cell to value(centre of the cell).
template <class Value>
void set_cells(const grid::Geometry& geometry, field::FieldStore& store, int field, int component,
               Value value) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const field::FieldView view = store.current(static_cast<int>(b), field);
    const grid::Index& corner = store.bricks()[b].lower;
    for_each_index(store.bricks()[b], [&](const grid::Index& cell) {
      const std::array<double, 3> centre{geometry.centre(0, cell[0]), geometry.centre(1, cell[1]),
                                         geometry.centre(2, cell[2])};
      field::with_scalar(view.scalar, [&](auto zero) {
        using T = decltype(zero);
        *view.at<T>(cell - corner, component) = static_cast<T>(value(centre));
      });
    });
  }
}

/// Sets a component of a field in each owned cell to a formula at the centre of the cell, at time 0.
void set_cells(const grid::Geometry& geometry, field::FieldStore& store, int field, int component,
               const grid::FieldFormula& formula) {
  std::vector<double> workspace;
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const field::FieldView view = store.current(static_cast<int>(b), field);
    const grid::Box& brick = store.bricks()[b];
    grid::BoxFormula::Cells cells{brick, {}, {0, 1, 2}, geometry.cells};
    for (int axis = 0; axis < 3; ++axis) {
      for (std::int64_t cell = brick.lower[axis]; cell < brick.upper[axis]; ++cell)
        cells.coordinates[static_cast<std::size_t>(axis)].push_back(geometry.centre(axis, cell));
    }
    field::with_scalar(view.scalar, [&](auto zero) {
      using T = decltype(zero);
      grid::BoxFormula{formula, cells}.for_each_value(
          brick, 0.0, workspace, [&](const grid::Index& cell, double value) {
            *view.at<T>(cell - brick.lower, component) = static_cast<T>(value);
          });
    });
  }
}

/// The bounding box of the centres of all owned cells; nullopt on a rank without cells.
std::optional<input::Region> bounds_of_centres(const grid::Geometry& geometry,
                                               const field::FieldStore& store) {
  if (store.bricks().empty()) return std::nullopt;
  input::Region region;
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<std::size_t>(a);
    std::int64_t first = store.bricks()[0].lower[a];
    std::int64_t end = store.bricks()[0].upper[a];
    for (const grid::Box& brick : store.bricks()) {
      first = std::min(first, brick.lower[a]);
      end = std::max(end, brick.upper[a]);
    }
    region.lower[n] = geometry.centre(a, first);
    region.upper[n] = geometry.centre(a, end - 1);
  }
  return region;
}

}  // namespace

void fill_defaults(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                   field::FieldStore& store) {
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    const double value = schema.fields[f].default_value.value_or(0.0);
    if (value == 0.0) continue;  // the storage already contains zeros
    for (int c = 0; c < schema.fields[f].components; ++c) {
      set_cells(geometry, store, static_cast<int>(f), c, [&](const auto&) { return value; });
    }
  }
}

namespace {

void fill_numbers_and_formulas(const grid::JobSpec& job, const solver::SolverSchema& schema,
                               field::FieldStore& store) {
  if (store.bricks().empty()) return;
  for (const grid::InitialValue& initial : job.initial) {
    if (const auto* number = std::get_if<double>(&initial.value)) {
      set_cells(job.geometry, store, initial.field, initial.component, [&](const auto&) { return *number; });
    } else if (const auto* text = std::get_if<grid::FormulaText>(&initial.value)) {
      set_cells(job.geometry, store, initial.field, initial.component, {*text, schema, job});
    }
  }
}

/// A data set, or several in order of preference, on this rank.
class PreferredData {
 public:
  explicit PreferredData(std::vector<std::shared_ptr<const input::GridData>> data) : data_{std::move(data)} {}

  double at(std::span<const double> point) const {
    for (std::size_t n = 0; n + 1 < data_.size(); ++n) {
      if (const auto value = data_[n]->value(point)) return *value;
    }
    return data_.back()->at(point);
  }

 private:
  std::vector<std::shared_ptr<const input::GridData>> data_;
};

void fill_from_data(const grid::JobSpec& job, const input::GridSources& sources, const PreferredData& data,
                    field::FieldStore& store) {
  const auto dimensions = static_cast<std::size_t>(job.geometry.dimensions);
  for (const grid::InitialValue& initial : job.initial) {
    const auto* value_sources = std::get_if<input::GridSources>(&initial.value);
    if (value_sources == nullptr || *value_sources != sources) continue;
    set_cells(job.geometry, store, initial.field, initial.component, [&](const auto& at) {
      return data.at(std::span{at.data(), dimensions});
    });
  }
}

/// The distinct lists of data sets of a job.
std::vector<input::GridSources> distinct_sources(const grid::JobSpec& job) {
  std::vector<input::GridSources> all;
  for (const grid::InitialValue& initial : job.initial) {
    const auto* sources = std::get_if<input::GridSources>(&initial.value);
    if (sources != nullptr && std::find(all.begin(), all.end(), *sources) == all.end())
      all.push_back(*sources);
  }
  return all;
}

}  // namespace

void fill_initial_values(const transport::Communicator& comm, const grid::JobSpec& job,
                         const solver::SolverSchema& schema, field::FieldStore& store,
                         input::DataSets& data_sets) {
  transport::collectively(comm, [&] {
    fill_defaults(job.geometry, schema, store);
    fill_numbers_and_formulas(job, schema, store);
  });
  const transport::Communicator node = comm.node();
  const auto region = bounds_of_centres(job.geometry, store);
  for (const input::GridSources& sources : distinct_sources(job)) {
    std::vector<std::shared_ptr<const input::GridData>> data;
    for (const input::GridSource& source : sources)
      data.push_back(input::distribute(comm, node, data_sets, source, job.geometry.dimensions, region));
    transport::collectively(comm, [&] {
      if (region) fill_from_data(job, sources, PreferredData{std::move(data)}, store);
    });
  }
}

void set_initial_state(const transport::Communicator& comm, const solver::Solver& solver,
                       const grid::JobSpec& job, field::FieldStore& store, input::DataSets data_sets) {
  fill_initial_values(comm, job, solver.schema(), store, data_sets);
  transport::collectively(comm, [&] {
    PatchTable patches{solver, store};
    for (std::size_t b = 0; b < store.bricks().size(); ++b) {
      solver.initialize(patches.for_initialize(static_cast<int>(b)),
                        region_of({{}, store.bricks()[b].extents()}), 0.0);
    }
  });
}

}  // namespace tessera::loop
