#include "grid/kind/data_remarks.h"

#include "grid/input/data_review.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <variant>

namespace tessera::grid {

namespace {

void add_remarks_on(const input::GridSource& source, const solver::FieldSchema& field, int component,
                    const input::Region& region, int dimensions, input::DataSets& data_sets,
                    std::vector<work::Remark>& remarks) {
  const auto data = data_sets.get(source, dimensions, region);
  const std::string name =
      fmt::format("`{}{}` from `{}`", field.name, field.components > 1 ? fmt::format("[{}]", component) : "",
                  source.path);
  if (const std::size_t filled = data->filled(); filled > 0) {
    const bool one = filled == 1;
    remarks.push_back({fmt::format("{} missing value{} of {} {} filled", filled, one ? "" : "s", name,
                                   one ? "was" : "were"),
                       ""});
  }
  for (const input::DataFinding& finding :
       input::review(*data, region, {field.unit == "m", source.longitudes, source.partial}))
    remarks.push_back({name + " " + finding.text, finding.advice});
}

}  // namespace

void add_data_remarks(const JobSpec& spec, const solver::SolverSchema& schema, input::DataSets& data_sets,
                      std::vector<work::Remark>& remarks) {
  const input::Region region = data_region(spec.geometry);
  for (const InitialValue& value : spec.initial) {
    const auto* sources = std::get_if<input::GridSources>(&value.value);
    if (sources == nullptr) continue;
    for (const input::GridSource& source : *sources)
      add_remarks_on(source, schema.fields[static_cast<std::size_t>(value.field)], value.component, region,
                     spec.geometry.dimensions, data_sets, remarks);
  }
}

}  // namespace tessera::grid
