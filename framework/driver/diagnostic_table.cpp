#include "driver/diagnostic_table.h"

#include "driver/cells.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::driver {

namespace {

struct Extremes {
  double smallest;
  double largest;
};

/// Smallest and largest of a row; NaN both when any value is.
template <class T>
Extremes extremes(const T* values, std::int64_t count) {
  T low = values[0];
  T high = values[0];
  unsigned all_numbers = 1;
  for (std::int64_t i = 0; i < count; ++i) {
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
    all_numbers &= values[i] == values[i] ? 1u : 0u;
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Adding 0 makes -0 a 0: which of the two comes first in a row is chance.
  return all_numbers != 0 ? Extremes{static_cast<double>(low) + 0.0, static_cast<double>(high) + 0.0}
                          : Extremes{nan, nan};
}

}  // namespace

DiagnosticTable::DiagnosticTable(const job::SolverSchema& schema, const grid::Geometry& geometry)
    : geometry_{geometry} {
  for (const job::DiagnosticSchema& d : schema.diagnostics) {
    int number = 0;
    switch (d.reduction) {
      case job::Reduction::min:
        number = reducer_.add_minimum();
        break;
      case job::Reduction::max:
        number = reducer_.add_maximum();
        break;
      case job::Reduction::sum:
      case job::Reduction::l1:
      case job::Reduction::l2:
        number = reducer_.add_sum();
        break;
    }
    const auto of_same = std::find_if(columns_.begin(), columns_.end(), [&](const auto& column) {
      const job::DiagnosticSchema& other = entries_[column.front()].declared;
      return other.field == d.field && other.component == d.component;
    });
    auto& column = of_same == columns_.end() ? columns_.emplace_back() : *of_same;
    column.push_back(entries_.size());
    entries_.push_back({d, number});
  }
  values_.resize(entries_.size());
}

template <class T>
void DiagnosticTable::add_row(const Entry& entry, const grid::Index& first, const T* values,
                              std::int64_t count) {
  const job::DiagnosticSchema& d = entry.declared;
  const double weight = d.times_volume ? geometry_.cell_volume(first[1]) : 1.0;
  const auto add_terms = [&](auto term) {
    row_.resize(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = term(static_cast<double>(values[i]));
    reducer_.sum(entry.number).add(std::span<const double>{row_});
  };
  switch (d.reduction) {
    case job::Reduction::sum:
      add_terms([=](double v) { return v * weight; });
      break;
    case job::Reduction::l1:
      add_terms([=](double v) { return std::abs(v) * weight; });
      break;
    case job::Reduction::l2:
      add_terms([=](double v) { return v * v * weight; });
      break;
    case job::Reduction::min:
      reducer_.lower(entry.number, extremes(values, count).smallest * weight);
      break;
    case job::Reduction::max:
      reducer_.raise(entry.number, extremes(values, count).largest * weight);
      break;
  }
}

const std::vector<double>& DiagnosticTable::evaluate(const transport::Communicator& comm,
                                                     const field::FieldStore& store) {
  for (const std::vector<std::size_t>& column : columns_) {
    const job::DiagnosticSchema& of = entries_[column.front()].declared;
    for_each_row(store, of.field, of.component,
                 [&](const grid::Index& first, const auto* values, std::int64_t count) {
                   for (const std::size_t n : column) add_row(entries_[n], first, values, count);
                 });
  }
  reducer_.reduce(comm);
  for (std::size_t n = 0; n < entries_.size(); ++n) {
    const Entry& e = entries_[n];
    switch (e.declared.reduction) {
      case job::Reduction::sum:
      case job::Reduction::l1:
        values_[n] = reducer_.sum_result(e.number);
        break;
      case job::Reduction::l2:
        values_[n] = std::sqrt(reducer_.sum_result(e.number));
        break;
      case job::Reduction::min:
        values_[n] = reducer_.minimum_result(e.number);
        break;
      case job::Reduction::max:
        values_[n] = reducer_.maximum_result(e.number);
        break;
    }
  }
  return values_;
}

}  // namespace tessera::driver
