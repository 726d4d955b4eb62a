#include "grid/loop/diagnostic_table.h"

#include "grid/field/cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace tessera::loop {

/// Returns NaN for both extremes if any value is NaN. Uses independent lanes, because with a single running
/// minimum, each comparison would depend on the previous one.
template <class T>
DiagnosticTable::Extremes DiagnosticTable::extremes(const T* values, std::int64_t count) {
  constexpr std::int64_t lanes = 32;
  std::array<T, lanes> low;
  std::array<T, lanes> high;
  low.fill(values[0]);
  high.fill(values[0]);
  std::array<T, lanes> zero{};  // becomes NaN, and stays NaN, at the first NaN of the lane
  const auto add_values = [&](std::int64_t first, std::int64_t used_lanes) {
    for (std::int64_t k = 0; k < used_lanes; ++k) {
      const auto n = static_cast<std::size_t>(k);
      const T v = values[first + k];
      low[n] = v < low[n] ? v : low[n];
      high[n] = v > high[n] ? v : high[n];
      zero[n] += v - v;  // also NaN for an infinity; the loop below distinguishes the two
    }
  };
  const std::int64_t full_lanes_end = count / lanes * lanes;
  for (std::int64_t i = 0; i < full_lanes_end; i += lanes) add_values(i, lanes);
  add_values(full_lanes_end, count - full_lanes_end);
  if (std::any_of(zero.begin(), zero.end(), [](T z) { return z != T{0}; })) {
    for (std::int64_t i = 0; i < count; ++i) {
      if (values[i] != values[i]) {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        return {nan, nan};
      }
    }
  }
  // Adding 0.0 turns -0.0 into 0.0; otherwise the sign of a zero result would depend on the order of the
  // values.
  return {static_cast<double>(*std::min_element(low.begin(), low.end())) + 0.0,
          static_cast<double>(*std::max_element(high.begin(), high.end())) + 0.0};
}

DiagnosticTable::DiagnosticTable(const solver::SolverSchema& schema, const grid::Geometry& geometry)
    : geometry_{geometry} {
  for (const solver::DiagnosticSchema& d : schema.diagnostics) {
    const int reducer_index = d.reduction == solver::Reduction::min   ? reducer_.add_minimum()
                              : d.reduction == solver::Reduction::max ? reducer_.add_maximum()
                                                                      : reducer_.add_sum();
    const auto existing = std::find_if(columns_.begin(), columns_.end(), [&](const auto& column) {
      const solver::DiagnosticSchema& other = entries_[column.front()].schema;
      return other.field == d.field && other.component == d.component;
    });
    auto& column = existing == columns_.end() ? columns_.emplace_back() : *existing;
    column.push_back(entries_.size());
    entries_.push_back({d, reducer_index});
  }
  values_.resize(entries_.size());
}

/// Adds a row of values to all entries in `column`.
template <class T>
void DiagnosticTable::add_row(const std::vector<std::size_t>& column, const grid::Index& first,
                              const T* values, std::int64_t count) {
  std::optional<Extremes> row_extremes;  // computed at most once per row
  for (const std::size_t n : column) {
    const Entry& entry = entries_[n];
    const solver::DiagnosticSchema& d = entry.schema;
    const double weight = d.times_volume ? geometry_.cell_volume(first[1]) : 1.0;
    const auto add_terms = [&](auto term) {
      row_terms_.resize(static_cast<std::size_t>(count));
      for (std::size_t i = 0; i < row_terms_.size(); ++i)
        row_terms_[i] = term(static_cast<double>(values[i]));
      reducer_.sum(entry.reducer_index).add(std::span<const double>{row_terms_});
    };
    switch (d.reduction) {
      case solver::Reduction::sum:
        add_terms([=](double v) { return v * weight; });
        break;
      case solver::Reduction::l1:
        add_terms([=](double v) { return std::abs(v) * weight; });
        break;
      case solver::Reduction::l2:
        add_terms([=](double v) { return v * v * weight; });
        break;
      case solver::Reduction::min:
      case solver::Reduction::max:
        if (!row_extremes) row_extremes = extremes(values, count);
        if (d.reduction == solver::Reduction::min) {
          reducer_.include_minimum(entry.reducer_index, row_extremes->smallest * weight);
        } else {
          reducer_.include_maximum(entry.reducer_index, row_extremes->largest * weight);
        }
        break;
    }
  }
}

const std::vector<double>& DiagnosticTable::evaluate(const transport::Communicator& comm,
                                                     const field::FieldStore& store) {
  for (const std::vector<std::size_t>& column : columns_) {
    const solver::DiagnosticSchema& diagnostic = entries_[column.front()].schema;
    field::for_each_row(store, diagnostic.field, diagnostic.component,
                        [&](const grid::Index& first, const auto* values, std::int64_t count) {
                          add_row(column, first, values, count);
                        });
  }
  reducer_.reduce(comm);
  for (std::size_t n = 0; n < entries_.size(); ++n) {
    const Entry& e = entries_[n];
    values_[n] = e.schema.reduction == solver::Reduction::min   ? reducer_.minimum_result(e.reducer_index)
                 : e.schema.reduction == solver::Reduction::max ? reducer_.maximum_result(e.reducer_index)
                                                                : reducer_.sum_result(e.reducer_index);
    if (e.schema.reduction == solver::Reduction::l2) values_[n] = std::sqrt(values_[n]);
  }
  return values_;
}

}  // namespace tessera::loop
