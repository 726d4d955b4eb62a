#include "grid/loop/region_set.h"

#include "base/error.h"
#include "grid/job/region_columns.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace tessera::loop {

using grid::RegionStatistic;

RegionSet::RegionSet(const grid::JobSpec& job, const solver::SolverSchema& schema) : geometry_{job.geometry} {
  const auto kind_of = [&](int f) { return schema.fields[static_cast<std::size_t>(f)].kind; };
  const auto derived = [&](int f) { return kind_of(f) == solver::FieldKind::derived; };
  const auto constant = [&](int f) { return kind_of(f) == solver::FieldKind::constant; };
  for (const grid::Region& spec : job.probes.regions) {
    Region region{
        spec, grid::cells_in(geometry_, spec.bounds), {}, false, {}, reducer_.add_sum(), reducer_.add_sum()};
    std::vector<int> fields;
    if (!spec.where.empty()) {
      region.condition.emplace(spec.where, schema, job);
      fields = region.condition->fields();
      region.is_fixed = std::ranges::all_of(fields, constant) && !region.condition->depends_on_time();
    }
    for (const grid::RegionValue& v : spec.values) {
      Value value{v, {}, 0};
      if (v.formula.empty()) {
        fields.push_back(v.field);
      } else {
        value.formula.emplace(v.formula, schema, job);
        const std::vector<int> used = value.formula->fields();
        fields.insert(fields.end(), used.begin(), used.end());
      }
      value.reduction = v.kind == RegionStatistic::min   ? reducer_.add_minimum()
                        : v.kind == RegionStatistic::max ? reducer_.add_maximum()
                                                         : reducer_.add_sum();
      region.values.push_back(std::move(value));
    }
    if (std::ranges::any_of(fields, derived)) uses_derived_fields_ = true;
    const std::vector<std::string> columns = grid::region_columns(spec, schema, geometry_.coordinates);
    columns_.insert(columns_.end(), columns.begin(), columns.end());
    regions_.push_back(std::move(region));
  }
}

const std::vector<double>& RegionSet::evaluate(const transport::Communicator& comm,
                                               const field::FieldStore& store, double time) {
  for (Region& region : regions_) {
    for (std::size_t b = 0; b < store.bricks().size(); ++b) {
      for (const grid::Box& box : region.boxes)
        add_cells(region, store, static_cast<int>(b), intersection(box, store.bricks()[b]), time);
    }
  }
  reducer_.reduce(comm);
  values_.clear();
  for (const Region& region : regions_) {
    for (const Value& value : region.values) values_.push_back(result(region, value));
  }
  return values_;
}

/// Includes the cells of a brick, in domain indices, that satisfy the condition of the region.
void RegionSet::add_cells(Region& region, const field::FieldStore& store, int brick, const grid::Box& cells,
                          double time) {
  if (cells.empty()) return;
  const auto count = static_cast<std::size_t>(cells.extent(0));
  for (std::int64_t k = cells.lower[2]; k < cells.upper[2]; ++k) {
    for (std::int64_t j = cells.lower[1]; j < cells.upper[1]; ++j) {
      const grid::Index first =
          grid::Index{{cells.lower[0], j, k}} - store.bricks()[static_cast<std::size_t>(brick)].lower;
      selected_.resize(count);
      std::iota(selected_.begin(), selected_.end(), std::size_t{0});
      row_.resize(count);
      if (region.condition) {
        region.condition->evaluate(store, brick, first, cells.extent(0), time, row_.data());
        std::erase_if(selected_, [&](std::size_t n) { return !(row_[n] < 0.0 || row_[n] > 0.0); });
      }
      if (selected_.empty()) continue;
      const double volume = geometry_.cell_volume(j);
      reducer_.sum(region.count).add(static_cast<double>(selected_.size()));
      row_.assign(selected_.size(), volume);
      reducer_.sum(region.volume).add(std::span<const double>{row_});
      for (Value& value : region.values) {
        read_row(value, store, brick, first, count, time);
        add_row(value, volume);
      }
    }
  }
}

/// Sets `row_` to the values in the selected cells of a row of `count` cells. `first`: the first cell of the
/// row, as local index of the brick.
void RegionSet::read_row(Value& value, const field::FieldStore& store, int brick, const grid::Index& first,
                         std::size_t count, double time) {
  const auto select = [&](const auto* values) {
    // In place for formulas: no selected cell is to the left of its new position.
    for (std::size_t n = 0; n < selected_.size(); ++n) row_[n] = static_cast<double>(values[selected_[n]]);
    row_.resize(selected_.size());
  };
  row_.resize(count);
  if (value.formula) {
    value.formula->evaluate(store, brick, first, static_cast<std::int64_t>(count), time, row_.data());
    return select(row_.data());
  }
  const field::ConstFieldView view = store.current(brick, value.spec.field);
  if (view.scalar == field::Scalar::float64) {
    select(view.at<double>(first, value.spec.component));
  } else {
    select(view.at<float>(first, value.spec.component));
  }
}

/// Includes `row_` in a reduction. `volume`: of each cell of the row.
void RegionSet::add_row(const Value& value, double volume) {
  switch (value.spec.kind) {
    case RegionStatistic::integral:
    case RegionStatistic::mean:
      for (double& v : row_) v *= volume;
      [[fallthrough]];
    case RegionStatistic::sum:
      reducer_.sum(value.reduction).add(std::span<const double>{row_});
      break;
    // Adding 0.0 turns -0.0 into 0.0; otherwise, the sign of a zero would depend on the order of the values.
    case RegionStatistic::min:
      for (const double v : row_) reducer_.include_minimum(value.reduction, v + 0.0);
      break;
    case RegionStatistic::max:
      for (const double v : row_) reducer_.include_maximum(value.reduction, v + 0.0);
      break;
  }
}

double RegionSet::result(const Region& region, const Value& value) const {
  const RegionStatistic kind = value.spec.kind;
  if (kind == RegionStatistic::sum || kind == RegionStatistic::integral)
    return reducer_.sum_result(value.reduction);
  if (reducer_.sum_result(region.count) == 0.0) return std::numeric_limits<double>::quiet_NaN();
  if (kind == RegionStatistic::mean)
    return reducer_.sum_result(value.reduction) / reducer_.sum_result(region.volume);
  return kind == RegionStatistic::min ? reducer_.minimum_result(value.reduction)
                                      : reducer_.maximum_result(value.reduction);
}

void RegionSet::check_conditions(const transport::Communicator& comm, const field::FieldStore& store,
                                 double time) {
  if (std::ranges::none_of(regions_, &Region::is_fixed)) return;
  evaluate(comm, store, time);
  for (const Region& region : regions_) {
    if (!region.is_fixed || reducer_.sum_result(region.count) != 0.0) continue;
    throw base::Error(base::ExitCode::bad_job,
                      fmt::format("no cell of the region `{}` in [probes] satisfies its `where`: {}",
                                  region.spec.name, region.spec.where),
                      "relax or remove the condition, or enlarge the box");
  }
}

}  // namespace tessera::loop
