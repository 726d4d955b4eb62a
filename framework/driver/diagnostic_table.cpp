#include "driver/diagnostic_table.h"

#include "driver/cells.h"

#include <cmath>

namespace tessera::driver {

DiagnosticTable::DiagnosticTable(const job::SolverSchema& schema, const grid::Geometry& geometry)
    : geometry_{geometry} {
  for (const job::DiagnosticSchema& d : schema.diagnostics) {
    int number = 0;
    switch (d.reduction) {
      case job::Reduction::min: number = reducer_.add_minimum(); break;
      case job::Reduction::max: number = reducer_.add_maximum(); break;
      case job::Reduction::sum:
      case job::Reduction::l1:
      case job::Reduction::l2: number = reducer_.add_sum(); break;
    }
    entries_.push_back({d, number});
  }
  values_.resize(entries_.size());
}

void DiagnosticTable::accumulate(const Entry& entry, const field::FieldStore& store) {
  const job::DiagnosticSchema& d = entry.declared;
  for_each_row(store, d.field, d.component, [&](const grid::Index& first, const auto* values, std::int64_t count) {
    const double weight = d.times_volume ? geometry_.cell_volume(first[1]) : 1.0;
    switch (d.reduction) {
      case job::Reduction::sum:
        for (std::int64_t i = 0; i < count; ++i) reducer_.sum(entry.number).add(static_cast<double>(values[i]) * weight);
        break;
      case job::Reduction::l1:
        for (std::int64_t i = 0; i < count; ++i) {
          reducer_.sum(entry.number).add(std::abs(static_cast<double>(values[i])) * weight);
        }
        break;
      case job::Reduction::l2:
        for (std::int64_t i = 0; i < count; ++i) {
          const auto v = static_cast<double>(values[i]);
          reducer_.sum(entry.number).add(v * v * weight);
        }
        break;
      case job::Reduction::min:
        for (std::int64_t i = 0; i < count; ++i) reducer_.lower(entry.number, static_cast<double>(values[i]) * weight);
        break;
      case job::Reduction::max:
        for (std::int64_t i = 0; i < count; ++i) reducer_.raise(entry.number, static_cast<double>(values[i]) * weight);
        break;
    }
  });
}

const std::vector<double>& DiagnosticTable::evaluate(const transport::Communicator& comm,
                                                     const field::FieldStore& store) {
  for (const Entry& e : entries_) accumulate(e, store);
  reducer_.reduce(comm);
  for (std::size_t n = 0; n < entries_.size(); ++n) {
    const Entry& e = entries_[n];
    switch (e.declared.reduction) {
      case job::Reduction::sum:
      case job::Reduction::l1: values_[n] = reducer_.sum_result(e.number); break;
      case job::Reduction::l2: values_[n] = std::sqrt(reducer_.sum_result(e.number)); break;
      case job::Reduction::min: values_[n] = reducer_.minimum_result(e.number); break;
      case job::Reduction::max: values_[n] = reducer_.maximum_result(e.number); break;
    }
  }
  return values_;
}

}  // namespace tessera::driver
