#include "grid/loop/statistic_set.h"

#include "grid/job/statistic_fields.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tessera::loop {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A sample of a statistic, apart from the values of the cells.
struct Sample {
  grid::StatisticKind kind;
  double above;     ///< threshold
  double time;      ///< simulated seconds
  bool is_first;    ///< whether there are no earlier samples
  double fraction;  ///< weight of the sample in the mean, relative to that of all samples so far
};

/// Sets each of the `count` results to update(result, value). Without branches, so that the compiler can
/// vectorise it.
template <class T, class F>
void update_each(double* results, const T* values, std::int64_t count, F update) {
  for (std::int64_t i = 0; i < count; ++i) results[i] = update(results[i], static_cast<double>(values[i]));
}

/// Updates the results in a row of cells with the values of a sample.
template <class T>
void update_row(const Sample& sample, double* results, const T* values, std::int64_t count) {
  using enum grid::StatisticKind;
  const auto update = [&](auto f) { update_each(results, values, count, f); };
  const Sample s = sample;  // captured by value, because results could overlap with a reference
  if (s.is_first) {
    if (s.kind == first_above) return update([s](double, double v) { return v > s.above ? s.time : nan; });
    return update([](double, double v) { return v; });
  }
  switch (s.kind) {
    case max:
      return update([](double r, double v) { return (v > r) | (r != r) ? v : r; });
    case min:
      return update([](double r, double v) { return (v < r) | (r != r) ? v : r; });
    case first_above:
      return update([s](double r, double v) { return (r != r) & (v > s.above) ? s.time : r; });
    case mean:
      if (s.fraction == 1.0) return update([](double, double v) { return v; });
      return update([s](double r, double v) {
        const double m = r + (v - r) * s.fraction;
        return m != m ? nan : m;  // the bits of other NaNs depend on the order of the operands
      });
  }
}

}  // namespace

StatisticSet::StatisticSet(const grid::JobSpec& job, const solver::SolverSchema& schema) {
  const auto first =
      std::ranges::find(schema.fields, solver::FieldKind::statistic, &solver::FieldSchema::kind);
  int field = static_cast<int>(first - schema.fields.begin());
  for (const grid::Statistic& s : job.output.statistics) {
    Entry entry{s, {grid::definition_of(s, schema)}, field++, false, {}};
    if (!s.formula.empty()) entry.formula.emplace(s.formula, schema, job);
    for (const int f : entry.formula ? entry.formula->fields() : std::vector<int>{s.field}) {
      if (schema.fields[static_cast<std::size_t>(f)].kind == solver::FieldKind::derived)
        uses_derived_fields_ = true;
    }
    entries_.push_back(std::move(entry));
  }
}

void StatisticSet::sample(field::FieldStore& store, double time) {
  for (Entry& entry : entries_) sample(entry, store, time);
}

void StatisticSet::sample(Entry& entry, field::FieldStore& store, double time) {
  SavedStatistic& state = entry.state;
  if (!entry.started) state.first_time = state.latest_time = time;
  const double elapsed = time - state.first_time;
  const Sample s{entry.spec.kind, entry.spec.above, time, !entry.started,
                 elapsed > 0.0 ? (time - state.latest_time) / elapsed : 0.0};
  for (int b = 0; b < static_cast<int>(store.bricks().size()); ++b) {
    const grid::Index extents = store.bricks()[static_cast<std::size_t>(b)].extents();
    const field::FieldView results = store.current(b, entry.field);
    const field::ConstFieldView values = store.current(b, entry.spec.field);
    if (entry.formula) row_.resize(std::max(row_.size(), static_cast<std::size_t>(extents[0])));
    for (std::int64_t k = 0; k < extents[2]; ++k) {
      for (std::int64_t j = 0; j < extents[1]; ++j) {
        const grid::Index first{{0, j, k}};
        double* row = results.at<double>(first);
        if (entry.formula) {
          entry.formula->evaluate(store, b, first, extents[0], time, row_.data());
          update_row(s, row, row_.data(), extents[0]);
        } else if (values.scalar == field::Scalar::float64) {
          update_row(s, row, values.at<double>(first, entry.spec.component), extents[0]);
        } else {
          update_row(s, row, values.at<float>(first, entry.spec.component), extents[0]);
        }
      }
    }
  }
  state.latest_time = time;
  entry.started = true;
}

std::vector<std::string> StatisticSet::resume(const std::vector<SavedStatistic>& saved,
                                              field::FieldStore& store, double time) {
  std::vector<std::string> others;
  for (Entry& entry : entries_) {
    const auto found = std::ranges::find(saved, entry.state.definition, &SavedStatistic::definition);
    if (found != saved.end()) {
      entry.state = *found;
      entry.started = true;
    } else {
      sample(entry, store, time);
      others.push_back(entry.spec.name);
    }
  }
  return others;
}

std::vector<SavedStatistic> StatisticSet::saved() const {
  std::vector<SavedStatistic> all;
  for (const Entry& entry : entries_) all.push_back(entry.state);
  return all;
}

std::optional<int> StatisticSet::field_of(const std::string& definition) const {
  for (const Entry& entry : entries_) {
    if (entry.state.definition == definition) return entry.field;
  }
  return std::nullopt;
}

}  // namespace tessera::loop
