#include "driver/initial_state.h"

#include "job/field_formula.h"

#include <array>

namespace tessera::driver {

namespace {

/// Sets each owned cell of a component to value(centre).
template <class Value>
void set_cells(const grid::Geometry& geometry, field::FieldStore& store, int field, int component,
               Value value) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const grid::Box& owned = store.bricks()[b];
    const field::FieldView view = store.current(static_cast<int>(b), field);
    std::array<double, 3> at{};
    for (std::int64_t k = 0; k < owned.extent(2); ++k) {
      at[2] = geometry.centre(2, owned.lower[2] + k);
      for (std::int64_t j = 0; j < owned.extent(1); ++j) {
        at[1] = geometry.centre(1, owned.lower[1] + j);
        for (std::int64_t i = 0; i < owned.extent(0); ++i) {
          at[0] = geometry.centre(0, owned.lower[0] + i);
          const grid::Index cell{{i, j, k}};
          if (view.scalar == field::Scalar::float64) {
            *view.at<double>(cell, component) = value(at);
          } else {
            *view.at<float>(cell, component) = static_cast<float>(value(at));
          }
        }
      }
    }
  }
}

}  // namespace

void fill_initial(const job::JobSpec& job, const job::SolverSchema& schema, field::FieldStore& store) {
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    const double value = schema.fields[f].default_value.value_or(0.0);
    if (value == 0.0) continue;  // storage starts zeroed
    for (int c = 0; c < schema.fields[f].components; ++c) {
      set_cells(job.geometry, store, static_cast<int>(f), c, [&](const auto&) { return value; });
    }
  }
  if (store.bricks().empty()) return;
  for (const job::InitialValue& initial : job.initial) {
    if (const auto* number = std::get_if<double>(&initial.value)) {
      set_cells(job.geometry, store, initial.field, initial.component, [&](const auto&) { return *number; });
    } else if (const auto* text = std::get_if<job::FormulaText>(&initial.value)) {
      job::FieldFormula formula{*text, schema, job};
      set_cells(job.geometry, store, initial.field, initial.component,
                [&](const auto& at) { return formula(at, 0.0); });
    } else {
      const auto data =
          input::GridData::read(std::get<input::GridSource>(initial.value), job.geometry.dimensions);
      const auto dimensions = static_cast<std::size_t>(job.geometry.dimensions);
      set_cells(job.geometry, store, initial.field, initial.component, [&](const auto& at) {
        return data.at(std::span{at.data(), dimensions});
      });
    }
  }
}

}  // namespace tessera::driver
