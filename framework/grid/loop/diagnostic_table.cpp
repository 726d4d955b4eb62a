#include "grid/loop/diagnostic_table.h"

#include "grid/loop/cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace tessera::loop {

/// Both are NaN if any value is NaN. Works in lanes: a single running minimum would serialise comparisons.
template <class T>
DiagnosticTable::Extremes DiagnosticTable::extremes(const T* values, std::int64_t count) {
  constexpr std::int64_t lanes = 32;
  std::array<T, lanes> low;
  std::array<T, lanes> high;
  low.fill(values[0]);
  high.fill(values[0]);
  std::array<T, lanes> zero{};  // a lane becomes NaN with its first NaN and stays so
  const auto take = [&](std::int64_t first, std::int64_t number) {
    for (std::int64_t k = 0; k < number; ++k) {
      const auto n = static_cast<std::size_t>(k);
      const T v = values[first + k];
      low[n] = v < low[n] ? v : low[n];
      high[n] = v > high[n] ? v : high[n];
      zero[n] += v - v;  // also NaN for an infinity; told apart below
    }
  };
  const std::int64_t whole = count / lanes * lanes;
  for (std::int64_t i = 0; i < whole; i += lanes) take(i, lanes);
  take(whole, count - whole);
  if (std::any_of(zero.begin(), zero.end(), [](T z) { return z != T{0}; })) {
    for (std::int64_t i = 0; i < count; ++i) {
      if (values[i] != values[i]) {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        return {nan, nan};
      }
    }
  }
  // Adding 0 turns -0 into 0: which of them is found depends on their order.
  return {static_cast<double>(*std::min_element(low.begin(), low.end())) + 0.0,
          static_cast<double>(*std::max_element(high.begin(), high.end())) + 0.0};
}

DiagnosticTable::DiagnosticTable(const solver::SolverSchema& schema, const grid::Geometry& geometry)
    : geometry_{geometry} {
  for (const solver::DiagnosticSchema& d : schema.diagnostics) {
    const int number = d.reduction == solver::Reduction::min   ? reducer_.add_minimum()
                       : d.reduction == solver::Reduction::max ? reducer_.add_maximum()
                                                               : reducer_.add_sum();
    const auto existing = std::find_if(columns_.begin(), columns_.end(), [&](const auto& column) {
      const solver::DiagnosticSchema& other = entries_[column.front()].declared;
      return other.field == d.field && other.component == d.component;
    });
    auto& column = existing == columns_.end() ? columns_.emplace_back() : *existing;
    column.push_back(entries_.size());
    entries_.push_back({d, number});
  }
  values_.resize(entries_.size());
}

/// Adds a row of values to all entries in `column`.
template <class T>
void DiagnosticTable::add_row(const std::vector<std::size_t>& column, const grid::Index& first,
                              const T* values, std::int64_t count) {
  std::optional<Extremes> ends;  // computed once, for both minimum and maximum
  for (const std::size_t n : column) {
    const Entry& entry = entries_[n];
    const solver::DiagnosticSchema& d = entry.declared;
    const double weight = d.times_volume ? geometry_.cell_volume(first[1]) : 1.0;
    const auto add_terms = [&](auto term) {
      row_.resize(static_cast<std::size_t>(count));
      for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = term(static_cast<double>(values[i]));
      reducer_.sum(entry.number).add(std::span<const double>{row_});
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
        if (!ends) ends = extremes(values, count);
        if (d.reduction == solver::Reduction::min) {
          reducer_.include_minimum(entry.number, ends->smallest * weight);
        } else {
          reducer_.include_maximum(entry.number, ends->largest * weight);
        }
        break;
    }
  }
}

const std::vector<double>& DiagnosticTable::evaluate(const transport::Communicator& comm,
                                                     const field::FieldStore& store) {
  for (const std::vector<std::size_t>& column : columns_) {
    const solver::DiagnosticSchema& declared = entries_[column.front()].declared;
    for_each_row(store, declared.field, declared.component,
                 [&](const grid::Index& first, const auto* values, std::int64_t count) {
                   add_row(column, first, values, count);
                 });
  }
  reducer_.reduce(comm);
  for (std::size_t n = 0; n < entries_.size(); ++n) {
    const Entry& e = entries_[n];
    values_[n] = e.declared.reduction == solver::Reduction::min   ? reducer_.minimum_result(e.number)
                 : e.declared.reduction == solver::Reduction::max ? reducer_.maximum_result(e.number)
                                                                  : reducer_.sum_result(e.number);
    if (e.declared.reduction == solver::Reduction::l2) values_[n] = std::sqrt(values_[n]);
  }
  return values_;
}

}  // namespace tessera::loop
