#include "grid/job/region_columns.h"

#include "grid/solver/field_names.h"

#include <fmt/format.h>

namespace tessera::grid {

namespace {

std::string unit_of(const RegionValue& value, const solver::FieldSchema& field, Coordinates coordinates) {
  if (value.kind != RegionStatistic::integral) return field.unit;
  if (coordinates != Coordinates::spherical) return {};  // the solver chooses the unit of length
  return field.unit.empty() ? "m^2" : field.unit + " m^2";
}

}  // namespace

std::vector<std::string> region_statistic_names() { return {"sum", "integral", "mean", "min", "max"}; }

std::vector<std::string> region_columns(const Region& region, const solver::SolverSchema& schema,
                                        Coordinates coordinates) {
  const std::vector<std::string> names = region_statistic_names();
  std::vector<std::string> columns;
  for (const RegionValue& value : region.values) {
    std::string column = fmt::format("{} {} ", region.name, names.at(static_cast<std::size_t>(value.kind)));
    if (!value.formula.empty()) {
      column += value.formula;
    } else {
      const solver::FieldSchema& field = schema.fields.at(static_cast<std::size_t>(value.field));
      column +=
          solver::heading(solver::component_name(field, value.component), unit_of(value, field, coordinates));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace tessera::grid
